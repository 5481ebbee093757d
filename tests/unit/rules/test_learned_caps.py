"""A cap that is halved when there were too many attempts, and grows while there are not."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.learned_cap import LearnedCap
from reconnect.rules.learned_caps import learn
from tests.fakes.clock import NOW

NEW = LearnedCap("14")
A_MINUTE = timedelta(minutes=1)

caps = st.integers(1, 200)
# Each tick: its seconds after the one before, how many attempts ended clean in it, and how many were refused.
ticks = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 60), st.integers(0, 3)), max_size=40)


def _play(asked: int, played: list[tuple[int, int, int]]) -> tuple[LearnedCap, datetime]:
    learned, now = NEW, NOW
    for seconds, clean, refused in played:
        now += timedelta(seconds=seconds)
        learned = learn(learned, asked, now, clean=clean, refused=refused)
    return learned, now


@given(caps, ticks)
def test_it_is_at_least_one_and_below_what_was_asked_for(asked: int, played: list[tuple[int, int, int]]) -> None:
    learned, _ = _play(asked, played)

    assert learned.cap is None or 1 <= learned.cap <= max(1, asked - 1)


@given(caps, ticks)
def test_without_refusals_nothing_is_learned(asked: int, played: list[tuple[int, int, int]]) -> None:
    learned, _ = _play(asked, [(seconds, clean, 0) for seconds, clean, _ in played])

    assert learned == NEW


@given(st.integers(2, 200), ticks)
def test_a_refusal_halves_it_and_others_within_a_minute_are_no_news(
    asked: int, played: list[tuple[int, int, int]]
) -> None:
    before, now = _play(asked, played)
    later = now + A_MINUTE

    halved = learn(before, asked, later, clean=0, refused=2)

    assert halved.cap == max(1, (before.cap or asked) // 2)
    assert learn(halved, asked, later + A_MINUTE / 2, clean=5, refused=1) == halved


@given(st.integers(4, 200))
def test_it_grows_by_one_for_twenty_clean_endings_until_it_is_forgotten(asked: int) -> None:
    halved = learn(NEW, asked, NOW, clean=0, refused=1)
    assert halved.cap is not None

    assert learn(halved, asked, NOW, clean=19, refused=0).cap == halved.cap
    assert learn(halved, asked, NOW, clean=20, refused=0).cap == halved.cap + 1
    assert learn(halved, asked, NOW, clean=20 * asked, refused=0) == NEW
