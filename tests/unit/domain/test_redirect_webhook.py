"""The user comes back from Connect: evidence, and a wake-up for whoever waits."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconnect.domain.announcing import announce
from reconnect.domain.errors import SessionNotFound, StateInvalid, WorkflowUnavailable
from reconnect.domain.redirect_webhook import RedirectWebhook
from reconnect.domain.session import TERMINAL, Actor, Ask, Session, Status
from reconnect.domain.signing import Link, RedirectState
from reconnect.domain.waking import Waker
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY, TASK_TOKEN, a_session, an_attempt, causes
from tests.fakes.clock import NOW, Clock
from tests.fakes.events import FakeEvents
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
        self.events = FakeEvents()

    def come_back(self, state: str | None = None, login_id: str | None = LOGIN_ID) -> Session:
        wake = Waker(self.sessions, self.workflow, self.clock, self.counted.append)
        door = RedirectWebhook(wake, self.events, self.clock, self.counted.append, signing_key=lambda: SIGNING_KEY)
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


def test_a_redirect_decides_nothing_and_sends_nobody_to_connect_again_for_it(world: World) -> None:
    session = world.come_back()

    assert (session.status, session.connect_url) == (Status.AUTHORIZING, None)
    assert not session.unheard


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


def test_a_return_with_another_login_is_announced_for_the_caller_to_look_into(world: World) -> None:
    world.come_back(login_id=OTHER_LOGIN)

    [announcement] = world.events.announced
    assert announcement.detail_type == "LoginChanged"
    assert announcement.detail["sessionId"] == SESSION_ID
    assert not any(login in str(announcement) for login in (LOGIN_ID, OTHER_LOGIN))


def test_a_changed_login_is_no_repeat_of_the_event_that_asked_for_the_user(world: World) -> None:
    """Consumers recognise a repeat by its eventId: under the same one the news would be dropped."""
    announce(world.events, "ReconnectRequired", world.session)

    world.come_back(login_id=OTHER_LOGIN)

    assert len({announcement.event_id for announcement in world.events.announced}) == 2


def test_a_changed_login_that_is_told_again_is_one_event(world: World) -> None:
    for _ in range(3):
        world.come_back(login_id=OTHER_LOGIN)

    assert len({announcement.event_id for announcement in world.events.announced}) == 1


@pytest.mark.parametrize("login_id", [LOGIN_ID, LOGIN_ID.upper(), None])
def test_a_return_with_the_sessions_own_login_is_no_news(world: World, login_id: str | None) -> None:
    world.come_back(login_id=login_id)

    assert world.events.announced == []


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_another_login_on_a_finished_session_is_no_news(world: World, status: Status) -> None:
    world.sessions.holding(a_session(status))

    world.come_back(login_id=OTHER_LOGIN)

    assert (world.events.announced, world.sessions.saves) == ([], [])


def test_a_redirect_that_was_looked_into_wakes_nobody_when_the_user_must_click(world: World) -> None:
    world.come_back()
    gone = world.session.move(
        Status.AWAITING_CLICK, at=NOW, actor=Actor.BANK, cause="attempt_gone", task_token="token-2"
    )
    world.sessions.save(gone)
    world.workflow.waiting.add("token-2")

    for _ in range(3):
        world.come_back()

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert (world.session.status, world.session.task_token) == (Status.AWAITING_CLICK, "token-2")
    assert causes(world.session)[-1] == "redirected_again"


def test_the_redirect_of_a_later_attempt_is_looked_into_like_the_first(world: World) -> None:
    world.come_back()
    later = replace(
        world.session,
        status=Status.AWAITING_CLICK,
        attempt=an_attempt(number=2, started_at=NOW + timedelta(minutes=10), asked=Ask.ANSWER),
        task_token="token-2",
    )
    world.sessions.save(later)
    world.workflow.waiting.add("token-2")
    world.clock.turn(minutes=20)

    world.come_back(a_state(attempt=2))

    assert world.workflow.woken == [(TASK_TOKEN, "redirect"), ("token-2", "redirect")]


def test_a_redirect_between_two_waits_is_kept_for_the_next_one(world: World) -> None:
    world.workflow.waiting.clear()

    assert world.come_back().unheard


def test_a_link_for_the_page_is_no_redirect(world: World) -> None:
    with pytest.raises(StateInvalid):
        world.come_back(Link(SESSION_ID, NOW + timedelta(days=7)).sign(SIGNING_KEY))
