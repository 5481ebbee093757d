"""The simulator's clock: moves with real time, and can be turned ahead of it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Tell the real time."""
    return datetime.now(UTC)


class VirtualClock:
    """Tells the base clock's time plus everything it was advanced by."""

    def __init__(self, base: Callable[[], datetime] = utc_now) -> None:
        self.on_advance: list[Callable[[datetime], None]] = []
        self._base = base
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return self._base() + self._ahead

    @property
    def ahead(self) -> timedelta:
        """How far this clock was turned ahead of its base."""
        return self._ahead

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Turn the clock ahead, run what is due by then, and tell the new time."""
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
        """Go back to the base clock's time."""
        with self._lock:
            self._ahead = timedelta()
