"""What the service tells the bus about a session: our link, but never a LoginId, a RequestId or a Connect URL.

A session's `announcement` is written with the change that it tells of. The table's stream then brings each such write
here, at least once, so that a crash loses no event; the event's id is the same each time.
"""

from typing import Any

from reconnect.domain.ports import Events
from reconnect.domain.read_session import next_step, when
from reconnect.domain.session import Session

# Of the contracts in `schemas/events`. They are strict, so that any change of a field makes a new version.
VERSION = 1


class DeliverEvents:
    """The use case behind the table's stream."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def __call__(self, session: Session) -> None:
        """Announce what this version of the session announces, if anything; raise AnnouncementFailed."""
        if session.announcement:
            self._events.announce(session.announcement, f"{session.session_id}.{session.version}", detail(session))


def detail(session: Session) -> dict[str, Any]:
    """The body of every event about a session, but for its `eventId`.

    `occurredAt` is the moment of the change that it tells of, the last one in the timeline; `sequence` orders the
    events of one session, and has gaps.
    """
    return {
        "version": VERSION,
        "occurredAt": when(session.timeline[-1].at if session.timeline else session.created_at),
        "sessionId": session.session_id,
        "sequence": session.version,
        "correlationIds": sorted(session.correlation_ids),
        "status": session.status,
        "nextStep": next_step(session),
        "link": None if session.status.is_terminal else session.link,
        "linkExpiresAt": when(session.link_expires_at),
        "failureCode": session.failure and session.failure.code,
        "nextAllowedAt": when(session.next_allowed_at),
        "lastRefresh": when(session.receipt.last_refresh) if session.receipt else None,
        "quarantined": session.quarantined,
    }
