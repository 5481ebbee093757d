"""The statuses, and the only legal ways between them."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.domain.errors import IllegalTransition
from reconnect.domain.session import TERMINAL, Actor, Failure, Owner, Session, Status
from tests.fakes.builders import a_session
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


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL_AND_LIVE))
def test_a_live_session_goes_every_legal_way_and_says_so(before: Status, after: Status) -> None:
    session = moved(a_session(before), after)

    assert session.status is after
    assert (session.timeline[-1].status, session.timeline[-1].cause) == (after, "a_test")


@pytest.mark.parametrize(("before", "after"), sorted(set(product(LIVE, LIVE)) - LEGAL_AND_LIVE - UNDECIDED))
def test_a_live_session_goes_no_other_way(before: Status, after: Status) -> None:
    with pytest.raises(IllegalTransition):
        moved(a_session(before), after)


@pytest.mark.parametrize(("before", "after"), sorted(product(LIVE, TERMINAL)))
def test_every_live_session_may_end(before: Status, after: Status) -> None:
    assert moved(a_session(before), after).status is after


@given(before=st.sampled_from(sorted(TERMINAL)), after=st.sampled_from(Status))
def test_nothing_leaves_a_terminal_status(before: Status, after: Status) -> None:
    with pytest.raises(IllegalTransition):
        moved(a_session(before), after)


@given(ways=st.lists(st.sampled_from(Status), max_size=12))
def test_however_a_session_is_pushed_its_timeline_tells_every_way_it_went(ways: list[Status]) -> None:
    session, went = a_session(), [S.STARTING]

    for way in ways:
        try:
            session = moved(session, way)
            went.append(way)
        except IllegalTransition:
            pass

    assert [entry.status for entry in session.timeline] == went
    assert sum(status.is_terminal for status in went) <= 1


@pytest.mark.parametrize("status", LIVE)
def test_an_ended_session_keeps_its_story_and_none_of_its_secrets(status: Status) -> None:
    failure = Failure("USER_ABSENT", Owner.USER, "nobody_came")

    ended = a_session(status).end(Status.EXPIRED, at=NOW, cause="USER_ABSENT", failure=failure, announcement="E")

    assert ended.failure == failure
    assert ended.timeline[:-1] == a_session(status).timeline
    assert (ended.task_token, ended.connect_url, ended.data_request_id) == (None, None, None)
    assert ended.attempt is None or ended.attempt.request_id is None
