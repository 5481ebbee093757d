"""The clock that moves with real time and can be turned ahead of it."""

from datetime import UTC, datetime, timedelta

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.clock import VirtualClock, utc_now
from flinks_simulator.settings import Settings


def test_a_clock_that_nobody_turned_tells_real_time() -> None:
    before, told, after = utc_now(), VirtualClock()(), utc_now()

    assert before <= told <= after


def test_a_turned_clock_goes_on_moving_with_its_base() -> None:
    moments = [datetime(2026, 3, 14, tzinfo=UTC)]
    clock = VirtualClock(lambda: moments[-1])

    clock.advance(minutes=8)
    moments.append(moments[-1] + timedelta(seconds=1))

    assert clock() == datetime(2026, 3, 14, 0, 8, 1, tzinfo=UTC)
    clock.reset()
    assert clock() == moments[-1]


def test_turning_the_clock_runs_what_is_due_with_the_new_time() -> None:
    bank = Bank(Settings(seed=1))
    told: list[datetime] = []
    bank.clock.on_advance.append(told.append)

    now = bank.clock.advance(minutes=30)

    assert told == [now]
    assert now - utc_now() <= timedelta(minutes=30)


def test_the_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="only goes forward"):
        VirtualClock().advance(seconds=-1)
