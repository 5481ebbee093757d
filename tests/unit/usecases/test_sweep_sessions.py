"""The sweeper: every session ends, whichever step was lost."""

from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.errors import FlinksUnavailable, SessionChanged, WorkflowUnavailable
from reconnect.model.session import TERMINAL, Actor, Session, Status, TimelineEntry
from reconnect.ports import Run
from reconnect.usecases.sweep_sessions import Swept
from tests.fakes.builders import (
    CLOSED,
    SESSION_ID,
    TASK_TOKEN,
    a_refreshed_reply,
    a_reply,
    a_session,
)
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.fakes.workflow import FakeWorkflow
from tests.unit.world import World

DUE = NOW - timedelta(seconds=1)
GRACE = timedelta(minutes=3)
LINK_END = NOW + timedelta(days=7)
LATER = NOW + timedelta(minutes=15)
WAITING = [Status.AWAITING_USER, Status.AWAITING_CLICK]
WORKING = [Status.STARTING, Status.AUTHORIZING, Status.FETCHING]
NOT_YET = a_reply(202, "OPERATION_PENDING")

waiting = pytest.mark.parametrize("status", WAITING)


def test_a_session_that_is_not_due_is_not_changed(world: World) -> None:
    before = world.due(due_at=NOW + timedelta(seconds=1))

    assert world.service.sweep_sessions().due == 0
    assert world.session == before


def test_every_session_that_is_due_is_checked(world: World) -> None:
    for number in range(5):
        world.due(session_id=f"session-{number}", execution_name=f"execution-{number}", login_id=f"login-{number}")

    assert world.service.sweep_sessions() == Swept(due=5, failures={})
    assert all(session.due_at == LATER for session in world.sessions.all)


@pytest.mark.parametrize("status", WORKING)
def test_a_running_session_is_checked_again_later(world: World, status: Status) -> None:
    before = world.due(status)

    world.service.sweep_sessions()

    assert (world.session.due_at, world.session.status, world.session.timeline) == (LATER, status, before.timeline)
    assert (world.sessions.published, world.flinks.calls) == ([], [])


def test_a_session_whose_opener_died_is_started(world: World) -> None:
    world.with_session(Status.STARTING, due_at=DUE)

    world.service.sweep_sessions()

    assert world.workflow.executions == {SESSION_ID: SESSION_ID}
    assert (world.session.status, world.session.due_at) == (Status.STARTING, LATER)


def test_a_missing_next_execution_is_started(world: World) -> None:
    world.with_session(Status.AUTHORIZING, due_at=DUE, execution_name=f"{SESSION_ID}-2")

    world.service.sweep_sessions()

    assert world.workflow.executions == {f"{SESSION_ID}-2": SESSION_ID}


@pytest.mark.parametrize("holder", [None, "another-session"])
def test_a_record_that_never_got_its_login_is_discarded(world: World, holder: str | None) -> None:
    world.with_session(Status.STARTING, due_at=DUE)
    world.logins.save(world.login.hold(holder) if holder else world.login.settle(a_session(Status.CANCELLED)))

    world.service.sweep_sessions()

    assert (world.sessions.all, world.workflow.executions) == ([], {})
    assert world.login.session_id == holder


def test_a_session_whose_execution_is_over_ends_as_lost(world: World) -> None:
    world.due()
    world.workflow.over.add(SESSION_ID)

    world.service.sweep_sessions()

    session = world.session
    assert session.failure and (session.status, session.failure.code) == (Status.FAILED, "WORKFLOW_LOST")
    assert world.login.session_id is None
    assert world.sessions.event_types == ["SessionFailed"]
    assert world.counted == ["SessionRescued", *CLOSED]


def test_a_session_that_never_started_ends_without_calling_flinks(world: World) -> None:
    world.due(Status.STARTING)
    world.workflow.over.add(SESSION_ID)

    world.service.sweep_sessions()

    assert (world.session.status, world.flinks.calls) == (Status.FAILED, [])


def test_a_lost_session_ends_only_after_a_read_of_the_data(world: World) -> None:
    world.due(Status.AUTHORIZING)
    world.workflow.over.add(SESSION_ID)
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), read_authorize=a_reply(200))

    world.service.sweep_sessions()

    assert world.session.status is Status.SUCCEEDED
    assert (world.login.session_id, world.login.next_allowed_at) == (None, NOW + timedelta(minutes=1))
    assert world.sessions.event_types == ["SessionSucceeded"]
    assert world.workflow.late_reads == []


@pytest.mark.parametrize(
    "flinks",
    [
        FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=NOT_YET),
        FakeFlinks(cached_authorize=FlinksUnavailable("down")),
        FakeFlinks(cached_authorize=NOT_YET),
    ],
    ids=["data_in_preparation", "flinks_down", "still_at_work"],
)
def test_data_in_preparation_is_read_after_the_end(world: World, flinks: FakeFlinks) -> None:
    world.due(Status.AUTHORIZING)
    world.workflow.over.add(SESSION_ID)
    world.flinks = flinks

    world.service.sweep_sessions()

    assert world.session.status is Status.FAILED
    assert world.workflow.late_reads == [(SESSION_ID, 0, timedelta())]


