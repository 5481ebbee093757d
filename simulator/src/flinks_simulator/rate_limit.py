"""How many requests a second the banking API takes."""

from collections.abc import Callable
from datetime import datetime


class RateLimit:
    """Takes `rate` requests a second, and at most a second's worth at once; None: any number."""

    def __init__(self, rate: float | None, clock: Callable[[], datetime]) -> None:
        self._rate, self._clock = rate, clock
        self._left, self._filled_at = rate or 0, clock()

    def takes_one(self) -> bool:
        """Count one request; False if it is one too many."""
        if self._rate is None:
            return True
        now = self._clock()
        gained = self._rate * (now - self._filled_at).total_seconds()
        self._left, self._filled_at = min(max(self._rate, 1), self._left + gained), now
        if self._left < 1:
            return False
        self._left -= 1
        return True
