"""The port `InParallel`, without threads."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from tests.fakes.clock import Clock

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def one_after_another(call: Callable[[_Item], _Made], items: Iterable[_Item]) -> list[_Made]:
    """One worker."""
    return [call(item) for item in items]


class Workers:
    """Workers in simulated time: each item goes to the worker that is free first, and the clock shows its time."""

    def __init__(self, clock: Clock, number: int) -> None:
        self._clock, self._number = clock, number

    def __call__(self, call: Callable[[_Item], _Made], items: Iterable[_Item]) -> list[_Made]:
        made: list[_Made] = []
        free_at: list[datetime] = [self._clock.now] * self._number
        for item in items:
            worker = min(range(self._number), key=free_at.__getitem__)
            self._clock.now = free_at[worker]
            made.append(call(item))
            free_at[worker] = self._clock.now
        self._clock.now = max(free_at)
        return made
