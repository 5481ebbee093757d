"""Flinks' webhooks: refused without a valid signature; evidence, and never a decision."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconnect.model.errors import SignatureInvalid
from reconnect.model.session import Actor, Status
from reconnect.usecases.flinks_webhook import SIGNATURE_HEADERS
from tests.fakes.builders import LOGIN_ID, TASK_TOKEN, WEBHOOK_SECRET, causes
from tests.fakes.keys import FakeKeys
from tests.unit.world import World

WEBHOOK = json.dumps({"ResponseType": "KYC", "HttpStatusCode": 200, "Login": {"Id": LOGIN_ID}}).encode()
either_header = pytest.mark.parametrize("header", SIGNATURE_HEADERS)


def sign(raw: bytes, secret: str = WEBHOOK_SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.AWAITING_USER)
    return world


def post(world: World, raw: bytes = WEBHOOK, headers: dict[str, str] | None = None) -> None:
    """One webhook, signed as Flinks signs unless its headers are given."""
    world.service.flinks_webhook(raw, {SIGNATURE_HEADERS[0]: sign(raw)} if headers is None else headers)


@either_header
def test_a_signed_webhook_wakes_the_session_of_its_login(world: World, header: str) -> None:
    post(world, headers={header: sign(WEBHOOK)})

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert (world.session.status, world.session.timeline[-1].cause) == (Status.AUTHORIZING, "webhook_received")
    assert world.session.timeline[-1].actor is Actor.BANK
    assert world.counted == ["WebhookReceived"]


def test_a_webhook_may_spell_the_login_in_either_letter_case(world: World) -> None:
    post(world, json.dumps({"Login": {"Id": LOGIN_ID.upper()}}).encode())

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"flinks-authenticity-key": ""},
        {"flinks-authenticity-key": "forged"},
        {"flinks-authenticity-key": "é"},
        {"flinks-authenticity-key": sign(WEBHOOK)[:-1]},
        {"flinks-authenticity-key": sign(WEBHOOK, "another secret")},
        {"flinks-authenticity-key": sign(WEBHOOK + b" ")},
        {"x-flinks-signature": sign(b"")},
        {"authorization": sign(WEBHOOK)},
        {"flinks-authenticity-key": hmac.new(WEBHOOK_SECRET.encode(), WEBHOOK, hashlib.sha256).hexdigest()},
    ],
)
def test_an_unsigned_webhook_changes_nothing(world: World, headers: dict[str, str]) -> None:
    before = world.session

    with pytest.raises(SignatureInvalid):
        post(world, headers=headers)

    assert (world.session, world.workflow.woken, world.counted) == (before, [], [])


def test_during_a_rotation_the_old_and_the_new_secret_are_accepted(world: World) -> None:
    world.webhook_keys = world.webhook_keys.elsewhere()
    world.webhook_keys.vault.rotate(b"new")
    for secret in ("new", WEBHOOK_SECRET):
        post(world, headers={SIGNATURE_HEADERS[0]: sign(WEBHOOK, secret)})

    assert world.counted == ["WebhookReceived"] * 2


@pytest.mark.parametrize("keys", [(), (b"",)])
def test_without_a_secret_no_webhook_is_accepted(world: World, keys: tuple[bytes, ...]) -> None:
    world.webhook_keys = FakeKeys(*keys)

    with pytest.raises(SignatureInvalid):
        post(world, headers={SIGNATURE_HEADERS[0]: sign(WEBHOOK, "")})


def test_the_signature_covers_the_exact_bytes(world: World) -> None:
    same = json.dumps(json.loads(WEBHOOK), indent=1).encode()

    with pytest.raises(SignatureInvalid):
        post(world, same, headers={SIGNATURE_HEADERS[0]: sign(WEBHOOK)})


def test_repeated_webhooks_are_recorded_once_and_wake_nothing(world: World) -> None:
    for _ in range(10):
        post(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert causes(world.session)[1:] == ["webhook_received", "webhook_received_again"]


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.REPAIRED, Status.CANCELLED])
def test_a_webhook_after_a_certain_ending_changes_nothing(world: World, status: Status) -> None:
    world.with_session(status)

    post(world)

    assert (world.sessions.saves, world.workflow.woken, world.workflow.late_reads) == ([], [], [])


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
def test_any_signed_webhook_is_accepted_so_that_flinks_stops(world: World, raw: bytes) -> None:
    post(world, raw)

    assert (world.sessions.saves, world.workflow.woken) == ([], [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200), signature=st.text(max_size=60))
def test_no_made_up_signature_is_accepted(world: World, raw: bytes, signature: str) -> None:
    with pytest.raises(SignatureInvalid):
        post(world, raw, headers={SIGNATURE_HEADERS[1]: signature})


def test_a_webhook_for_a_missing_session_is_counted_and_accepted(world: World) -> None:
    world.logins.save(world.login.hold("a-removed-session"))

    post(world)

    assert world.counted == ["WebhookReceived", "WebhookUnmatched"]


def test_a_webhook_while_step_functions_is_down_keeps_the_wait(world: World) -> None:
    world.workflow.is_down = True

    post(world)

    assert (world.session.status, world.session.task_token) == (Status.AWAITING_USER, TASK_TOKEN)
