"""Publish what a write of a session has to publish.

A session's `event_type` is written with the change that it tells of. The table's stream then brings each such write
here, at least once, so that a crash loses no event; the event's id is the same each time.
"""

from reconnect.model.session import Session
from reconnect.ports import Events
from reconnect.views.event_detail import detail


class DeliverEvents:
    """The use case behind the table's stream."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def __call__(self, session: Session) -> None:
        """Announce what this version of the session announces, if anything; raise PublishFailed."""
        if session.event_type:
            self._events.publish(session.event_type, f"{session.session_id}.{session.version}", detail(session))
