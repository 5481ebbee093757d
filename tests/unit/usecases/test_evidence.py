"""Evidence wakes the waiting state, once per token, and is never lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.session import TERMINAL, Actor, Session, Status
from reconnect.rules.pacing import ATTEMPT_DEADLINE
from reconnect.usecases.evidence import Evidence
from tests.fakes.builders import CONNECT_URL, SESSION_ID, TASK_TOKEN, a_session, an_attempt, causes
from tests.fakes.clock import NOW
from tests.fakes.sessions import ContestedSessions, FakeSessions
from tests.fakes.workflow import FakeWorkflow
from tests.unit.world import World

EVIDENCE = Evidence("came_back", "came_back_again")
NOTE = Evidence("noted", "noted", output=None)
WAITING = [Status.AWAITING_USER, Status.AWAITING_CLICK]
waiting = pytest.mark.parametrize("status", WAITING)


@pytest.fixture
def world(world: World) -> World:
    world.with_session(Status.AWAITING_USER)
    return world


def hand_in(world: World, evidence: Evidence = EVIDENCE) -> Session:
    """Hand in this evidence for the store's one session."""
    return world.service.handle_evidence(SESSION_ID, lambda _: evidence)


@waiting
def test_the_waiting_workflow_is_woken_with_the_evidence(world: World, status: Status) -> None:
    world.with_session(status)

    session = hand_in(world, replace(EVIDENCE, output="click"))

    assert world.workflow.woken == [(TASK_TOKEN, "click")]
    assert session == world.session
    assert (session.status, session.task_token, session.connect_url) == (Status.AUTHORIZING, None, None)
    assert causes(session)[-1] == "came_back"


def test_a_crash_before_waking_the_workflow_leaves_the_token_for_the_next(world: World) -> None:
    class Dying(FakeWorkflow):
        def wake(self, *_: object) -> bool:
            raise KeyboardInterrupt

    before = world.session
    world.workflow = Dying(TASK_TOKEN)

    with pytest.raises(KeyboardInterrupt):
        hand_in(world)

    assert world.session == before


def test_a_crash_after_waking_the_workflow_leaves_it_awake(world: World) -> None:
    class Dying(FakeSessions):
        def save(self, _: Session) -> Session:
            raise KeyboardInterrupt

    world.sessions = Dying().with_session(a_session(Status.AWAITING_USER))

    with pytest.raises(KeyboardInterrupt):
        hand_in(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]


@pytest.mark.parametrize("is_down", [True, False])
def test_a_wake_whose_answer_was_lost_turns_nothing_back(world: World, is_down: bool) -> None:
    gone_on = {"status": Status.FETCHING, "task_token": None, "connect_url": None}
    world.workflow = Meanwhile(world.sessions, is_down=is_down, **gone_on)

    hand_in(world)

    assert {name: getattr(world.session, name) for name in gone_on} == gone_on


def test_a_wait_that_was_over_is_swept_within_a_quarter_of_an_hour(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK, due_at=NOW + timedelta(days=7))
    world.workflow.waiting.clear()

    due_at = hand_in(world).due_at

    # It comes every minute.
    assert due_at and due_at + timedelta(minutes=1) < NOW + timedelta(minutes=15)


def test_an_ended_wait_is_due_for_the_sweeper_with_its_attempt(world: World) -> None:
    world.with_session(Status.AWAITING_CLICK, due_at=NOW + timedelta(days=7))

    assert hand_in(world).due_at == NOW + ATTEMPT_DEADLINE


def test_one_write_takes_the_token_and_moves_the_session(world: World) -> None:
    hand_in(world)

    assert len(world.sessions.saves) == 1


@pytest.mark.parametrize("status", [Status.STARTING, Status.AUTHORIZING, Status.FETCHING])
def test_evidence_without_a_waiting_workflow_is_noted_and_repeats_once(world: World, status: Status) -> None:
    world.with_session(status)

    for _ in range(3):
        session = hand_in(world)

    assert session.status is status
    assert causes(session)[1:] == ["came_back", "came_back_again"], "an undelivered first is no repeat"
    assert world.workflow.woken == []


