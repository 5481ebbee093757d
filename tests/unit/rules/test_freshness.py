"""The freshness proof: data is fresh if it is newer than the data before the attempt, by Flinks' own dates."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.attempt import Attempt
from reconnect.rules.freshness import Proof, judge
from tests.fakes.builders import an_attempt
from tests.fakes.clock import NOW

SKEW = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)

# Within the clock skew, and beyond it.
spans = st.one_of(
    st.integers(0, 180).map(lambda number: timedelta(seconds=number)),
    st.integers(0, 48).map(lambda number: timedelta(hours=number)),
    st.integers(0, 10**6).map(lambda number: timedelta(microseconds=number)),
)
# Flinks' clock, relative to ours.
ten_minutes = st.integers(-600, 600).map(lambda number: timedelta(seconds=number))
moments = st.tuples(spans, st.booleans()).map(lambda span: NOW + span[0] if span[1] else NOW - span[0])


def proof(last_refresh: datetime | None, attempt: Attempt, now: datetime = NOW) -> Proof:
    return judge(last_refresh, attempt, now, SKEW)


@given(flinks_ahead=ten_minutes, age_before=spans, began_ago=spans, refreshed_after=spans, read_after=spans)
def test_a_refresh_during_the_attempt_proves_it_despite_clock_skew(
    flinks_ahead: timedelta,
    age_before: timedelta,
    began_ago: timedelta,
    refreshed_after: timedelta,
    read_after: timedelta,
) -> None:
    began = NOW - began_ago
    refreshed_at = began + MOMENT + refreshed_after
    read_at = max(refreshed_at + read_after, refreshed_at + flinks_ahead - SKEW)
    attempt = an_attempt(started_at=began, refreshed_before=began - age_before + flinks_ahead)

    assert proof(refreshed_at + flinks_ahead, attempt, now=read_at) is Proof.FRESH


@given(began=moments, before=moments, age=spans, is_remembered=st.booleans())
def test_a_date_not_newer_than_the_one_before_proves_nothing(
    began: datetime, before: datetime, age: timedelta, is_remembered: bool
) -> None:
    attempt = an_attempt(started_at=began, refreshed_before=before, is_remembered=is_remembered)

    assert proof(before - age, attempt, now=before + age) is Proof.NOT_NEWER


def test_the_last_sessions_success_does_not_prove_the_next_one() -> None:
    """It lies within the clock skew of the next attempt, whose question is unanswered."""
    attempt = an_attempt(started_at=NOW, refreshed_before=NOW - timedelta(seconds=8))

    assert proof(NOW - timedelta(seconds=8), attempt) is Proof.NOT_NEWER


@given(began=moments, before=st.none() | moments, is_remembered=st.booleans(), beyond=spans)
def test_a_date_in_the_future_never_proves_anything(
    began: datetime, before: datetime | None, is_remembered: bool, beyond: timedelta
) -> None:
    attempt = an_attempt(started_at=began, refreshed_before=before, is_remembered=is_remembered)

    assert proof(NOW + SKEW + MOMENT + beyond, attempt) is Proof.IN_FUTURE


@given(last_refresh=moments, before=moments, began=moments)
def test_a_remembered_date_must_also_not_be_older_than_the_attempt(
    last_refresh: datetime, before: datetime, began: datetime
) -> None:
    attempt = an_attempt(started_at=began, refreshed_before=before, is_remembered=True)

    is_fresh = proof(last_refresh, attempt, now=last_refresh) is Proof.FRESH

    assert is_fresh == (last_refresh > before and last_refresh >= began - SKEW)


def test_a_foreign_refresh_before_a_session_does_not_prove_it() -> None:
    remembered = an_attempt(started_at=NOW, refreshed_before=NOW - timedelta(days=2), is_remembered=True)

    assert proof(NOW - timedelta(days=1), remembered) is Proof.NOT_NEWER


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (-SKEW, Proof.FRESH),
        (timedelta(), Proof.FRESH),
        (SKEW, Proof.FRESH),
        (SKEW + MOMENT, Proof.NOT_NEWER),
        (-SKEW - MOMENT, Proof.IN_FUTURE),
    ],
)
def test_without_a_previous_date_the_two_clocks_are_compared(age: timedelta, expected: Proof) -> None:
    assert proof(NOW - age, an_attempt(started_at=NOW)) is expected


@pytest.mark.parametrize("before", [None, NOW - timedelta(days=1)])
def test_data_without_a_date_proves_nothing(before: datetime | None) -> None:
    assert proof(None, an_attempt(refreshed_before=before)) is Proof.UNDATED
