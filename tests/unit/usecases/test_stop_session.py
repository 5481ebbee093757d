"""A session is ended from outside its workflow: by its caller, or because it was lost."""

from dataclasses import replace

import pytest

from reconnect.model.errors import SessionNotFound
from reconnect.model.session import TERMINAL, Actor, Session, Status
from tests.fakes.builders import CLOSED, SESSION_ID, TASK_TOKEN, a_session
from tests.fakes.sessions import ContestedSessions, FakeSessions
from tests.fakes.workflow import FakeWorkflow
from tests.unit.world import World

LIVE = sorted(set(Status) - TERMINAL)


@pytest.mark.parametrize("status", LIVE)
def test_a_session_may_be_cancelled_in_any_status(world: World, status: Status) -> None:
    world.with_session(status)

    session = world.service.stop_session(SESSION_ID, "CANCELLED")

    assert session == world.session
    assert (session.status, session.failure, session.timeline[-1].actor) == (Status.CANCELLED, None, Actor.CALLER)
    assert world.login.session_id is None
    assert world.sessions.event_types == ["SessionCancelled"]


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_an_execution_waiting_for_the_user_ends_at_once(world: World, status: Status) -> None:
    world.with_session(status)

    world.service.stop_session(SESSION_ID, "CANCELLED")

    assert world.workflow.woken == [(TASK_TOKEN, "stopped")]


def test_the_execution_is_woken_only_after_the_ending_is_stored(world: World) -> None:
    class Watching(FakeWorkflow):
        def wake(self, task_token: str, cause: str) -> bool:
            statuses.append(world.session.status)
            return super().wake(task_token, cause)

    statuses: list[Status] = []
    world.workflow = Watching(TASK_TOKEN)
    world.with_session(Status.AWAITING_USER)

    world.service.stop_session(SESSION_ID, "CANCELLED")

    assert statuses == [Status.CANCELLED]


@pytest.mark.parametrize("status", [Status.STARTING, Status.AUTHORIZING, Status.FETCHING])
def test_without_a_wait_nothing_is_woken(world: World, status: Status) -> None:
    world.with_session(status)

    world.service.stop_session(SESSION_ID, "CANCELLED")

    assert world.workflow.woken == []


def test_an_execution_that_cannot_be_woken_sees_the_end_after_its_wait(world: World) -> None:
    world.with_session(Status.AWAITING_USER)
    world.workflow.is_down = True

    session = world.service.stop_session(SESSION_ID, "CANCELLED")

    assert (session.status, world.login.session_id) == (Status.CANCELLED, None)
    assert world.counted == [*CLOSED, "WakeFailed"]


def test_cancelling_just_after_a_wait_is_not_an_error(world: World) -> None:
    world.with_session(Status.AWAITING_USER)
    world.workflow.waiting.clear()

    assert world.service.stop_session(SESSION_ID, "CANCELLED").status is Status.CANCELLED
    assert world.counted == CLOSED


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_cancelling_an_ended_session_only_frees_its_login(world: World, status: Status) -> None:
    world.with_session(Status.AUTHORIZING)
    before = world.with_session(status)

    assert world.service.stop_session(SESSION_ID, "CANCELLED") == before == world.session
    assert (world.login.session_id, world.sessions.published, world.workflow.woken) == (None, [], [])


def test_cancelling_twice_cancels_once(world: World) -> None:
    world.with_session(Status.AWAITING_USER)

    first, again = (world.service.stop_session(SESSION_ID, "CANCELLED") for _ in range(2))

    assert first == again
    assert world.sessions.event_types == ["SessionCancelled"]


def test_a_cancellation_succeeds_despite_other_writers(world: World) -> None:
    world.sessions = ContestedSessions(4, world.logins).with_session(a_session(Status.AWAITING_USER))

    assert world.service.stop_session(SESSION_ID, "CANCELLED").status is Status.CANCELLED
    assert world.workflow.woken == [(TASK_TOKEN, "stopped")]


def test_an_execution_already_in_its_next_wait_is_woken(world: World) -> None:
    class NextWait(FakeSessions):
        def save(self, session: Session) -> Session:
            now = self.get(SESSION_ID)
            if now.task_token == TASK_TOKEN:
                super().save(replace(now, task_token="token-2"))
            return super().save(session)

    world.sessions = NextWait(world.logins).with_session(a_session(Status.AWAITING_USER))
    world.workflow = FakeWorkflow("token-2")

    world.service.stop_session(SESSION_ID, "CANCELLED")

    assert world.workflow.woken == [("token-2", "stopped")]


def test_a_lost_session_ends_for_the_given_reason(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK)

    session = world.service.stop_session(SESSION_ID, "WORKFLOW_LOST")

    assert session.failure and (session.status, session.failure.code) == (Status.FAILED, "WORKFLOW_LOST")


def test_cancelling_an_unknown_session_is_an_error(world: World) -> None:
    with pytest.raises(SessionNotFound):
        world.service.stop_session("unknown", "CANCELLED")
