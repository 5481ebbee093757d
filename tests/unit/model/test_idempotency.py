"""A repeated request with the same key gets the same session, whatever happened in between."""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.errors import CoolingDown, IdempotencyConflict, WorkflowUnavailable
from reconnect.model.idempotency import Claim, seal_key, seal_request
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.session import TERMINAL, Status
from reconnect.model.waits import WaitReason
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY, a_session
from tests.fakes.sessions import FakeClaims
from tests.unit.world import World

KEY = "api/order-4711"
REQUEST = OpenRequest(LOGIN_ID, language="fr", correlation_id="order-1")
OTHERS = [
    replace(REQUEST, login_id="0" * 8 + LOGIN_ID[8:]),
    replace(REQUEST, language="en"),
    replace(REQUEST, language=None),
    replace(REQUEST, time_zone="America/Toronto"),
    replace(REQUEST, return_url="https://app.example"),
    replace(REQUEST, correlation_id="order-2"),
    replace(REQUEST, link_lifetime_hours=2),
]


class Crash(Exception):
    """The environment died: no code of ours catches this."""


@pytest.mark.parametrize(
    "other",
    [
        {"loginId": "a", "language": "fr", "hours": 2},
        {"hours": 2, "language": "fr", "loginId": "a"},
    ],
)
def test_the_order_of_its_fields_does_not_change_a_request(other: dict[str, Any]) -> None:
    assert seal_request(SIGNING_KEY, {"language": "fr", "loginId": "a", "hours": 2}) == seal_request(SIGNING_KEY, other)


@pytest.mark.parametrize("other", [{}, {"a": 1}, {"a": "2"}, {"a": None}, {"b": 2}, {"a": 2, "b": None}, {"a": [2]}])
def test_another_field_or_value_is_another_request(other: dict[str, Any]) -> None:
    assert seal_request(SIGNING_KEY, {"a": 2}) != seal_request(SIGNING_KEY, other)


@pytest.mark.parametrize("key", ["k", "k" * 255, "refresh-" + LOGIN_ID])
def test_the_digest_of_a_key_and_request_does_not_confirm_a_guessed_login(key: str) -> None:
    sealed = [seal_key(SIGNING_KEY, key), seal_request(SIGNING_KEY, asdict(REQUEST))]
    guessed = [seal_key(b"a guess", key), seal_request(b"a guess", asdict(REQUEST))]

    assert {len(text) for text in sealed} == {43}
    assert not set(sealed) & set(guessed)
    assert LOGIN_ID not in str(sealed)


def test_the_same_key_finds_the_same_session(world: World) -> None:
    first = world.service.open_session(REQUEST, key=KEY)

    again = world.service.open_session(REQUEST, key=KEY)

    assert again == first
    assert len(world.sessions.all) == 1
    assert list(world.workflow.executions) == [first.session.execution_name]


def test_another_key_joins_the_live_session(world: World) -> None:
    first = world.service.open_session(REQUEST, key=KEY)

    other = world.service.open_session(REQUEST, key="api/another")

    assert (other.joined, other.session.session_id) == (True, first.session.session_id)


def test_a_caller_who_joined_with_a_key_joins_again_with_it(world: World) -> None:
    world.with_session(Status.AUTHORIZING)

    replies = [world.service.open_session(REQUEST, key=KEY) for _ in range(2)]

    assert [(reply.joined, reply.session.session_id) for reply in replies] == [(True, SESSION_ID)] * 2


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_the_same_key_finds_its_session_after_it_has_ended(world: World, status: Status) -> None:
    opened = world.service.open_session(REQUEST, key=KEY).session
    ended = replace(a_session(status), session_id=opened.session_id, version=opened.version)
    world.sessions.save(ended)
    world.clock.turn(hours=23, minutes=59)

    again = world.service.open_session(REQUEST, key=KEY)

    assert (again.session.session_id, again.session.status, again.joined) == (opened.session_id, status, False)
    assert len(world.sessions.all) == 1, "a repeated request must not cause a second refresh"


def test_a_caller_who_joined_finds_the_session_after_it_has_ended(world: World) -> None:
    world.with_session(Status.AUTHORIZING)
    world.service.open_session(REQUEST, key=KEY)
    world.service.close_session(SESSION_ID, "CANCELLED")

    again = world.service.open_session(REQUEST, key=KEY)

    assert (again.session.session_id, again.session.status, again.joined) == (SESSION_ID, Status.CANCELLED, True)


def test_a_key_expires_after_a_day(world: World) -> None:
    first = world.service.open_session(REQUEST, key=KEY).session
    world.service.close_session(first.session_id, "CANCELLED")
    world.clock.turn(hours=24, seconds=1)

    again = world.service.open_session(REQUEST, key=KEY)

    assert again.session.session_id != first.session_id


@pytest.mark.parametrize("other", OTHERS)
def test_a_key_of_another_request_is_refused(world: World, other: OpenRequest) -> None:
    first = world.service.open_session(REQUEST, key=KEY)

    with pytest.raises(IdempotencyConflict):
        world.service.open_session(other, key=KEY)

    assert world.sessions.all == [first.session]


def test_a_refused_key_still_serves_its_first_request(world: World) -> None:
    first = world.service.open_session(REQUEST, key=KEY)
    with pytest.raises(IdempotencyConflict):
        world.service.open_session(OTHERS[0], key=KEY)

    assert world.service.open_session(REQUEST, key=KEY) == first


