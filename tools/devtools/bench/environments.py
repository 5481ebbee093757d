"""The environments of Lambda in simulated time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconnect.runtime.service import Service


class Environments:
    """Lambda's environments: each runs one function at a time, and knows only what it has read itself."""

    def __init__(self, make: Callable[[], Service]) -> None:
        self._make = make
        self._free: list[Service] = []

    @contextmanager
    def borrow(self) -> Iterator[Service]:
        """Use one that is free, or a new one."""
        one = self._free.pop() if self._free else self._make()
        try:
            yield one
        finally:
            self._free.append(one)
