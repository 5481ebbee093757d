"""A session ends, and its login is free: in this order, even if there is a crash between the two."""

from datetime import timedelta

import pytest

from reconnect.model.errors import SessionChanged, SessionNotFound
from reconnect.model.login import Login
from reconnect.model.session import TERMINAL, Status
from reconnect.model.waits import WaitReason
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_receipt, a_session, an_attempt
from tests.fakes.clock import NOW
from tests.fakes.sessions import ContestedSessions, FakeLogins
from tests.unit.world import World

FRESH = a_receipt()


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.AWAITING_USER)
    return world


class ContestedLogins(FakeLogins):
    """Another caller writes the login just before each of our first `races` saves of it."""

    def __init__(self, races: int) -> None:
        super().__init__()
        self._races = races

    def save(self, login: Login) -> Login:
        if self._races > 0 and login.session_id is None:
            self._races -= 1
            super().save(self.get(login.login_id))
        return super().save(login)


def test_a_session_that_is_closed_has_ended_and_its_login_is_free(world: World) -> None:
    session = world.service.close_session(SESSION_ID, "DISABLED_LOGIN")

    assert session == world.session
    assert (session.status, world.login.session_id) == (Status.FAILED, None)
    assert world.sessions.event_types == ["SessionFailed"]


def test_the_login_remembers_what_the_session_knew_of_it(world: World) -> None:
    guarded_until = NOW + timedelta(hours=1)
    guard = WaitReason.LOCKOUT_GUARD
    world.with_session(Status.FETCHING, failures=3, next_allowed_at=guarded_until, wait_reason=guard)

    world.service.close_session(SESSION_ID, "DISABLED_LOGIN")

    login = world.login
    assert (login.failures, login.next_allowed_at, login.wait_reason) == (3, guarded_until, guard)
    assert login.last_session_id == SESSION_ID


def test_a_success_is_remembered_as_one(world: World) -> None:
    world.with_session(Status.FETCHING, receipt=FRESH, failures=2, attempt=an_attempt(is_over=True))

    world.service.close_session(SESSION_ID, "ACCOUNTS_FRESH")

    login = world.login
    assert (login.failures, login.last_refresh) == (0, FRESH.last_refresh)
    assert (login.next_allowed_at, login.wait_reason) == (NOW + timedelta(minutes=1), WaitReason.COOLDOWN)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_on_a_session_that_has_ended_it_only_frees_the_login(world: World, status: Status) -> None:
    before = world.with_session(status)

    session = world.service.close_session(SESSION_ID, "DISABLED_LOGIN")

    assert session == before == world.session
    assert (world.login.session_id, world.sessions.published) == (None, [])


def test_a_crash_between_end_and_login_is_repaired_by_the_next_run(world: World) -> None:
    class CrashingLogins(FakeLogins):
        def get(self, login_id: str) -> Login:
            raise ConnectionError(f"the environment died before it read {login_id}")

    held, world.logins = world.logins, CrashingLogins()
    with pytest.raises(ConnectionError):
        world.service.close_session(SESSION_ID, "USER_ABSENT")
    world.logins = held

    world.service.close_session(SESSION_ID, "States.Timeout")

    assert (world.session.status, world.login.session_id) == (Status.EXPIRED, None)
    assert world.sessions.event_types == ["SessionExpired"], "the end is published once, and as it was"


def test_a_login_that_another_session_holds_by_now_stays_with_it(world: World) -> None:
    world.service.close_session(SESSION_ID, "USER_ABSENT")
    world.with_session(Status.AUTHORIZING, session_id="the-next")
    before = world.login

    world.service.close_session(SESSION_ID, "USER_ABSENT")

    assert world.login == before
    assert world.login.session_id == "the-next"


def test_a_login_is_freed_once(world: World) -> None:
    for _ in range(3):
        world.service.close_session(SESSION_ID, "USER_ABSENT")

    assert world.logins.saves == 2, "it was taken, and it was freed"


def test_an_end_wins_over_other_writers(world: World) -> None:
    world.sessions = ContestedSessions(races=4).with_session(a_session(Status.AWAITING_USER))

    assert world.service.close_session(SESSION_ID, "USER_ABSENT").status is Status.EXPIRED


def test_a_login_that_others_write_too_is_freed_all_the_same(world: World) -> None:
    world.logins = ContestedLogins(races=4)
    world.logins.save(Login(login_id=LOGIN_ID).hold(SESSION_ID))

    world.service.close_session(SESSION_ID, "USER_ABSENT")

    assert world.login.session_id is None


def test_a_login_under_endless_contention_is_left_to_its_next_session(world: World) -> None:
    world.logins = ContestedLogins(races=999)
    world.logins.save(Login(login_id=LOGIN_ID).hold(SESSION_ID))

    with pytest.raises(SessionChanged):
        world.service.close_session(SESSION_ID, "USER_ABSENT")

    assert world.session.status is Status.EXPIRED


def test_there_is_nothing_to_close_where_there_is_no_session(world: World) -> None:
    with pytest.raises(SessionNotFound):
        world.service.close_session("nobody", "USER_ABSENT")
