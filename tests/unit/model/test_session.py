"""The statuses, and the legal transitions between them."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.errors import IllegalTransition
from reconnect.model.failures import Failure, Owner
from reconnect.model.session import TERMINAL, Actor, Session, Status
from tests.fakes.builders import a_session, an_attempt
from tests.fakes.clock import NOW

S = Status
LIVE = [status for status in Status if status not in TERMINAL]

# Written out by hand from design.md section 4 and the workflow, so that a change of the table is a decision.
LEGAL_AND_LIVE = {
    (S.STARTING, S.AUTHORIZING),
    (S.AUTHORIZING, S.AUTHORIZING),
    (S.AUTHORIZING, S.AWAITING_USER),
    (S.AUTHORIZING, S.AWAITING_CLICK),
    (S.AUTHORIZING, S.FETCHING),
    (S.AWAITING_USER, S.AWAITING_USER),
    (S.AWAITING_USER, S.AWAITING_CLICK),
    (S.AWAITING_USER, S.FETCHING),
    # The bank may go down while the user is in Connect: then the workflow tries once more.
    (S.AWAITING_USER, S.AUTHORIZING),
    (S.AWAITING_CLICK, S.AWAITING_CLICK),
    (S.AWAITING_CLICK, S.AUTHORIZING),
    (S.AWAITING_CLICK, S.FETCHING),
    (S.FETCHING, S.FETCHING),
    (S.FETCHING, S.AWAITING_USER),
    (S.FETCHING, S.AWAITING_CLICK),
}
# Not decided by design.md; a test of its own would only mirror the table.
UNDECIDED = {(S.FETCHING, S.AUTHORIZING)}


def moved(session: Session, status: Status) -> Session:
    return session.move(status, at=NOW, actor=Actor.SERVICE, cause="a_test")


def is_legal(before: Status, after: Status) -> bool:
    try:
        return moved(a_session(before), after).status is after
    except IllegalTransition:
        return False


def test_a_live_session_makes_exactly_the_legal_transitions() -> None:
    made = {(before, after) for before, after in product(LIVE, LIVE) if is_legal(before, after)}

    assert made - UNDECIDED == LEGAL_AND_LIVE


@pytest.mark.parametrize(("before", "after"), [(S.STARTING, S.AUTHORIZING), (S.FETCHING, S.AWAITING_USER)])
def test_a_transition_is_added_to_the_timeline(before: Status, after: Status) -> None:
    entry = moved(a_session(before), after).timeline[-1]

    assert (entry.status, entry.cause) == (after, "a_test")


def test_every_live_session_may_end_in_every_way() -> None:
    assert [each for each in product(LIVE, TERMINAL) if not is_legal(*each)] == []


@given(before=st.sampled_from(sorted(TERMINAL)), after=st.sampled_from(Status))
def test_nothing_leaves_a_terminal_status(before: Status, after: Status) -> None:
    with pytest.raises(IllegalTransition):
        moved(a_session(before), after)


@given(ways=st.lists(st.sampled_from(Status), max_size=12))
def test_the_timeline_records_every_transition(ways: list[Status]) -> None:
    session, visited = a_session(), [S.STARTING]

    for way in ways:
        try:
            session = moved(session, way)
            visited.append(way)
        except IllegalTransition:
            pass

    assert [entry.status for entry in session.timeline] == visited
    assert sum(status.is_terminal for status in visited) <= 1


@pytest.mark.parametrize("status", LIVE)
def test_an_ended_session_keeps_its_timeline_but_no_secret(status: Status) -> None:
    failure = Failure("USER_ABSENT", Owner.USER, "nobody_came")

    ended = a_session(status).end(Status.EXPIRED, at=NOW, cause="USER_ABSENT", failure=failure, event_type="E")

    assert ended.failure == failure
    assert ended.timeline[:-1] == a_session(status).timeline
    assert (ended.task_token, ended.connect_url, ended.data_request_id) == (None, None, None)
    assert ended.attempt is None or ended.attempt.request_id is None


def test_a_cause_counts_only_since_the_current_attempt_began() -> None:
    later = an_attempt(number=2, started_at=NOW + timedelta(minutes=5))
    session = a_session(Status.AUTHORIZING, attempt=later).note(at=NOW, actor=Actor.USER, cause="redirected")

    again = session.note(at=later.started_at, actor=Actor.USER, cause="redirected")

    assert (session.has_cause("redirected"), again.has_cause("redirected")) == (False, True)


def test_without_an_attempt_every_cause_of_the_timeline_counts() -> None:
    assert a_session(Status.STARTING).has_cause("session_opened")
    assert not a_session(Status.STARTING).has_cause("redirected")


def test_a_new_attempt_replaces_a_dead_one() -> None:
    gone = a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone")

    restarted = replace(gone, attempt=an_attempt(number=2, started_at=NOW + timedelta(minutes=1)))

    assert (gone.attempt_gone_at, restarted.attempt_gone_at) == (NOW, None)


def test_the_first_time_that_the_user_was_asked_is_kept() -> None:
    session = a_session(Status.AUTHORIZING)
    asked = session.note(at=NOW + timedelta(minutes=1), actor=Actor.BANK, cause="credentials_required")
    again = asked.note(at=NOW + timedelta(minutes=9), actor=Actor.BANK, cause="challenge_shown")

    assert session.first_asked_at is None
    assert asked.first_asked_at == again.first_asked_at == NOW + timedelta(minutes=1)


def test_a_user_who_clicks_for_a_week_does_not_fill_the_record() -> None:
    session = a_session(Status.AWAITING_CLICK)
    for number in range(2_000):
        session = session.note(at=NOW + timedelta(minutes=number), actor=Actor.USER, cause=f"click_{number}")

    causes = [entry.cause for entry in session.timeline]
    assert len(causes) == 400
    assert (causes[0], causes[1], causes[39]) == ("session_opened", "click_0", "click_38"), "the beginning"
    assert causes[40:] == [f"click_{number}" for number in range(1_640, 2_000)], "and the latest entries"
