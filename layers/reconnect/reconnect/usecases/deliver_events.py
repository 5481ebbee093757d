"""Publish the event of each write of a session.

A session's `event_type` is written with the change that it reports. The table's stream then delivers each such write at
least once, so that a crash loses no event; the event's id is the same each time.
"""

from collections.abc import Mapping
from typing import Any

from reconnect.model.feed import KEPT_ELSEWHERE, FeedEvent
from reconnect.model.frozen import frozen
from reconnect.ports import Clock, Events, Feed, Pause, ReadImage
from reconnect.rules.feed_timing import seconds_to_wait
from reconnect.usecases.find_institution import Institutions
from reconnect.usecases.signed_urls import SignedUrls
from reconnect.views.event_detail import detail


@frozen(kw_only=True)
class DeliverEvents:
    """The use case behind the table's stream. `feed`: where each event is kept, too, if the deployer wants that."""

    events: Events
    read_image: ReadImage
    urls: SignedUrls
    institutions: Institutions
    feed: Feed | None
    clock: Clock
    pause: Pause

    def __call__(self, image: Mapping[str, Any]) -> None:
        """Publish the event of this version of a session, if it has one.

        Raises RecordUnreadable, and PublishFailed, StoreUnavailable or SecretsUnavailable if it may be published later.
        """
        session = self.read_image(image)
        if session.event_type:
            told = detail(session, self.urls.link(session), self.institutions(session.institution))
            kept = {name: value for name, value in told.items() if name not in KEPT_ELSEWHERE or value is None}
            event = FeedEvent(session.session_id, session.version, session.event_type, kept)
            # First, so that a bus that refuses for a day keeps no event from the feed.
            if self.feed is not None:
                self._keep(self.feed, event)
            self.events.publish(event.event_type, event.event_id, told)

    def _keep(self, feed: Feed, event: FeedEvent) -> None:
        while (seconds := seconds_to_wait(self.clock())) > 0:
            self.pause(seconds)
        feed.add(event, self.clock())
