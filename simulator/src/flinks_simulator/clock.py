"""The simulator's clock: runs with real time and can be advanced."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)


class VirtualClock:
    """The base clock's time plus everything it was advanced by."""

    def __init__(self, base: Callable[[], datetime] = utc_now) -> None:
        self.on_advance: list[Callable[[datetime], None]] = []
        self._base = base
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return self._base() + self._ahead

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of its base."""
        return self._ahead

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Advance the clock, run what is due by then, and return the new time."""
        amount = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if amount < timedelta():
            raise ValueError("The clock only goes forward")
        with self._lock:
            self._ahead += amount
        now = self()
        for run_due in self.on_advance:
            run_due(now)
        return now

    def reset(self) -> None:
        """Return to the base clock's time."""
        with self._lock:
            self._ahead = timedelta()
