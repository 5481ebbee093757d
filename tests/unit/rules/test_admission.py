"""How many requests Flinks may get: first come first served, at the known rate or the one that refusals teach."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.budget import Budget, Place
from reconnect.rules.admission import Admission
from tests.fakes.clock import NOW

KNOWN = Admission(rate=10.0, attended_share=0.2)
LEARNED = Admission(rate=0.0, attended_share=0.2)

seconds = st.floats(0, 3000).map(lambda value: round(value, 3))
admissions = st.sampled_from([KNOWN, LEARNED, Admission(0.5, 0.5), Admission(1000.0, 1.0), Admission(10.0, 0.0)])


def _later(amount: float) -> datetime:
    return NOW + timedelta(seconds=amount)


def _taken(admission: Admission, budget: Budget, times: int, now: datetime = NOW) -> tuple[Budget, list[Place]]:
    places = []
    for _ in range(times):
        budget, place = admission.take(budget, 15, now, is_attended=False)
        places.append(place)
    return budget, places


@st.composite
def budgets(draw: st.DrawFn) -> tuple[Admission, Budget, datetime]:
    """A budget after any refusals and takings, and the time of the last."""
    admission = draw(admissions)
    now = NOW
    budget = admission.refuse(admission.fresh(now), now)
    for step in draw(st.lists(st.tuples(st.sampled_from(["refuse", "take", "person"]), seconds), max_size=12)):
        now += timedelta(seconds=step[1])
        if step[0] == "refuse":
            budget = admission.refuse(budget, now)
        else:
            budget, _ = admission.take(budget, 15, now, is_attended=step[0] == "person")
    return admission, budget, now


def test_without_a_known_rate_nothing_is_limited_until_flinks_refuses() -> None:
    assert not LEARNED.limits(None, NOW)
    assert not LEARNED.limits(LEARNED.fresh(NOW), NOW)
    assert LEARNED.limits(LEARNED.refuse(None, NOW), NOW)


def test_a_known_rate_is_always_kept_to() -> None:
    assert KNOWN.limits(None, NOW)


def test_a_learned_rate_is_forgotten_after_a_calm_unless_sessions_wait() -> None:
    refused = LEARNED.refuse(None, NOW)
    crowded = replace(refused, queued=1_000_000.0)

    assert LEARNED.limits(refused, _later(599))
    assert not LEARNED.limits(refused, _later(601))
    assert LEARNED.limits(crowded, _later(601))


def test_after_a_calm_a_refusal_begins_anew_and_makes_nobody_wait_for_the_past() -> None:
    crowded, _ = _taken(LEARNED, LEARNED.refuse(None, NOW), 10)
    much_later = _later(100_000)

    again = LEARNED.refuse(crowded, much_later)

    assert LEARNED.rate_at(again, much_later) == 10
    assert LEARNED.take(again, 15, much_later, is_attended=False)[1].at == much_later


def test_those_who_come_at_once_are_served_one_after_the_other_at_the_known_rate() -> None:
    _, places = _taken(KNOWN, KNOWN.fresh(NOW), 100)

    assert [place.at for place in places] == [_later(1.5 * number) for number in range(100)]


def test_a_refusal_halves_the_rate_once_and_most_of_it_is_tried_later() -> None:
    budget = KNOWN.refuse(KNOWN.fresh(NOW), NOW)

    assert KNOWN.rate_at(budget, _later(2)) == 5
    assert KNOWN.refuse(budget, _later(2)) == budget
    assert KNOWN.rate_at(budget, _later(3)) == 9
    assert KNOWN.rate_at(budget, _later(6)) == 10


def test_refusals_that_go_on_slow_down_further_but_never_stop_everything() -> None:
    budget, now = KNOWN.fresh(NOW), NOW
    for _ in range(100):
        budget, now = KNOWN.refuse(budget, now), now + timedelta(seconds=3)

    assert 0 < KNOWN.rate_at(budget, now - timedelta(seconds=1)) < 1


def test_a_learned_rate_grows_until_flinks_refuses_again() -> None:
    budget = LEARNED.refuse(None, NOW)

    assert [round(LEARNED.rate_at(budget, _later(amount))) for amount in (0, 5, 60, 300, 9999)] == [
        10,
        18,
        32,
        351,
        1000,
    ]


def test_leftovers_of_a_quiet_hour_are_not_sent_at_once() -> None:
    budget, _ = _taken(KNOWN, KNOWN.fresh(NOW), 1)

    _, places = _taken(KNOWN, budget, 3, _later(3600))

    assert [place.at for place in places] == [_later(3600), _later(3600.5), _later(3602)]


def test_a_person_is_served_before_all_who_wait_and_delays_them_by_what_they_take() -> None:
    crowded, places = _taken(KNOWN, KNOWN.fresh(NOW), 100)

    after, person = KNOWN.take(crowded, 15, NOW, is_attended=True)

    assert person.at == NOW
    assert KNOWN.expected(after, places[-1], NOW).at == places[-1].at + timedelta(seconds=1.5)


def test_people_take_no_more_than_their_share_from_those_who_wait() -> None:
    budget, _ = _taken(KNOWN, KNOWN.fresh(NOW), 1000)
    waits = []
    for _ in range(10):
        budget, person = KNOWN.take(budget, 15, NOW, is_attended=True)
        waits.append(person.at)

    # 2 of 10 requests a second.
    assert waits == [_later(7.5 * number) for number in range(10)]


def test_people_who_come_alone_have_the_whole_rate() -> None:
    budget, last = KNOWN.fresh(NOW), NOW
    for _ in range(100):
        budget, person = KNOWN.take(budget, 15, NOW, is_attended=True)
        last = max(last, KNOWN.expected(budget, person, NOW).at)

    assert last <= _later(150)


@given(budgets(), seconds, seconds)
def test_the_clock_never_goes_back(made: tuple[Admission, Budget, datetime], first: float, more: float) -> None:
    admission, budget, now = made
    sooner, later = now + timedelta(seconds=first), now + timedelta(seconds=first + more)

    assert budget.done <= admission.done_at(budget, sooner) <= admission.done_at(budget, later)


@given(budgets(), st.integers(1, 3000))
def test_the_clock_reaches_a_number_when_it_was_promised(
    made: tuple[Admission, Budget, datetime], requests: int
) -> None:
    admission, budget, now = made
    number = admission.done_at(budget, now) + requests

    at = admission.expected(budget, Place(number, now, is_ahead=True), now).at

    assert admission.done_at(budget, at) >= number - 0.001
    assert admission.done_at(budget, at - timedelta(seconds=0.01)) <= number


@given(budgets(), seconds)
def test_whoever_comes_later_in_turn_is_not_served_sooner(
    made: tuple[Admission, Budget, datetime], wait: float
) -> None:
    admission, budget, now = made
    first_budget, first = admission.take(budget, 15, now, is_attended=False)
    then = now + timedelta(seconds=wait)

    after, second = admission.take(first_budget, 15, then, is_attended=False)

    assert admission.expected(after, first, then).at <= second.at


@given(budgets(), seconds)
def test_a_refusal_makes_nobody_lose_the_place(made: tuple[Admission, Budget, datetime], wait: float) -> None:
    admission, budget, now = made
    budget, places = _taken(admission, budget, 3, now)
    then = now + timedelta(seconds=wait)

    refused = admission.refuse(budget, then)

    expected = [admission.expected(refused, place, then).at for place in places]
    assert expected == sorted(expected)
    assert all(
        at >= admission.expected(budget, place, then).at for at, place in zip(expected, places, strict=True)
    ) or (not admission.limits(budget, then))


@given(budgets())
def test_taking_changes_only_the_counters_while_others_wait(made: tuple[Admission, Budget, datetime]) -> None:
    admission, budget, now = made
    crowded, _ = _taken(admission, budget, 3, now)

    after, _ = admission.take(crowded, 15, now, is_attended=False)

    assert after == replace(crowded, queued=crowded.queued + 15)
