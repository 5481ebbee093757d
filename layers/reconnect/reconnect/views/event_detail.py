"""The detail of a published event. It carries our link, but never a LoginId, a RequestId or a Connect URL."""

from typing import Any

from reconnect.model.institution import Listing
from reconnect.model.session import Session
from reconnect.model.timestamps import to_iso
from reconnect.views.session_view import next_step, show_institution

# The version of the contracts in `schemas/events`. They are strict, so any change of a field needs a new version.
VERSION = 1


def detail(session: Session, link: str | None = None, listing: Listing | None = None) -> dict[str, Any]:
    """Return the detail of an event about this session, without its `eventId`.

    `link`: the address of the end user's page, signed now; None once the session has ended. `listing`: the bank's entry
    in Flinks' directory.

    `occurredAt` is the time of the published change, which is the last one in the timeline. `sequence` orders the
    events of one session and has gaps.
    """
    return {
        "version": VERSION,
        "occurredAt": to_iso(session.timeline[-1].at if session.timeline else session.created_at),
        "sessionId": session.session_id,
        "sequence": session.version,
        "correlationIds": sorted(session.correlation_ids),
        "status": session.status,
        "nextStep": next_step(session),
        "institution": show_institution(session, listing),
        "link": link,
        "linkExpiresAt": to_iso(session.link_expires_at),
        "failureCode": session.failure and session.failure.code,
        "nextAllowedAt": session.pause and to_iso(session.pause[0]),
        "lastRefresh": to_iso(session.receipt.last_refresh) if session.receipt else None,
        "quarantined": session.quarantined,
    }