def test_without_a_key_nothing_is_claimed(world: World) -> None:
    class NoClaims(FakeClaims):
        def claim(self, claim: Claim, _instead_of: str | None = None) -> Claim:
            raise AssertionError(f"claimed {claim.key!r}")

        settle = claim  # type: ignore[assignment]

    world.claims = NoClaims(world.clock)

    first = world.service.open_session(REQUEST).session
    world.service.close_session(first.session_id, "CANCELLED")

    assert world.service.open_session(REQUEST).session.session_id != first.session_id


def test_a_cooldown_refusal_is_not_kept_under_the_key(world: World) -> None:
    until = world.clock() + timedelta(minutes=1)
    world.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=until, wait_reason=WaitReason.COOLDOWN))
    for _ in range(2):
        with pytest.raises(CoolingDown):
            world.service.open_session(REQUEST, key=KEY)
    world.clock.turn(minutes=1)

    opened = world.service.open_session(REQUEST, key=KEY)

    assert (opened.joined, opened.session.status) == (False, Status.STARTING)
    assert world.sessions.all == [opened.session]


class CrashingAt:
    """Count the writes of each port; crash before or after write number `point`."""

    def __init__(self, point: int, *, is_done: bool) -> None:
        self._point, self._is_done, self.writes = point, is_done, 0

    def crash_at_point(self, write: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            self.writes += 1
            if self.writes == self._point and not self._is_done:
                raise Crash
            result = write(*arguments)
            if self.writes == self._point:
                raise Crash
            return result

        return counted

    def watch(self, world: World) -> None:
        """Make the world's stores and its workflow crash at the point."""
        world.claims.claim = self.crash_at_point(world.claims.claim)  # type: ignore[method-assign]
        world.claims.settle = self.crash_at_point(world.claims.settle)  # type: ignore[method-assign]
        world.sessions.create = self.crash_at_point(world.sessions.create)  # type: ignore[method-assign]
        world.sessions.discard = self.crash_at_point(world.sessions.discard)  # type: ignore[method-assign]
        world.sessions.join = self.crash_at_point(world.sessions.join)  # type: ignore[method-assign]
        world.logins.save = self.crash_at_point(world.logins.save)  # type: ignore[method-assign]
        world.workflow.start = self.crash_at_point(world.workflow.start)


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("point", range(1, 5))
def test_a_repeated_key_after_a_crash_opens_one_session(world: World, point: int, is_done: bool) -> None:
    crashing = CrashingAt(point, is_done=is_done)
    crashing.watch(world)
    with pytest.raises(Crash):
        world.service.open_session(REQUEST, key=KEY)

    opened = world.service.open_session(REQUEST, key=KEY)

    assert crashing.writes > point, "the first try crashed"
    assert not opened.joined, "it would look like another caller's session"
    assert world.sessions.all == [opened.session]
    assert world.login.session_id == opened.session.session_id
    assert world.workflow.executions == {opened.session.execution_name: opened.session.session_id}


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("point", range(1, 4))
def test_a_repeated_key_after_a_crash_joins_the_session(world: World, point: int, is_done: bool) -> None:
    world.with_session(Status.AUTHORIZING)
    crashing = CrashingAt(point, is_done=is_done)
    crashing.watch(world)
    with pytest.raises(Crash):
        world.service.open_session(REQUEST, key=KEY)

    opened = world.service.open_session(REQUEST, key=KEY)

    assert (opened.joined, opened.session.session_id) == (True, SESSION_ID)
    assert opened.session.correlation_ids == {"order-1"}
    assert len(world.sessions.all) == 1


def test_a_repeated_key_starts_a_session_that_could_not_be_started(world: World) -> None:
    world.workflow.is_down = True
    with pytest.raises(WorkflowUnavailable):
        world.service.open_session(REQUEST, key=KEY)
    world.workflow.is_down = False

    opened = world.service.open_session(REQUEST, key=KEY)

    assert not opened.joined
    assert world.workflow.executions == {opened.session.execution_name: opened.session.session_id}


def test_a_record_left_without_its_login_does_not_block_the_key(world: World) -> None:
    """The first try died before it got the login; another caller got it since."""
    crashing = CrashingAt(3, is_done=False)
    crashing.watch(world)
    with pytest.raises(Crash):
        world.service.open_session(REQUEST, key=KEY)
    other = world.service.open_session(OpenRequest(LOGIN_ID)).session

    again = world.service.open_session(REQUEST, key=KEY)

    assert (again.joined, again.session.session_id) == (True, other.session_id)


def test_two_executions_that_were_started_twice_run_one_session_each(world: World) -> None:
    other_login = OpenRequest("0" * 8 + LOGIN_ID[8:])

    first = [world.service.open_session(REQUEST, key="execution/a", execution_name="a") for _ in range(2)]
    second = [world.service.open_session(other_login, key="execution/b", execution_name="b") for _ in range(2)]

    assert [opened.session.execution_name for opened in first + second] == ["a", "a", "b", "b"]
    assert not any(opened.joined for opened in first + second)
    assert len(world.sessions.all) == 2


def test_a_repeat_on_a_slow_clock_keeps_the_first_trys_session(world: World) -> None:
    world.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=world.clock() + timedelta(seconds=1)))
    world.workflow.is_down = True
    world.clock.turn(seconds=1)
    with pytest.raises(WorkflowUnavailable):
        world.service.open_session(REQUEST, key=KEY)
    world.workflow.is_down = False
    world.clock.turn(seconds=-0.1)

    opened = world.service.open_session(REQUEST, key=KEY)

    assert world.sessions.all == [opened.session]
    assert world.workflow.executions == {opened.session.execution_name: opened.session.session_id}