def test_old_data_is_not_read_again_after_the_end(world: World) -> None:
    world.due(Status.AUTHORIZING)
    world.workflow.over.add(SESSION_ID)

    world.service.sweep_sessions()

    assert world.workflow.late_reads == []


@pytest.mark.parametrize(("late", "is_over"), [(-GRACE, False), (timedelta(0), False), (GRACE, True)])
@waiting
def test_a_session_whose_link_expired_ends_as_user_absent(
    world: World, late: timedelta, is_over: bool, status: Status
) -> None:
    just_asked = TimelineEntry(LINK_END - timedelta(minutes=4), Actor.BANK, "challenge_shown", status)
    world.due(status, timeline=(just_asked,))
    world.clock.now = LINK_END + late

    world.service.sweep_sessions()

    assert (world.session.status is Status.EXPIRED) is is_over
    assert (world.login.session_id is None) is is_over


def test_a_waiting_execution_is_woken_when_the_link_expires(world: World) -> None:
    world.due(Status.AWAITING_USER)
    world.clock.now = LINK_END + GRACE

    world.service.sweep_sessions()

    assert world.workflow.woken == [(TASK_TOKEN, "stopped")]


def test_no_session_ends_while_step_functions_is_down(world: World) -> None:
    before = world.due()
    world.workflow.is_down = True

    assert world.service.sweep_sessions().due == 1
    assert world.session == before, "it stays due, and the next sweep checks it again"
    assert world.counted == ["SweepFailed"]


def test_data_that_cannot_be_stored_is_read_once_more_after_the_end(world: World) -> None:
    world.due(Status.AUTHORIZING)
    world.workflow.over.add(SESSION_ID)
    world.flinks, world.results.is_down = FakeFlinks(cached_authorize=a_refreshed_reply()), True

    world.service.sweep_sessions()

    assert world.session.failure and world.session.failure.code == "RESULT_NOT_STORED"
    assert (world.login.session_id, world.workflow.late_reads) == (None, [(SESSION_ID, 0, timedelta())])


@pytest.mark.parametrize("failing", ["session-0", "session-2", "session-4"])
def test_one_session_that_cannot_be_settled_does_not_block_others(world: World, failing: str) -> None:
    class OneIsContended(FakeSessions):
        def save(self, session: Session) -> Session:
            if session.session_id == failing:
                raise SessionChanged("another writer is always first")
            return super().save(session)

    world.sessions = OneIsContended(world.logins)
    for number in range(5):
        world.due(session_id=f"session-{number}", execution_name=f"execution-{number}", login_id=f"login-{number}")

    swept = world.service.sweep_sessions()

    assert {session.session_id for session in world.sessions.all if session.due_at == DUE} == {failing}
    assert world.counted == ["SweepFailed"]
    assert {name: str(failure) for name, failure in swept.failures.items()} == {
        failing: "another writer is always first"
    }


def test_a_session_ends_only_after_its_late_read_has_started(world: World) -> None:
    class CannotStart(FakeWorkflow):
        def start_late_read(self, session: Session, *_: Any) -> bool:
            raise WorkflowUnavailable(f"a late read of {session.status} is refused")

    world.due(Status.AUTHORIZING)
    world.workflow = CannotStart()
    world.workflow.start(world.session)
    world.workflow.over.add(SESSION_ID)
    world.flinks = FakeFlinks(cached_authorize=NOT_YET)

    world.service.sweep_sessions()

    assert (world.session.status, world.session.due_at) == (Status.AUTHORIZING, DUE)


def test_a_session_removed_since_the_index_was_read_is_not_a_failure(world: World) -> None:
    class StaleIndex(FakeSessions):
        def due(self, now: Any) -> list[str]:
            return ["removed-meanwhile", *super().due(now)]

    world.sessions = StaleIndex(world.logins)
    world.due()

    world.service.sweep_sessions()

    assert (world.session.due_at, world.counted) == (LATER, [])


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_session_ended_since_the_index_was_read_is_unchanged(world: World, status: Status) -> None:
    class StaleIndex(FakeSessions):
        def due(self, now: Any) -> list[str]:
            return [session.session_id for session in self.all if session.created_at <= now]

    world.sessions = StaleIndex(world.logins)
    before = world.with_session(status)

    world.service.sweep_sessions()

    assert (world.session, world.counted, world.flinks.calls) == (before, [], [])


def test_a_session_that_ends_during_the_sweep_is_not_written_to(world: World) -> None:
    class EndsMeanwhile(FakeWorkflow):
        def state_of(self, session: Session) -> Run:
            ended.append(world.service.close_session(session.session_id, "CANCELLED"))
            return super().state_of(session)

    ended: list[Session] = []
    world.workflow = EndsMeanwhile()
    world.due()

    world.service.sweep_sessions()

    assert [world.session] == ended
