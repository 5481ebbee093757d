"""Others join, return, cancel and erase while an attempt starts: it starts once, and its wait is known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconnect.model.errors import AttemptOpen, AttemptUncertain
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.outcomes import FlinksReply, Outcome
from reconnect.model.session import Session, Status
from reconnect.model.waits import WaitReason
from reconnect.usecases.evidence import Evidence
from tests.fakes.builders import LOGIN_ID, REQUEST_ID, SESSION_ID, a_refreshed_reply, a_reply, a_session, causes
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.unit.world import World

TAKEN = a_reply(202, "OPERATION_PENDING", request_id=REQUEST_ID)
GONE = a_reply(401, "SESSION_NONEXISTENT")
CALLERS = 100
LIFETIME = timedelta(minutes=8)
_A_REDIRECT = Evidence("redirected", "redirected_again")


class Meanwhile(FakeFlinks):
    """Flinks with one slow call: before it answers, `happen` runs once."""

    def __init__(self, call: str, happen: Callable[[], object], **script: Any) -> None:
        super().__init__(**{"start_authorize": TAKEN, **script})
        self._call, self._events = call, [happen]

    def generate_authorize_token(self) -> str | FlinksReply:
        self._happen("generate_authorize_token")
        return super().generate_authorize_token()

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        self._happen("start_authorize")
        return super().start_authorize(login_id, authorize_token)

    def _happen(self, call: str) -> None:
        if call == self._call and self._events:
            self._events.pop()()


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.STARTING)
    return world


def test_a_hundred_joins_during_a_start_change_nothing(world: World) -> None:
    def join() -> None:
        for number in range(CALLERS):
            assert world.service.open_session(OpenRequest(LOGIN_ID, correlation_id=f"order-{number}")).joined

    world.flinks = Meanwhile("generate_authorize_token", join)

    step = world.service.start_authorize(SESSION_ID, 1, 0)

    assert (step.outcome, world.session.status) == (Outcome.PENDING, Status.AUTHORIZING)
    assert len(world.session.correlation_ids) == CALLERS
    assert world.flinks.count("start_authorize") == 1
    assert world.flinks.count("generate_authorize_token") == 1, "they cause no further call to Flinks"


def test_a_hundred_joins_before_each_write_change_nothing(world: World) -> None:
    class Crowd(FakeSessions):
        def save(self, session: Session) -> Session:
            if len(self.get(SESSION_ID).correlation_ids) < CALLERS:
                number = len(self.get(SESSION_ID).correlation_ids)
                self.join(SESSION_ID, frozenset({f"order-{number}"}))
            return super().save(session)

    world.sessions = Crowd().with_session(a_session(Status.STARTING))
    world.flinks = FakeFlinks(start_authorize=TAKEN)

    assert world.service.start_authorize(SESSION_ID, 1, 0).outcome == Outcome.PENDING
    assert world.session.attempt and world.session.attempt.request_id == REQUEST_ID
    assert len(world.session.correlation_ids) == CALLERS


def test_two_concurrent_tries_start_one_attempt(world: World) -> None:
    def other_try() -> None:
        assert world.service.start_authorize(SESSION_ID, 1, 0).outcome == Outcome.PENDING

    world.flinks = Meanwhile("generate_authorize_token", other_try)

    step = world.service.start_authorize(SESSION_ID, 1, 0)

    assert step.outcome == Outcome.PENDING, "it continues the attempt of the other try"
    assert world.flinks.count("start_authorize") == 1
    assert causes(world.session).count("authorize_started") == 1


def test_a_try_during_another_start_starts_nothing(world: World) -> None:
    def other_try() -> None:
        with pytest.raises(AttemptUncertain):
            world.service.start_authorize(SESSION_ID, 1, 0)

    world.flinks = Meanwhile("start_authorize", other_try)

    assert world.service.start_authorize(SESSION_ID, 1, 0).outcome == Outcome.PENDING
    assert world.flinks.count("start_authorize") == 1


@pytest.mark.parametrize("is_answered", [True, False])
def test_evidence_from_before_the_attempt_is_handled_first(world: World, is_answered: bool) -> None:
    world.with_session(Status.AWAITING_CLICK)
    world.workflow.waiting.clear()

    def come_back() -> None:
        assert world.service.handle_evidence(SESSION_ID, lambda _: _A_REDIRECT).has_pending_evidence

    new = a_refreshed_reply(NOW)
    cached = [a_reply(200), new if is_answered else a_reply(200)]
    world.flinks = Meanwhile("generate_authorize_token", come_back, cached_authorize=cached, read_authorize=GONE)

    step = world.service.start_authorize(SESSION_ID, 2, 0)

    assert step.code == ("DATA_REFRESHED" if is_answered else "OPERATION_PENDING")
    assert world.flinks.count("cached_authorize") == 2, "the data is read once more after it"
    assert world.flinks.count("start_authorize") == (0 if is_answered else 1)


def end(world: World, how: str) -> None:
    """End the session as another process does during our start."""
    match how:
        case "erase":
            world.service.erase_login(LOGIN_ID)
        case "link_end":
            world.clock.now = world.session.link_expires_at
            world.service.close_session(SESSION_ID, "USER_ABSENT")
        case reason:
            world.service.stop_session(SESSION_ID, reason)


@pytest.mark.parametrize("answer_after", [timedelta(seconds=1), timedelta(seconds=200), timedelta(seconds=600)])
@pytest.mark.parametrize("how", ["CANCELLED", "WORKFLOW_LOST", "link_end", "erase"])
def test_an_answer_after_the_end_blocks_the_login_for_a_lifetime(
    world: World, how: str, answer_after: timedelta
) -> None:
    def end_and_go_on() -> None:
        end(world, how)
        world.clock.now += answer_after

    world.flinks = Meanwhile("start_authorize", end_and_go_on)

    world.service.start_authorize(SESSION_ID, 1, 0)

    login = world.login
    answered_until = world.clock() + LIFETIME
    assert login.session_id is None
    assert login.wait_reason is WaitReason.OPEN_ATTEMPT
    assert login.next_allowed_at and login.next_allowed_at >= answered_until
    with pytest.raises(AttemptOpen):
        world.service.open_session(OpenRequest(LOGIN_ID))


def test_the_wait_after_a_late_answer_ends_with_the_attempts_lifetime(world: World) -> None:
    def cancel_and_go_on() -> None:
        end(world, "CANCELLED")
        world.clock.turn(seconds=600)

    world.flinks = Meanwhile("start_authorize", cancel_and_go_on)

    world.service.start_authorize(SESSION_ID, 1, 0)

    until = NOW + timedelta(seconds=600) + LIFETIME
    assert world.login.next_allowed_at == world.session.next_allowed_at == until
    world.clock.now = until
    assert not world.service.open_session(OpenRequest(LOGIN_ID)).joined


def test_an_answer_after_an_erasure_leaves_only_a_wait(world: World) -> None:
    def erase_and_go_on() -> None:
        end(world, "erase")
        world.clock.turn(seconds=600)

    world.flinks = Meanwhile("start_authorize", erase_and_go_on)

    world.service.start_authorize(SESSION_ID, 1, 0)

    assert replace(world.login, version=0) == Login(
        login_id=LOGIN_ID, next_allowed_at=world.clock() + LIFETIME, wait_reason=WaitReason.OPEN_ATTEMPT
    )
    assert world.sessions.all == []


REFUSED = [a_reply(401, "DISABLED_LOGIN"), a_reply(401, "INVALID_PASSWORD"), a_reply(401, "RETRY_LATER")]


@pytest.mark.parametrize("refusal", REFUSED, ids=lambda reply: reply.code)
def test_a_refused_start_leaves_no_wait(world: World, refusal: FlinksReply) -> None:
    world.flinks = FakeFlinks(start_authorize=refusal)

    world.service.start_authorize(SESSION_ID, 1, 0)
    world.service.close_session(SESSION_ID, refusal.code)

    assert (world.login.next_allowed_at, world.login.wait_reason) == (None, None)
    assert not world.service.open_session(OpenRequest(LOGIN_ID)).joined


@pytest.mark.parametrize("refusal", REFUSED, ids=lambda reply: reply.code)
def test_a_refusal_after_the_end_extends_no_wait(world: World, refusal: FlinksReply) -> None:
    waits: list[datetime | None] = []

    def cancel_and_go_on() -> None:
        end(world, "CANCELLED")
        waits.append(world.login.next_allowed_at)
        world.clock.turn(seconds=600)

    world.flinks = Meanwhile("start_authorize", cancel_and_go_on, start_authorize=refusal)

    world.service.start_authorize(SESSION_ID, 1, 0)

    assert [world.login.next_allowed_at] == waits


def test_a_late_answer_of_an_earlier_attempt_does_not_shorten_the_wait(world: World) -> None:
    guarded_until = NOW + timedelta(hours=1)

    def cancel_guarded() -> None:
        end(world, "CANCELLED")
        guarded = replace(world.login, next_allowed_at=guarded_until, wait_reason=WaitReason.LOCKOUT_GUARD)
        world.logins.save(guarded)

    world.flinks = Meanwhile("start_authorize", cancel_guarded)

    world.service.start_authorize(SESSION_ID, 1, 0)

    assert (world.login.next_allowed_at, world.login.wait_reason) == (guarded_until, WaitReason.LOCKOUT_GUARD)
