"""The port `InParallel`, in threads."""

from collections.abc import Callable, Iterable
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

# Threads that mostly wait for Flinks: enough for 600 reminders in two runs if each takes two seconds.
AT_ONCE = 16


def in_threads(call: Callable[[_Item], _Made], items: Iterable[_Item]) -> list[_Made]:
    """Call a function with each item, in threads. A port must be in use before: making one is not thread-safe."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = [pool.submit(call, item) for item in items]
    return [each.result() for each in begun]
