"""The feed of events: what is kept of each, and its place among the others.

A place is text: the minute in which the event was written, then its session and version. Places are in the order of
their texts, and those of one session in the order of its events.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from reconnect.model.frozen import frozen

# The source of our events, in the envelope of the bus.
SOURCE = "reconnect"

# The fields of an event's detail that name a person's purpose or lead to their page. They stay in the session's record,
# so that nothing of them is left once that is erased; a reader takes them from there, or signs the link again.
KEPT_ELSEWHERE = frozenset({"correlationIds", "link"})

# How long an event can be read. A session's record lives for longer after its end.
FEED_LIFETIME = timedelta(days=30)

_MINUTE = "%Y-%m-%dT%H:%M"
_MINUTE_LENGTH = len("2026-03-14T09:26")
# Greater than the sign behind a minute, so that it is behind all events of the minute.
_END = "~"


@frozen
class FeedEvent:
    """An event as the feed keeps it. `detail`: without `eventId`, and without what is KEPT_ELSEWHERE and not null."""

    session_id: str
    version: int
    event_type: str
    detail: Mapping[str, Any]

    @property
    def event_id(self) -> str:
        """The id that the event has on the bus, too."""
        return f"{self.session_id}.{self.version}"


@frozen
class FeedPage:
    """Some events in order, and the place of the last one; `is_last`: none behind them can be read yet."""

    events: tuple[FeedEvent, ...]
    last: str
    is_last: bool


def place_of(event: FeedEvent, at: datetime) -> str:
    """The place of an event that is written at this time."""
    return f"{minute_of(at)}#{event.session_id}#{event.version:06}"


def minute_of(at: datetime) -> str:
    """The minute of a time (UTC), which is before every event in it."""
    return at.astimezone(UTC).strftime(_MINUTE)


def end_of(minute: str) -> str:
    """The place behind all events of a minute."""
    return f"{minute}{_END}"


def time_of(place: str) -> datetime:
    """The beginning of a place's minute."""
    return datetime.strptime(place[:_MINUTE_LENGTH], _MINUTE).replace(tzinfo=UTC)
