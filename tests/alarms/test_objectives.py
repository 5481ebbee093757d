"""Each objective's alarm rings while its budget burns too fast, and not before, after, or for a few failures."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.alarms.cloudwatch import COMPOSITE_ALARMS, METRIC_ALARMS, Metric, Metrics, ringing
from tests.fakes.clock import NOW

START = NOW.replace(second=0, microsecond=0)
HOUR, SIX_HOURS = 60, 360
# Samples a minute, enough for a failure to be a small share.
MANY = 10_000

objectives = pytest.mark.parametrize("objective", sorted(COMPOSITE_ALARMS))


def rings(objective: str, burns: Sequence[float], samples: int = MANY) -> bool:
    """Whether the alarm rings after these minutes, in each of which the budget burns so many times too fast."""
    window = METRIC_ALARMS[objective.replace("Burning", "BurnMinutes5")]
    budget = re.search(r"\* (0\.\d+)\)", window.expression)
    assert budget
    metrics = Metrics()
    for minute, burn in enumerate(burns):
        bad = round(samples * float(budget[1]) * burn)
        add(metrics, window.metrics["bad"], bad, minute)
        add(metrics, window.metrics["all"], samples, minute)
    return objective in ringing(metrics, START + timedelta(minutes=len(burns)))


def add(metrics: Metrics, watched: tuple[Metric, str, int], amount: int, minute: int) -> None:
    """Add so many, as a sum or as samples, whichever the alarm reads."""
    metric, statistic, _ = watched
    at = START + timedelta(minutes=minute)
    value, samples = (1, amount) if statistic == "SampleCount" else (amount, 1)
    metrics.add_to(metric, value, at, samples)


@objectives
def test_a_fast_burn_rings_within_minutes_and_a_slow_one_within_hours(objective: str) -> None:
    assert rings(objective, [0] * (HOUR - 5) + [200] * 5)
    assert rings(objective, [7] * SIX_HOURS)


@objectives
def test_what_the_budget_allows_rings_nothing(objective: str) -> None:
    assert not rings(objective, [1] * SIX_HOURS)


@objectives
def test_a_burn_that_is_over_rings_nothing(objective: str) -> None:
    assert not rings(objective, [50] * 20 + [0] * 31)


@objectives
def test_less_than_five_failures_ring_nothing(objective: str) -> None:
    assert not rings(objective, [0] * 50 + [1 / 0.005, 0, 1 / 0.005, 0, 0, 0], samples=1)
