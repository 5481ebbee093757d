"""Flinks' own webhooks: theirs by signature, or refused; evidence, and never a decision."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.domain.errors import SignatureInvalid
from reconnect.domain.flinks_webhook import SIGNATURE_HEADERS, FlinksWebhook
from reconnect.domain.session import TERMINAL, Actor, Session, Status
from reconnect.domain.waking import Waker
from tests.fakes.builders import LOGIN_ID, SESSION_ID, TASK_TOKEN, a_session, causes
from tests.fakes.clock import Clock
from tests.fakes.sessions import FakeSessions
from tests.fakes.workflow import FakeWorkflow

SECRET = "a-webhook-secret"
NEWS = json.dumps({"ResponseType": "KYC", "HttpStatusCode": 200, "Login": {"Id": LOGIN_ID}}).encode()
either_header = pytest.mark.parametrize("header", SIGNATURE_HEADERS)


def sign(raw: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


class World:
    """The door over fakes; `post(...)` is one webhook, signed as Flinks signs."""

    def __init__(self, sessions: FakeSessions, clock: Clock, counted: list[str]) -> None:
        self.sessions, self._clock, self.counted = sessions, clock, counted
        self.workflow, self.secret = FakeWorkflow(TASK_TOKEN), SECRET

    def post(self, raw: bytes = NEWS, headers: dict[str, str] | None = None) -> None:
        wake = Waker(self.sessions, self.workflow, self._clock, self.counted.append)
        door = FlinksWebhook(self.sessions, wake, self.counted.append, webhook_secret=lambda: self.secret)
        door(raw, {SIGNATURE_HEADERS[0]: sign(raw)} if headers is None else headers)

    @property
    def session(self) -> Session:
        return self.sessions.get(SESSION_ID)


@pytest.fixture
def world(sessions: FakeSessions, clock: Clock, counted: list[str]) -> World:
    return World(sessions.holding(a_session(Status.AWAITING_USER)), clock, counted)


@either_header
def test_signed_news_of_a_login_wakes_its_session(world: World, header: str) -> None:
    world.post(headers={header: sign(NEWS)})

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert (world.session.status, world.session.timeline[-1].cause) == (Status.AUTHORIZING, "webhook_received")
    assert world.session.timeline[-1].actor is Actor.BANK
    assert world.counted == ["WebhookReceived"]


def test_news_of_the_login_in_other_letters_is_news_of_it(world: World) -> None:
    world.post(json.dumps({"Login": {"Id": LOGIN_ID.upper()}}).encode())

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"flinks-authenticity-key": ""},
        {"flinks-authenticity-key": "forged"},
        {"flinks-authenticity-key": "é"},
        {"flinks-authenticity-key": sign(NEWS)[:-1]},
        {"flinks-authenticity-key": sign(NEWS, "another secret")},
        {"flinks-authenticity-key": sign(NEWS + b" ")},
        {"x-flinks-signature": sign(b"")},
        {"authorization": sign(NEWS)},
        {"flinks-authenticity-key": hmac.new(SECRET.encode(), NEWS, hashlib.sha256).hexdigest()},
    ],
)
def test_news_that_are_not_signed_change_nothing(world: World, headers: dict[str, str]) -> None:
    before = world.session

    with pytest.raises(SignatureInvalid):
        world.post(headers=headers)

    assert (world.session, world.workflow.woken, world.counted) == (before, [], [])


@pytest.mark.parametrize("secret", ["", None])
def test_without_a_secret_nothing_is_believed_not_even_what_is_signed_with_nothing(world: World, secret: Any) -> None:
    world.secret = secret

    with pytest.raises(SignatureInvalid):
        world.post(headers={SIGNATURE_HEADERS[0]: sign(NEWS, "")})


def test_the_signature_is_over_the_bytes_and_not_over_what_they_mean(world: World) -> None:
    same = json.dumps(json.loads(NEWS), indent=1).encode()

    with pytest.raises(SignatureInvalid):
        world.post(same, headers={SIGNATURE_HEADERS[0]: sign(NEWS)})


def test_replays_of_news_are_noted_once_and_wake_nobody(world: World) -> None:
    for _ in range(10):
        world.post()

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert causes(world.session)[1:] == ["webhook_received", "webhook_received_again"]


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_news_of_a_session_that_has_ended_are_taken_and_change_nothing(
    sessions: FakeSessions, clock: Clock, counted: list[str], status: Status
) -> None:
    world = World(sessions.holding(a_session(status)), clock, counted)

    world.post()

    assert (sessions.saves, world.workflow.woken) == ([], [])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"Login": null}',
        b'{"Login": []}',
        b'{"Login": {}}',
        b'{"Login": {"Id": null}}',
        b'{"Login": {"Id": 7}}',
        b'{"Login": {"Id": ["a"]}}',
        b'{"Login": {"Id": ""}}',
        b'{"Login": {"Id": "00000000-0000-4000-8000-000000000000"}}',
        b'{"n": ' + b"1" * 5_000 + b"}",
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_whatever_is_signed_is_taken_or_flinks_would_repeat_it_for_hours(world: World, raw: bytes) -> None:
    world.post(raw)

    assert (world.sessions.saves, world.workflow.woken) == ([], [])


@given(raw=st.binary(max_size=200), signature=st.text(max_size=60))
def test_no_bytes_and_no_made_up_signature_are_believed(raw: bytes, signature: str) -> None:
    clock, counted = Clock(), list[str]()
    world = World(FakeSessions(clock), clock, counted)

    with pytest.raises(SignatureInvalid):
        world.post(raw, headers={SIGNATURE_HEADERS[1]: signature})


def test_a_lock_without_its_record_is_counted_and_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.sessions, "live_session_of", lambda _login_id: "a-removed-session")

    world.post()

    assert world.counted == ["WebhookReceived", "WebhookOfNobody"]


def test_news_that_come_while_step_functions_is_down_leave_the_wait_as_it_was(world: World) -> None:
    world.workflow.is_down = True

    world.post()

    assert (world.session.status, world.session.task_token) == (Status.AWAITING_USER, TASK_TOKEN)
