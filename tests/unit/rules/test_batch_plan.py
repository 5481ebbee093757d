"""A plan is right before the first call: it ends when a bank with so many places would, and its remedies work."""

import heapq
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.batch import Load, Skip, Window
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.rules.batch_plan import FEWEST_SAMPLES, SkipRule, combine, forecast, learn, plan_batch, time_at_bank
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW
from tests.unit.nights import CAPS, play

A_BANK, ANOTHER = Institution(14, "FlinksCapital"), Institution(7, "Zag")
SECOND = timedelta(seconds=1)

loads = st.builds(
    Load,
    st.sampled_from([A_BANK, ANOTHER, None]),
    st.integers(1, 300),
    st.integers(1, 90).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(0, 20),
)
windows = st.builds(
    lambda seconds, cap: Window(NOW, NOW + timedelta(seconds=seconds), cap), st.integers(1, 4000), st.integers(1, 50)
)


def ends_of(load: Load, window: Window) -> list[datetime]:
    """When each login ends at a bank at which a new attempt begins as soon as one of the places is free."""
    places = [window.start_at] * window.cap
    ends = []
    for _ in range(load.logins):
        ends.append(heapq.heappop(places) + load.attempt)
        heapq.heappush(places, ends[-1])
    return ends


@given(load=loads, window=windows)
def test_a_forecast_ends_when_the_last_place_at_the_bank_is_free(load: Load, window: Window) -> None:
    ends = ends_of(load, window)

    found = forecast(load, window)

    assert found.ends_at == max(ends)
    assert found.is_feasible == (max(ends) <= window.deadline)
    assert found.missed == sum(end > window.deadline for end in ends)


def safe_end(window: Window) -> datetime:
    """When a tenth of the time is left."""
    return window.start_at + (window.deadline - window.start_at) * 9 // 10


@given(load=loads, window=windows)
def test_the_cap_that_a_late_plan_asks_for_is_the_smallest_with_a_tenth_to_spare(load: Load, window: Window) -> None:
    needed = forecast(load, window).cap_needed

    helps = {cap for cap in range(1, load.logins + 1) if max(ends_of(load, _with(window, cap))) <= safe_end(window)}

    if forecast(load, window).is_feasible:
        assert needed is None
    else:
        assert needed == min(helps, default=None)


@given(load=loads, window=windows)
def test_the_start_that_a_late_plan_asks_for_is_the_last_with_a_tenth_to_spare(load: Load, window: Window) -> None:
    start_at = forecast(load, window).start_needed
    if start_at is None:
        assert forecast(load, window).is_feasible
        return

    def ends_in_time(start: datetime) -> bool:
        earlier = Window(start, window.deadline, window.cap)
        return forecast(load, earlier).ends_at <= safe_end(earlier)

    assert ends_in_time(start_at)
    assert not ends_in_time(start_at + SECOND)


@given(parts=st.lists(loads, max_size=6), window=windows)
def test_a_batch_is_late_if_and_only_if_one_of_its_banks_is(parts: list[Load], window: Window) -> None:
    plan = plan_batch(parts, window)

    assert plan.is_feasible == all(forecast(part, window).is_feasible for part in parts)
    assert plan.ends_at == max((forecast(part, window).ends_at for part in parts), default=NOW)
    assert [each.ends_at for each in plan.forecasts] == sorted((e.ends_at for e in plan.forecasts), reverse=True)


@given(parts=st.lists(loads, max_size=8), is_reversed=st.booleans())
def test_the_parts_of_a_long_list_add_up_in_any_order(parts: list[Load], *, is_reversed: bool) -> None:
    summed = {load.institution: load for load in combine(reversed(parts) if is_reversed else parts)}

    for bank in {part.institution for part in parts}:
        here = [part for part in parts if part.institution == bank]
        learned = [part for part in here if part.samples]
        seconds = [part.attempt.total_seconds() * part.samples for part in learned]
        expected = sum(seconds) / sum(part.samples for part in learned) if learned else None
        assert summed[bank].logins == sum(part.logins for part in here)
        assert expected is None or abs(summed[bank].attempt.total_seconds() - expected) < 0.001


@given(seconds=st.lists(st.integers(1, 600), max_size=20))
def test_a_bank_that_few_sessions_met_is_planned_with_the_assumption(seconds: list[int]) -> None:
    assumed = timedelta(seconds=34)

    attempt, samples = learn([timedelta(seconds=each) for each in seconds], assumed, timedelta(seconds=6))
    until_ended = attempt - timedelta(seconds=3)

    if len(seconds) < FEWEST_SAMPLES:
        assert (until_ended, samples) == (assumed, 0)
    else:
        assert samples == len(seconds)
        assert abs(until_ended.total_seconds() - sum(seconds) / len(seconds)) < 0.001


@pytest.mark.parametrize("cap", CAPS)
def test_a_night_of_attempts_of_all_lengths_ends_when_the_plan_said(cap: int) -> None:
    night = play(seed=20, cap=cap)

    assert night.error < 0.1
    assert night.is_right


def ended(status: Status, *, needed_user_after: int | None = None) -> Session:
    """A session that ended 500 s after it was opened, in between perhaps with a wait for its user."""
    steps = [(0, "session_opened", Status.STARTING), (1, "attempt_started", Status.AUTHORIZING)]
    steps += [(needed_user_after, "parked", Status.AWAITING_CLICK)] if needed_user_after else []
    steps += [(500, "ended", status)]
    timeline = tuple(TimelineEntry(NOW + timedelta(seconds=at), Actor.BANK, what, to) for at, what, to in steps)
    return a_session(status, timeline=timeline)


def test_a_session_is_at_its_bank_until_it_ends_or_its_user_is_needed() -> None:
    assert time_at_bank(ended(Status.SUCCEEDED)) == timedelta(seconds=500)
    assert time_at_bank(ended(Status.FAILED)) == timedelta(seconds=500)
    assert time_at_bank(ended(Status.EXPIRED, needed_user_after=20)) == timedelta(seconds=20)


def test_a_session_that_was_cancelled_or_still_works_says_nothing_of_its_bank() -> None:
    assert [time_at_bank(ended(Status.CANCELLED)), time_at_bank(a_session(Status.AUTHORIZING))] == [None, None]


@given(asked=st.none() | st.integers(0, 400), interval=st.integers(0, 14), is_included=st.booleans())
def test_a_login_is_left_out_if_its_user_may_not_be_asked_again_within_a_day(
    asked: int | None, interval: int, *, is_included: bool
) -> None:
    login = Login(login_id="x", asked_at=None if asked is None else NOW - timedelta(hours=asked))
    rule = SkipRule(NOW, None, is_included, timedelta(days=interval))

    reason = rule(login, None, is_disabled=False)

    must_wait = asked is not None and interval * 24 - asked > 24
    assert reason == (Skip.ASKED_RECENTLY if must_wait and not is_included else None)


def _with(window: Window, cap: int) -> Window:
    return Window(window.start_at, window.deadline, cap)
