"""A login is erased while it is opened, or reopened with the same key: at most one session, never the old one."""

from collections.abc import Callable
from typing import Any

import pytest

from reconnect.model.errors import SessionChanged, SessionNotFound
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.session import Session, Status
from reconnect.model.signing import Link
from tests.contract.at_once import at_once
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY
from tests.fakes.sessions import FakeLogins, FakeSessions
from tests.unit.world import World

KEY = "api/order-4711"
REQUEST = OpenRequest(LOGIN_ID, correlation_id="order-1")


@pytest.mark.parametrize("seconds", [0, 60, 24 * 3600 - 1])
def test_the_key_of_an_erased_session_opens_another_session(world: World, seconds: int) -> None:
    erased = world.service.open_session(REQUEST, key=KEY).session
    world.service.erase_login(LOGIN_ID)
    world.clock.turn(seconds=seconds)

    opened, again = (world.service.open_session(REQUEST, key=KEY) for _ in range(2))

    assert opened == again
    assert not opened.joined
    assert opened.session.session_id != erased.session_id
    assert world.workflow.executions[opened.session.execution_name] == opened.session.session_id


def test_a_key_that_joined_an_erased_session_opens_another(world: World) -> None:
    world.with_session(Status.STARTING)
    assert world.service.open_session(REQUEST, key=KEY).joined
    world.service.erase_login(LOGIN_ID)

    opened = world.service.open_session(REQUEST, key=KEY)

    assert (opened.joined, opened.session.session_id != SESSION_ID) == (False, True)


def test_a_key_may_be_erased_and_reused_any_number_of_times(world: World) -> None:
    opened = []
    for _ in range(5):
        opened.append(world.service.open_session(REQUEST, key=KEY).session.session_id)
        world.service.erase_login(LOGIN_ID)

    assert len(set(opened)) == 5


def test_many_callers_with_an_erased_sessions_key_open_one_session(world: World) -> None:
    world.service.open_session(REQUEST, key=KEY)
    world.service.erase_login(LOGIN_ID)

    replies = at_once(lambda _: world.service.open_session(REQUEST, key=KEY))

    [session] = world.sessions.all
    assert {(reply.session.session_id, reply.joined) for reply in replies} == {(session.session_id, False)}
    assert world.login.session_id == session.session_id


def test_an_execution_repeated_after_an_erasure_runs_the_new_session(world: World) -> None:
    first = world.service.open_session(REQUEST, key="execution/a", execution_name="a").session
    world.service.erase_login(LOGIN_ID)

    second = world.service.open_session(REQUEST, key="execution/a", execution_name="a").session

    assert second.session_id != first.session_id
    assert second.execution_name == "a"


def test_a_session_erased_while_it_is_opened_is_opened_anew(world: World) -> None:
    """The erasure happens between the writes of the record and of the login."""

    class ErasedMeanwhile(FakeLogins):
        def save(self, login: Login) -> Login:
            if not erased:
                erased.append(world.service.erase_login(LOGIN_ID).sessions)
            return super().save(login)

    erased: list[int] = []
    world.logins = ErasedMeanwhile()
    FakeLogins.save(world.logins, Login(login_id=LOGIN_ID, failures=1))
    world.sessions = FakeSessions(world.logins)

    opened = world.service.open_session(REQUEST, key=KEY)

    assert erased == [1]
    assert world.sessions.all == [opened.session]
    assert world.login.session_id == opened.session.session_id
    assert opened.session.failures == 0


def test_a_stale_copy_of_an_erased_login_cannot_be_written(world: World) -> None:
    read_before = world.logins.save(Login(login_id=LOGIN_ID, failures=1))
    world.service.erase_login(LOGIN_ID)
    opened = world.service.open_session(REQUEST).session

    with pytest.raises(SessionChanged):
        world.logins.save(read_before.hold("another"))

    assert world.login.session_id == opened.session_id


class Interrupting:
    """Count the calls to the stores; just before call number `point` run `interruption`."""

    def __init__(self, world: World, point: int, interruption: Callable[[], object]) -> None:
        self._point, self._interruption, self.calls, self._is_inside = point, interruption, 0, False
        for store in (world.sessions, world.logins, world.claims, world.results):
            for name in ("get", "create", "save", "join", "discard", "of_login", "erase", "claim", "settle"):
                if hasattr(store, name):
                    setattr(store, name, self._counted(getattr(store, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            if self._is_inside:
                return call(*arguments)
            self._is_inside, self.calls = True, self.calls + 1
            if self.calls == self._point:
                self._interruption()
            try:
                return call(*arguments)
            finally:
                self._is_inside = False

        return counted


def is_one_session_at_most(world: World) -> bool:
    """At most one session is live, and it holds the login."""
    live = [session.session_id for session in world.sessions.all if not session.status.is_terminal]
    return not live or live == [world.login.session_id]


@pytest.mark.parametrize("point", range(1, 12))
def test_an_opening_at_any_point_of_an_erasure_leaves_at_most_one_session(world: World, point: int) -> None:
    world.service.open_session(REQUEST, key=KEY)
    opened: list[Session] = []
    interrupting = Interrupting(
        world, point, lambda: opened.append(world.service.open_session(OpenRequest(LOGIN_ID)).session)
    )

    world.service.erase_login(LOGIN_ID)

    assert interrupting.calls >= point
    assert is_one_session_at_most(world)
    assert world.service.open_session(OpenRequest(LOGIN_ID)).session.session_id == world.login.session_id
    assert is_one_session_at_most(world)


@pytest.mark.parametrize(
    ("key", "point"), [(None, each) for each in range(1, 5)] + [(KEY, each) for each in range(1, 10)]
)
def test_an_erasure_at_any_point_of_an_opening_leaves_at_most_one_session(
    world: World, key: str | None, point: int
) -> None:
    world.service.open_session(REQUEST, key=KEY)
    world.service.erase_login(LOGIN_ID)
    interrupting = Interrupting(world, point, lambda: world.service.erase_login(LOGIN_ID))

    opened = world.service.open_session(REQUEST, key=key).session

    assert interrupting.calls >= point
    assert world.sessions.get(opened.session_id).status is Status.STARTING, (
        "every caller who gets an answer has a session"
    )
    assert is_one_session_at_most(world)
    assert world.service.open_session(OpenRequest(LOGIN_ID)).session.session_id == world.login.session_id
    assert is_one_session_at_most(world)


def test_an_erased_sessions_link_stays_invalid_if_its_key_is_reused(world: World) -> None:
    link = str(world.service.signed_urls.link(world.service.open_session(REQUEST, key=KEY).session))
    world.service.erase_login(LOGIN_ID)
    world.service.open_session(REQUEST, key=KEY)

    with pytest.raises(SessionNotFound):
        world.sessions.get(Link.verify(link.rpartition("/")[2], (SIGNING_KEY,), world.clock()).session_id)
