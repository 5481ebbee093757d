"""Many callers that do the same thing at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

CALLERS = 8

Result = TypeVar("Result")


def at_once(act: Callable[[int], Result]) -> list[Result]:
    """Run `act` for many callers at once, numbered from 0, and return what each of them got."""
    together = Barrier(CALLERS)

    def act_together(number: int) -> Result:
        together.wait()
        return act(number)

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(act_together, range(CALLERS)))
