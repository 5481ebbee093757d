"""The user comes back from Connect: evidence, and a wake-up for whoever waits."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from reconnect.domain.errors import SessionNotFound, StateInvalid, WorkflowUnavailable
from reconnect.domain.redirect_webhook import RedirectWebhook
from reconnect.domain.session import TERMINAL, Session, Status
from reconnect.domain.signing import RedirectState
from tests.fakes.builders import CONNECT_URL, LOGIN_ID, SESSION_ID, SIGNING_KEY, TASK_TOKEN, a_session, causes
from tests.fakes.clock import NOW, Clock
from tests.fakes.sessions import ContestedSessions, FakeSessions
from tests.fakes.workflow import FakeWorkflow

OTHER_LOGIN = "0" * 8 + LOGIN_ID[8:]


def a_state(attempt: int = 1, until: datetime = NOW + timedelta(days=7), key: bytes = SIGNING_KEY) -> str:
    return RedirectState(SESSION_ID, attempt, until).sign(key)


class World:
    """The door over fakes; `come_back(...)` is one redirect."""

    def __init__(self, sessions: FakeSessions, clock: Clock, counted: list[str]) -> None:
        self.sessions, self.clock, self.counted = sessions, clock, counted
        self.workflow = FakeWorkflow(TASK_TOKEN)

    def come_back(self, state: str | None = None, login_id: str | None = LOGIN_ID) -> Session:
        door = RedirectWebhook(
            self.sessions, self.workflow, self.clock, self.counted.append, signing_key=lambda: SIGNING_KEY
        )
        return door(a_state() if state is None else state, login_id)

    @property
    def session(self) -> Session:
        return self.sessions.get(SESSION_ID)


@pytest.fixture
def world(sessions: FakeSessions, clock: Clock, counted: list[str]) -> World:
    return World(sessions.holding(a_session(Status.AWAITING_USER)), clock, counted)


@pytest.mark.parametrize("login_id", [LOGIN_ID, LOGIN_ID.upper(), None])
def test_a_user_who_comes_back_wakes_the_workflow(world: World, login_id: str | None) -> None:
    session = world.come_back(login_id=login_id)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert session == world.session
    assert (session.task_token, causes(session)[-1]) == (None, "redirected")
    assert world.counted == ["RedirectReceived"]


def test_a_redirect_decides_nothing_and_leaves_the_users_page_as_it_is(world: World) -> None:
    session = world.come_back()

    assert (session.status, session.connect_url) == (Status.AWAITING_USER, CONNECT_URL)


def test_a_second_redirect_wakes_nobody(world: World) -> None:
    world.come_back()

    world.come_back()

    assert len(world.workflow.woken) == 1


def test_reloading_the_page_does_not_grow_the_timeline(world: World) -> None:
    for _ in range(5):
        world.come_back()

    assert causes(world.session) == ["session_opened", "redirected", "redirected_again"]


def test_a_redirect_of_an_earlier_attempt_is_told_apart_and_still_wakes(world: World) -> None:
    world.sessions.holding(a_session(Status.AWAITING_CLICK))

    session = world.come_back(a_state(attempt=7))

    assert causes(session)[-1] == "redirected_late"
    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]


def test_a_wait_that_is_over_is_no_error(world: World) -> None:
    world.workflow.waiting.clear()

    assert causes(world.come_back())[-1] == "redirected"


def test_a_return_with_another_login_wakes_nobody_and_overwrites_nothing(world: World) -> None:
    for _ in range(3):
        world.come_back(login_id=OTHER_LOGIN)

    assert world.workflow.woken == []
    assert (world.session.login_id, world.session.task_token) == (LOGIN_ID, TASK_TOKEN)
    assert causes(world.session)[1:] == ["login_changed"]


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_finished_session_is_answered_and_stays_as_it_is(world: World, status: Status) -> None:
    world.sessions.holding(a_session(status))
    before = world.session

    assert world.come_back() == before
    assert world.session == before
    assert world.workflow.woken == []


@pytest.mark.parametrize(
    "state",
    [
        "",
        ".",
        "...",
        "not-a-state",
        a_state()[:-1],
        a_state() + "A",
        a_state().replace(".1.", ".2."),
        a_state(key=b"another key"),
        a_state(until=NOW - timedelta(seconds=1)),
        "Zoé.é",
    ],
)
def test_a_state_that_is_not_ours_changes_nothing(world: World, state: str) -> None:
    before = world.session

    with pytest.raises(StateInvalid):
        world.come_back(state)

    assert world.session == before
    assert world.workflow.woken == []


def test_a_state_of_a_session_that_is_no_more_finds_nothing(world: World) -> None:
    with pytest.raises(SessionNotFound):
        world.come_back(RedirectState("gone", 1, NOW + timedelta(days=1)).sign(SIGNING_KEY))


def test_a_redirect_that_races_with_another_writer_wakes_once(clock: Clock, counted: list[str]) -> None:
    world = World(ContestedSessions(clock, races=3).holding(a_session(Status.AWAITING_USER)), clock, counted)

    world.come_back()

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert causes(world.session) == ["session_opened", "redirected"]


def test_a_redirect_that_loses_the_race_against_the_end_wakes_nobody(clock: Clock, counted: list[str]) -> None:
    class CancelledFirst(FakeSessions):
        def save(self, session: Session) -> Session:
            now = self.get(SESSION_ID)
            if not now.status.is_terminal:
                super().save(now.end(Status.CANCELLED, at=NOW, cause="cancelled", failure=None))
            return super().save(session)

    world = World(CancelledFirst(clock).holding(a_session(Status.AWAITING_USER)), clock, counted)

    assert world.come_back().status is Status.CANCELLED
    assert world.workflow.woken == []


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_a_wake_that_step_functions_did_not_take_can_be_made_again(world: World, status: Status) -> None:
    world.sessions.holding(a_session(status))
    world.workflow.is_down = True
    with suppress(WorkflowUnavailable):
        world.come_back()

    world.workflow.is_down = False
    world.come_back()

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")], "the user's return would be lost until the link ends"
