"""Nights in simulated time: how a plan made beforehand compares with what the banks then take.

Only the plan is played: attempts begin as soon as a place at their bank is free, and nothing fails. The shares and the
attempts' times are assumptions. `python -m tests.unit.nights` prints one line for each invariant.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from devtools.figures.figure import Comparison, Figure
from reconnect.model.batch import Load, Plan, Window
from reconnect.model.institution import Institution
from reconnect.rules.batch_plan import ASSUMED_ATTEMPT, combine, learn, plan_batch
from tests.fakes.clock import NOW

LOGINS, SEEDS = 100_000, 20
# Percent of the logins at the large banks; 191 small ones share the rest.
_SHARES = (22, 20, 13, 12, 11, 9, 4, 3, 2)
_SMALL = 191
# A part of the list is planned by one request, which learns from at most so many sessions of a bank.
_PART, _SAMPLES = 1000, 20
_SPREAD = 0.6
# Only the plan is played, so a place is taken again at once.
_AT_ONCE = timedelta()
_DEADLINE = timedelta(hours=6)
# With the first the deadline is kept, with the second it is not.
CAPS = (60, 30)


@dataclass(frozen=True)
class Night:
    """A plan, and what the night took by the same measure."""

    plan: Plan
    took: timedelta

    @property
    def error(self) -> float:
        """By which part of itself the night's length was predicted wrongly."""
        return abs((self.plan.ends_at - self.plan.window.start_at) / self.took - 1)

    @property
    def is_right(self) -> bool:
        """Whether the deadline was kept if and only if the plan said so."""
        return self.plan.is_feasible == (self.took <= _DEADLINE)


def play(seed: int, cap: int, logins: int = LOGINS) -> Night:
    """Plan a night from sessions of the nights before, then play it."""
    chance, longest, parts = random.Random(seed), 0.0, []  # noqa: S311 - nothing is secret here
    for number, count in enumerate(_counts(logins)):
        mean = chance.uniform(24, 50)
        known = min(count, _SAMPLES) * max(1, count // _PART)
        before = [timedelta(seconds=_attempt(chance, mean)) for _ in range(known)]
        parts.append(Load(Institution(number), count, *learn(before, ASSUMED_ATTEMPT, _AT_ONCE)))
        places = [0.0] * min(cap, count)
        for _ in range(count):
            heapq.heapreplace(places, places[0] + _attempt(chance, mean))
        longest = max(longest, *places)
    plan = plan_batch(combine(parts), Window(NOW, NOW + _DEADLINE, cap))
    return Night(plan, timedelta(seconds=longest))


def _counts(logins: int) -> list[int]:
    large = [logins * share // 100 for share in _SHARES]
    small = (logins - sum(large)) // _SMALL
    return [*large, *(small for _ in range(_SMALL - 1)), logins - sum(large) - small * (_SMALL - 1)]


def _attempt(chance: random.Random, mean: float) -> float:
    """How long an attempt takes, in seconds: lognormal, with this mean."""
    return mean * chance.lognormvariate(-_SPREAD * _SPREAD / 2, _SPREAD)


def figures() -> Iterator[Figure]:
    """How far off the predicted ends were, and how often the verdict on the deadline was right."""
    nights = [play(seed, cap) for seed in range(SEEDS) for cap in CAPS]
    worst = max(night.error for night in nights) * 100
    yield Figure("planned ends of nights of 100,000 logins, the worst error", worst, 10, unit="%")
    right = sum(night.is_right for night in nights)
    yield Figure("plans whose verdict on the deadline was right", right, len(nights), Comparison.EXACTLY)
    feasible = sum(night.plan.is_feasible for night in nights)
    yield Figure("of these, plans that said the deadline is kept", feasible)


if __name__ == "__main__":
    for each in figures():
        print(each)
