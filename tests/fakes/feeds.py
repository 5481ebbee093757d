"""The feed of events in memory, with the rules of the DynamoDB one."""

from collections.abc import Callable
from datetime import datetime

from reconnect.model.feed import FeedEvent, FeedPage, place_of


class FakeFeed:
    """The port `Feed`. `is_written`: whether a reader finds what was put at a place; a test may delay that."""

    def __init__(self) -> None:
        self.events: dict[str, FeedEvent] = {}
        self.is_written: Callable[[str], bool] = lambda _: True

    def add(self, event: FeedEvent, at: datetime) -> None:
        self.events[place_of(event, at)] = event

    def page(self, after: str, until: str, limit: int) -> FeedPage:
        places = sorted(place for place in self.events if after < place <= until and self.is_written(place))
        found = tuple(self.events[place] for place in places[:limit])
        if len(places) >= limit:
            return FeedPage(found, places[limit - 1], is_last=False)
        return FeedPage(found, max(after, until), is_last=True)
