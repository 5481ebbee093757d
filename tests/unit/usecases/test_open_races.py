"""Many callers open one login at once, and some crash: one session holds it, and serves them all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import (
    AttemptOpen,
    CoolingDown,
    LockoutGuarded,
    SessionChanged,
    TooManyCallers,
    TooSoon,
)
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.session import MAX_CORRELATION_IDS, TERMINAL, Session, Status
from reconnect.model.waits import WaitReason
from reconnect.usecases.open_session import Opened
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session, an_attempt
from tests.fakes.clock import NOW
from tests.fakes.sessions import FakeLogins, FakeSessions
from tests.unit.world import World

REQUEST = OpenRequest(LOGIN_ID)
CROWD = 200
LATER = NOW + timedelta(minutes=1)


def all_at_once(open_one: Callable[[int], Opened]) -> list[Opened]:
    """Run `open_one` for two hundred callers at the same moment."""
    gate = Barrier(CROWD)

    def call(number: int) -> Opened:
        gate.wait(timeout=60)
        return open_one(number)

    with ThreadPoolExecutor(CROWD) as callers:
        return list(callers.map(call, range(CROWD)))


def test_one_of_200_callers_opens_a_session_and_all_join_it(world: World) -> None:
    replies = all_at_once(
        lambda number: world.service.open_session(replace(REQUEST, correlation_id=f"order-{number // 2}"))
    )

    assert sum(not reply.joined for reply in replies) == 1
    assert len({reply.session.session_id for reply in replies}) == 1
    [session] = world.sessions.all
    assert world.login.session_id == session.session_id
    assert world.workflow.executions == {session.execution_name: session.session_id}
    assert session.correlation_ids == {f"order-{number}" for number in range(CROWD // 2)}


def test_200_repeats_of_one_key_open_one_session(world: World) -> None:
    replies = all_at_once(lambda _: world.service.open_session(REQUEST, key="api/one-key"))

    [session] = world.sessions.all
    assert {(reply.session.session_id, reply.joined) for reply in replies} == {(session.session_id, False)}
    assert world.login.session_id == session.session_id
    assert world.workflow.executions == {session.execution_name: session.session_id}


def test_200_keys_for_one_login_each_find_its_session_again(world: World) -> None:
    def open_with_key(number: int) -> Opened:
        return world.service.open_session(REQUEST, key=f"api/key-{number}")

    first = all_at_once(open_with_key)
    again = all_at_once(open_with_key)

    [session] = world.sessions.all
    assert {reply.session.session_id for reply in first + again} == {session.session_id}
    assert [reply.joined for reply in again] == [reply.joined for reply in first]


class OvertakenLogins(FakeLogins):
    """Logins in which another caller acts just before our first save."""

    def __init__(self, interruption: Callable[[], object]) -> None:
        super().__init__()
        self._interruptions = [interruption]

    def save(self, login: Login) -> Login:
        if self._interruptions:
            self._interruptions.pop()()
        return super().save(login)


def overtaken(world: World, interruption: Callable[[], object]) -> None:
    world.logins = OvertakenLogins(interruption)
    world.sessions = FakeSessions(world.logins)


def test_loser_joins_winner_and_discards_its_record(world: World) -> None:
    winner: list[Opened] = []
    overtaken(world, lambda: winner.append(world.service.open_session(REQUEST)))

    loser = world.service.open_session(replace(REQUEST, correlation_id="order-2"))

    assert (loser.joined, loser.session.session_id) == (True, winner[0].session.session_id)
    [session] = world.sessions.all
    assert session.correlation_ids == {"order-2"}
    assert len(world.workflow.executions) == 1


def test_loser_to_a_full_session_discards_its_record(world: World) -> None:
    crowd = frozenset(f"order-{number}" for number in range(MAX_CORRELATION_IDS))
    overtaken(world, lambda: world.sessions.with_session(a_session(Status.AUTHORIZING, correlation_ids=crowd)))

    with pytest.raises(TooManyCallers):
        world.service.open_session(replace(REQUEST, correlation_id="one-more"))

    [session] = world.sessions.all
    assert (session.session_id, world.workflow.executions) == (SESSION_ID, {})


def test_loser_of_a_login_that_then_cools_down_discards_its_record(world: World) -> None:
    def refresh() -> None:
        world.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=LATER, wait_reason=WaitReason.COOLDOWN))

    overtaken(world, refresh)

    with pytest.raises(CoolingDown):
        world.service.open_session(REQUEST)

    assert (world.sessions.all, world.workflow.executions) == ([], {})


def test_loser_of_a_race_that_left_the_login_free_takes_it(world: World) -> None:
    overtaken(world, lambda: world.logins.save(Login(login_id=LOGIN_ID, failures=1)))

    opened = world.service.open_session(REQUEST)

    assert world.sessions.all == [opened.session]
    assert world.login.session_id == opened.session.session_id


def test_loser_of_every_race_gets_a_retry(world: World) -> None:
    class NeverOurs(FakeLogins):
        def save(self, login: Login) -> Login:
            raise SessionChanged(f"login version {login.version} was overtaken")

    world.logins = NeverOurs()

    with pytest.raises(SessionChanged):
        world.service.open_session(REQUEST)

    assert world.workflow.executions == {}


def test_a_login_whose_holder_has_no_record_is_taken_over(world: World) -> None:
    world.logins.save(Login(login_id=LOGIN_ID).hold("a-removed-session"))

    opened = world.service.open_session(REQUEST)

    assert not opened.joined
    assert world.login.session_id == opened.session.session_id


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_login_that_an_ended_session_still_holds_is_taken_over(world: World, status: Status) -> None:
    """The process that closed it died before freeing the login."""
    world.with_session(Status.AUTHORIZING)
    world.with_session(status)

    opened = world.service.open_session(REQUEST)

    assert not opened.joined
    assert opened.session.session_id != SESSION_ID
    assert world.login.session_id == opened.session.session_id


def test_what_the_ended_holder_knew_of_the_login_is_kept(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.with_session(Status.EXPIRED, failures=2, next_allowed_at=NOW - timedelta(seconds=1))

    opened = world.service.open_session(REQUEST)

    assert opened.session.failures == 2
    assert world.sessions.get(opened.session.session_id).failures == 2


def test_a_wait_that_only_the_ended_holder_knew_of_is_kept(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.with_session(Status.FAILED, next_allowed_at=LATER, wait_reason=WaitReason.LOCKOUT_GUARD)

    with pytest.raises(LockoutGuarded) as pause:
        world.service.open_session(REQUEST)

    assert pause.value.next_allowed_at == LATER
    assert [session.session_id for session in world.sessions.all] == [SESSION_ID]


def test_a_holder_that_ends_during_a_join_is_not_joined(world: World) -> None:
    class EndsMeanwhile(FakeSessions):
        def join(self, session_id: str, *joined: Any) -> Session:
            self.save(world.end(self.get(session_id), "CANCELLED"))
            return super().join(session_id, *joined)

    over = an_attempt(asked=Ask.ANSWER, asked_at=NOW, is_over=True)
    world.sessions = EndsMeanwhile(world.logins).with_session(a_session(Status.AWAITING_CLICK, attempt=over))

    opened = world.service.open_session(REQUEST)

    assert not opened.joined
    assert opened.session.session_id != SESSION_ID
    assert world.login.session_id == opened.session.session_id


def test_a_session_continues_the_logins_count_of_failures(world: World) -> None:
    world.logins.save(Login(login_id=LOGIN_ID, failures=2))

    assert world.service.open_session(REQUEST).session.failures == 2


# A record of an older version has no reason.
REFUSALS = [
    (WaitReason.COOLDOWN, CoolingDown),
    (WaitReason.LOCKOUT_GUARD, LockoutGuarded),
    (WaitReason.OPEN_ATTEMPT, AttemptOpen),
    (None, AttemptOpen),
]


@pytest.mark.parametrize(("reason", "refusal"), REFUSALS)
@pytest.mark.parametrize(("seconds", "is_allowed"), [(0, False), (59.999, False), (60, True), (61, True)])
def test_a_login_is_blocked_until_the_stated_time_for_the_stated_reason(
    world: World, seconds: float, is_allowed: bool, reason: WaitReason | None, refusal: type[TooSoon]
) -> None:
    world.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=LATER, wait_reason=reason))
    world.clock.turn(seconds=seconds)

    if is_allowed:
        assert not world.service.open_session(REQUEST).joined
    else:
        with pytest.raises(refusal) as pause:
            world.service.open_session(REQUEST)
        assert pause.value.next_allowed_at == LATER
        assert (world.sessions.all, world.workflow.executions) == ([], {})


def test_a_live_session_is_joined_during_its_logins_cooldown(world: World) -> None:
    """The cooldown prevents a new attempt, but not joining the running one."""
    world.with_session(Status.AWAITING_CLICK, next_allowed_at=LATER)
    world.logins.save(replace(world.login, next_allowed_at=LATER))

    assert world.service.open_session(REQUEST).joined


def test_a_cooldown_applies_when_the_holder_has_no_record(world: World) -> None:
    waiting = Login(login_id=LOGIN_ID, next_allowed_at=LATER, wait_reason=WaitReason.COOLDOWN)
    world.logins.save(waiting.hold("a-removed-session"))

    with pytest.raises(CoolingDown):
        world.service.open_session(REQUEST)

    assert world.sessions.all == []
