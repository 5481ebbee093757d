"""A clock that stands still until a test turns it."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=UTC)


class Clock:
    """The port `Clock`."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **amount: float) -> None:
        self.now += timedelta(**amount)
