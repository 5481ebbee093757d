"""The feed of events in the DynamoDB table: an item for each event, all of a day in one partition, in their order.

An item has less than a kilobyte, which is one write unit.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from reconnect.adapters.dynamodb.formats import check_format, in_format, reading
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Item, Table
from reconnect.adapters.dynamodb.values import epoch
from reconnect.model.errors import RecordUnreadable
from reconnect.model.feed import FEED_LIFETIME, FeedEvent, FeedPage, place_of, time_of

_DAY = len("2026-03-14")
# Whoever begins with the oldest events still finds those behind them.
_REMOVED_AFTER = FEED_LIFETIME + timedelta(days=1)


class DynamoDbFeed:
    """The port `Feed`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, event: FeedEvent, at: datetime) -> None:
        """Write an item; one that is there already in the same minute is the same event."""
        item = {
            **_key(place_of(event, at)),
            "event": event.event_type,
            "detail": json.dumps(event.detail, separators=(",", ":"), ensure_ascii=False),
            "expires_at": epoch(at + _REMOVED_AFTER),
        }
        self._table.write(in_format(item))

    def page(self, after: str, until: str, limit: int) -> FeedPage:
        """Query the partitions of the days one after another, until there are enough events."""
        found: list[Item] = []
        for first, last in _days(after, until):
            items, is_whole = self._table.query_range(_partition(first), _sort(first), _sort(last), limit - len(found))
            found += items
            if not is_whole or len(found) == limit:
                return FeedPage(tuple(_events_in(found)), _place_in(found[-1]) if found else after, is_last=False)
        return FeedPage(tuple(_events_in(found)), max(after, until), is_last=True)


def _days(after: str, until: str) -> Iterator[tuple[str, str]]:
    """The span between two places, day by day."""
    day, last_day = date.fromisoformat(after[:_DAY]), date.fromisoformat(until[:_DAY])
    # DynamoDB refuses a span that ends before it begins.
    while after < until and day <= last_day:
        name = day.isoformat()
        # No place is equal to another and a space, and none is between the two. A key cannot be empty.
        first = f"{after} " if after.startswith(name) else f"{name}T "
        yield first, until if day == last_day else f"{name}T~"
        day += timedelta(days=1)


def _partition(place: str) -> str:
    return f"FEED#{place[:_DAY]}"


def _sort(place: str) -> str:
    return place[_DAY + 1 :]


def _key(place: str) -> dict[str, str]:
    return {"pk": _partition(place), "sk": _sort(place)}


def _place_in(item: Item) -> str:
    return f"{item['pk'].partition('#')[2]}T{item['sk']}"


def _events_in(items: list[Item]) -> Iterator[FeedEvent]:
    """The events, without damaged ones, which would keep every reader from those behind them."""
    for item in items:
        # One that a newer version wrote is not passed: that version can read it.
        check_format(item)
        with suppress(RecordUnreadable):
            yield _event_in(item)


def _event_in(item: Item) -> FeedEvent:
    with reading(item):
        time_of(_place_in(item))
        _, session_id, version = item["sk"].split("#")
        detail = json.loads(item["detail"])
        return in_shape(FeedEvent(session_id, int(version), item["event"], detail))
