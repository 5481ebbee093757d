"""How the feed of events is shown: each event in the envelope in which EventBridge delivers it."""

from typing import Any

from reconnect.model.feed import SOURCE, FeedEvent
from reconnect.model.session import Session


def show_event(event: FeedEvent, session: Session | None, link: str | None) -> dict[str, Any]:
    """Return an event as on the bus, without the fields that only EventBridge knows.

    `session`: as it is now, so correlationIds that were added since are among them.
    """
    return {
        "source": SOURCE,
        "detail-type": event.event_type,
        "time": event.detail["occurredAt"],
        "detail": {
            "eventId": event.event_id,
            **event.detail,
            "correlationIds": sorted(session.correlation_ids) if session else [],
            "link": link,
        },
    }
