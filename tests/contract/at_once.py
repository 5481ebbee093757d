"""Many who do the same thing at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

CALLERS = 8

Result = TypeVar("Result")


def at_once(act: Callable[[int], Result]) -> list[Result]:
    """What each of the callers, numbered from 0, got."""
    together = Barrier(CALLERS)

    def act_together(number: int) -> Result:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(act_together, range(CALLERS)))
