"""A session ends, then its login is freed, even after a crash between the two."""

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
    """Logins that another writer saves just before each of our first `races` saves."""

    def __init__(self, races: int) -> None:
        super().__init__()
        self._races = races

    def save(self, login: Login) -> Login:
        if self._races > 0 and login.session_id is None:
            self._races -= 1
            super().save(self.get(login.login_id))
        return super().save(login)


def test_closing_ends_the_session_and_frees_its_login(world: World) -> None:
    session = world.service.close_session(SESSION_ID, "DISABLED_LOGIN")

    assert session == world.session
    assert (session.status, world.login.session_id) == (Status.FAILED, None)
    assert world.sessions.event_types == ["SessionFailed"]


def test_the_login_keeps_what_its_session_learned(world: World) -> None:
    guarded_until = NOW + timedelta(hours=1)
    guard = WaitReason.LOCKOUT_GUARD
    world.with_session(Status.FETCHING, failures=3, next_allowed_at=guarded_until, wait_reason=guard)

    world.service.close_session(SESSION_ID, "DISABLED_LOGIN")

    login = world.login
    assert (login.failures, login.next_allowed_at, login.wait_reason) == (3, guarded_until, guard)
    assert login.last_session_id == SESSION_ID


def test_a_success_is_kept_in_the_login(world: World) -> None:
    world.with_session(Status.FETCHING, receipt=FRESH, failures=2, attempt=an_attempt(is_over=True))

    world.service.close_session(SESSION_ID, "ACCOUNTS_FRESH")

    login = world.login
    assert (login.failures, login.last_refresh) == (0, FRESH.last_refresh)
    assert (login.next_allowed_at, login.wait_reason) == (NOW + timedelta(minutes=1), WaitReason.COOLDOWN)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_closing_an_ended_session_only_frees_its_login(world: World, status: Status) -> None:
    before = world.with_session(status)

    session = world.service.close_session(SESSION_ID, "DISABLED_LOGIN")

    assert session == before == world.session
    assert (world.login.session_id, world.sessions.published) == (None, [])


def test_a_crash_before_freeing_the_login_is_repaired_by_a_repeat(world: World) -> None:
    class CrashingLogins(FakeLogins):
        def get(self, login_id: str) -> Login:
            raise ConnectionError(f"the environment died before it read {login_id}")

    held, world.logins = world.logins, CrashingLogins()
    with pytest.raises(ConnectionError):
        world.service.close_session(SESSION_ID, "USER_ABSENT")
    world.logins = held

    world.service.close_session(SESSION_ID, "States.Timeout")

    assert (world.session.status, world.login.session_id) == (Status.EXPIRED, None)
    assert world.sessions.event_types == ["SessionExpired"], "the event is published once"


def test_a_login_that_another_session_holds_is_not_freed(world: World) -> None:
    world.service.close_session(SESSION_ID, "USER_ABSENT")
    world.with_session(Status.AUTHORIZING, session_id="the-next")
    before = world.login

    world.service.close_session(SESSION_ID, "USER_ABSENT")

    assert world.login == before
    assert world.login.session_id == "the-next"


def test_a_login_is_freed_once(world: World) -> None:
    for _ in range(3):
        world.service.close_session(SESSION_ID, "USER_ABSENT")

    assert world.logins.saves == 2, "one write to take it, one to free it"


def test_an_ending_succeeds_despite_other_writers(world: World) -> None:
    world.sessions = ContestedSessions(races=4).with_session(a_session(Status.AWAITING_USER))

    assert world.service.close_session(SESSION_ID, "USER_ABSENT").status is Status.EXPIRED


def test_a_login_is_freed_despite_other_writers(world: World) -> None:
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


def test_closing_an_unknown_session_is_an_error(world: World) -> None:
    with pytest.raises(SessionNotFound):
        world.service.close_session("unknown", "USER_ABSENT")
