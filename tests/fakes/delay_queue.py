"""The delay queue, in memory."""

import json
from datetime import datetime, timedelta
from typing import Any

from reconnect.model.errors import RequestNotKept
from reconnect.ports import Clock

# The longest delay of a message in SQS.
LONGEST_DELAY = timedelta(minutes=15)
_SECOND = timedelta(seconds=1)


class FakeDelayQueue:
    """The port `DelayQueue`: `waiting` holds each message as JSON text, with the time at which it is delivered.

    Set `is_down` to make every call fail.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.waiting: list[tuple[datetime, str]] = []
        self.is_down = False

    def put(self, message: dict[str, Any], wait: timedelta) -> None:
        if self.is_down:
            raise RequestNotKept("down")
        seconds = max(-(-wait // _SECOND), 1) * _SECOND
        self.waiting.append((self._clock() + min(seconds, LONGEST_DELAY), json.dumps(message)))

    @property
    def next_at(self) -> datetime | None:
        """When the next message is delivered."""
        return min((at for at, _ in self.waiting), default=None)

    def take(self) -> list[str]:
        """Remove and return the messages that are delivered by now."""
        due = sorted(entry for entry in self.waiting if entry[0] <= self._clock())
        self.waiting = [entry for entry in self.waiting if entry not in due]
        return [body for _, body in due]
