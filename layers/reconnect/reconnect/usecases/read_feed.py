"""Read the feed of events: those behind a cursor, in their order, none left out.

Events are read only once no event can be put before them any more, two minutes after they were written at the latest.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from reconnect.model.errors import RecordUnreadable
from reconnect.model.feed import FEED_LIFETIME, FeedEvent, end_of, minute_of, time_of
from reconnect.model.feed_errors import CursorExpired, FeedOff
from reconnect.model.feed_request import FeedRequest
from reconnect.model.frozen import frozen
from reconnect.model.session import Session
from reconnect.model.signing import Keys
from reconnect.ports import Clock, Feed, Sessions
from reconnect.rules.feed_timing import last_minute
from reconnect.usecases.signed_cursors import read_cursor, sign_cursor
from reconnect.usecases.signed_urls import SignedUrls

# What the feed's cursors belong to; no list of sessions has such filters.
_FILTERS = "events"
# Whoever began with the oldest event gets to the others.
_GRACE = timedelta(hours=1)


@frozen
class ReadEvent:
    """An event with what is not kept in it. `session`: its record, None if that is damaged; `link`: as it was
    published, also if it has ended since.
    """

    event: FeedEvent
    session: Session | None
    link: str | None


@frozen
class FeedRead:
    """Some events, and the cursor behind them; `has_more`: whether others can be read at once."""

    events: list[ReadEvent]
    cursor: str
    has_more: bool


@frozen(kw_only=True)
class ReadFeed:
    """The use case behind `GET /events`. `feed`: None if the deployer does not want one."""

    feed: Feed | None
    sessions: Sessions
    urls: SignedUrls
    keys: Keys
    clock: Clock

    def __call__(self, request: FeedRequest) -> FeedRead:
        """Return some events, which may be fewer than asked for, or none, although there are more.

        Those of erased logins are left out. Raises FeedOff, CursorInvalid and CursorExpired.
        """
        if self.feed is None:
            raise FeedOff
        now = self.clock()
        page = self.feed.page(self._after(request), end_of(minute_of(last_minute(now))), request.limit)
        known = self._sessions({event.session_id for event in page.events})
        read = [self._read(event, known[event.session_id]) for event in page.events if event.session_id in known]
        return FeedRead(read, sign_cursor(self.keys, _FILTERS, page.last), has_more=not page.is_last)

    def _after(self, request: FeedRequest) -> str:
        oldest = self.clock() - FEED_LIFETIME
        if request.cursor is None:
            return minute_of(request.since or oldest)
        place = read_cursor(self.keys, _FILTERS, request.cursor)
        if time_of(place) < oldest - _GRACE:
            raise CursorExpired
        return place

    def _read(self, event: FeedEvent, session: Session | None) -> ReadEvent:
        if "link" in event.detail:
            return ReadEvent(event, session, link=None)
        expires_at = datetime.fromisoformat(event.detail["linkExpiresAt"])
        return ReadEvent(event, session, self.urls.address(event.session_id, expires_at))

    def _sessions(self, session_ids: set[str]) -> dict[str, Session | None]:
        """The records that there are, by id; a damaged one hides neither its own events nor the others."""
        ids = sorted(session_ids)
        try:
            return {session.session_id: session for session in self.sessions.get_all(ids)}
        except RecordUnreadable:
            return {session_id: session for each in ids for session_id, session in self._alone(each)}

    def _alone(self, session_id: str) -> Sequence[tuple[str, Session | None]]:
        with suppress(RecordUnreadable):
            return [(session_id, session) for session in self.sessions.get_all([session_id])]
        return [(session_id, None)]
