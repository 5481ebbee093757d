"""The clock, which runs with real time and can be advanced."""

from datetime import UTC, datetime, timedelta

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.clock import VirtualClock, utc_now
from flinks_simulator.settings import Settings


def test_a_clock_that_was_not_advanced_has_real_time() -> None:
    before, seen, after = utc_now(), VirtualClock()(), utc_now()

    assert before <= seen <= after


def test_an_advanced_clock_keeps_running_with_its_base() -> None:
    moments = [datetime(2026, 3, 14, tzinfo=UTC)]
    clock = VirtualClock(lambda: moments[-1])

    clock.advance(minutes=8)
    moments.append(moments[-1] + timedelta(seconds=1))

    assert clock() == datetime(2026, 3, 14, 0, 8, 1, tzinfo=UTC)
    clock.reset()
    assert clock() == moments[-1]


def test_advancing_the_clock_runs_what_is_due_with_the_new_time() -> None:
    bank = Bank(Settings(seed=1))
    seen: list[datetime] = []
    bank.clock.on_advance.append(seen.append)

    now = bank.clock.advance(minutes=30)

    assert seen == [now]
    assert now - utc_now() <= timedelta(minutes=30)


def test_the_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="only goes forward"):
        VirtualClock().advance(seconds=-1)