@pytest.mark.parametrize("status", [status for status in Status if status not in TERMINAL])
def test_what_is_no_evidence_is_noted_once_and_wakes_nothing(world: World, status: Status) -> None:
    world.with_session(status)
    before = world.session

    for _ in range(3):
        session = hand_in(world, NOTE)

    assert causes(session)[1:] == ["noted"]
    assert replace(session, timeline=before.timeline, version=before.version) == before
    assert world.workflow.woken == []


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_what_is_no_evidence_is_not_noted_after_the_end(world: World, status: Status) -> None:
    world.with_session(status)

    hand_in(world, NOTE)

    assert (world.sessions.saves, world.workflow.woken, world.workflow.late_reads) == ([], [], [])


def test_the_timeline_says_who_gave_the_evidence(world: World) -> None:
    assert hand_in(world, replace(EVIDENCE, actor=Actor.BANK)).timeline[-1].actor is Actor.BANK


def test_evidence_that_races_with_another_writer_wakes_once(world: World) -> None:
    world.sessions = ContestedSessions(races=3).with_session(a_session(Status.AWAITING_USER))

    hand_in(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert causes(world.session) == ["session_opened", "came_back"]


@waiting
def test_a_workflow_that_is_down_gives_everything_back(world: World, status: Status) -> None:
    world.with_session(status)
    world.workflow.is_down = True

    session = hand_in(world)

    url = CONNECT_URL if status is Status.AWAITING_USER else None
    assert (session.status, session.task_token, session.connect_url) == (status, TASK_TOKEN, url)
    assert session == world.session
    assert world.counted == ["WakeFailed"]


@waiting
def test_evidence_after_the_workflow_is_back_wakes_it(world: World, status: Status) -> None:
    world.with_session(status)
    world.workflow.is_down = True
    hand_in(world)
    world.workflow.is_down = False

    hand_in(world)

    assert world.workflow.woken == [(TASK_TOKEN, "redirect")]


def test_evidence_between_two_waits_is_kept_for_the_next_one(world: World) -> None:
    world.workflow.waiting.clear()

    session = hand_in(world)

    assert session.has_pending_evidence
    assert (session.status, session.task_token) == (Status.AUTHORIZING, None)


class Meanwhile(FakeWorkflow):
    """A workflow that has already gone on to `become` when a wake finds nothing that waits."""

    def __init__(self, sessions: FakeSessions, *, is_down: bool, **become: Any) -> None:
        super().__init__()
        self._sessions, self._become, self.is_down = sessions, become, is_down

    def wake(self, task_token: str, cause: str) -> bool:
        self._sessions.save(replace(self._sessions.get(SESSION_ID), **self._become))
        return super().wake(task_token, cause)


@pytest.mark.parametrize("is_down", [True, False])
@pytest.mark.parametrize(
    "become",
    [
        {"status": Status.CANCELLED},
        {"status": Status.FETCHING},
        {"attempt": an_attempt(number=2)},
    ],
)
def test_what_has_gone_on_meanwhile_is_not_turned_back(world: World, is_down: bool, become: dict[str, Any]) -> None:
    become = {"task_token": None, **become}
    world.workflow = Meanwhile(world.sessions, is_down=is_down, **become)

    hand_in(world)

    session = world.session
    assert {name: getattr(session, name) for name in become} == become


def test_pending_evidence_of_a_running_attempt_is_left_to_its_next_step(world: World) -> None:
    world.workflow = Meanwhile(world.sessions, is_down=False, task_token=None)

    assert hand_in(world).has_pending_evidence


def test_evidence_that_came_too_late_for_one_wait_ends_the_next(world: World) -> None:
    world.workflow = Meanwhile(world.sessions, is_down=False, task_token="a-newer-token")
    world.workflow.waiting.add("a-newer-token")

    session = hand_in(world)

    assert world.workflow.woken == [("a-newer-token", "redirect")]
    assert (session.status, session.has_pending_evidence) == (Status.AUTHORIZING, False)


def test_the_banks_name_that_is_kept_meanwhile_does_not_lose_the_evidence(world: World) -> None:
    named = an_attempt(asked=a_session(Status.AWAITING_USER).attempt.asked, asked_at=NOW, institution="FlinksCapital")  # type: ignore[union-attr]
    world.workflow = Meanwhile(world.sessions, is_down=False, attempt=named)

    assert hand_in(world).has_pending_evidence
