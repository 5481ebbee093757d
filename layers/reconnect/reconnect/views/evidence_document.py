"""What a session or an erasure leaves for a file: documents whose changes can be found (`model.hash_chain`).

They hold no LoginId, no RequestId, no link, no token, no account, and no word of a bank or of its customer.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from reconnect.model.hash_chain import Document, Entry, chain
from reconnect.model.release import VERSION
from reconnect.model.session import Session
from reconnect.model.timestamps import to_iso
from reconnect.views.session_view import next_step, show

_NOT_IN_A_SESSION = (
    "Who read the session, or fetched its data: that is in the log lines named audit, for as long as logs are kept.",
    "Requests to join it that brought no new correlationId: they wrote nothing, and are in the same lines.",
    "Who sent a request over the bus or from another workflow: CloudTrail has them.",
    "The middle of a timeline of more than 400 entries, or of more than 60 requests and events.",
    "Whether an event was delivered: it is published at least once after its entry was written.",
)
_NOT_IN_AN_ERASURE = (
    "Sessions that earlier requests deleted, if the erasure needed several: the log lines named audit have them.",
    "What is left for a time in backups, queues and logs: docs/operations.md lists it.",
    "Which login it was. File this document with your own record of the request.",
)


def evidence_of(session: Session, *, at: datetime, by: str) -> Document:
    """Return everything that the record proves about a session, in the order of time. `by`: who asks, at `at`."""
    shown = show(session)
    header = {
        "kind": "session",
        "sessionId": session.session_id,
        "status": session.status,
        "failureCode": shown["failureCode"],
        "owner": next_step(session)["owner"],
        "correlationIds": shown["correlationIds"],
        "createdAt": shown["createdAt"],
        "linkExpiresAt": shown["linkExpiresAt"],
        "endedAt": to_iso(_ended_at(session)),
        **_made(at, by, _NOT_IN_A_SESSION),
    }
    receipt = [{"kind": "receipt", **shown["receipt"]}] if shown["receipt"] else []
    return chain(header, [*_happened(session), *receipt])


def erasure_document(
    *, sessions: Iterable[str], results: int, was_known: bool, card: str | None, at: datetime, by: str, request: str
) -> Document:
    """Return the receipt of an erasure. `sessions`: the ids whose records were deleted; `request`: API Gateway's id."""
    erased = list(sessions)
    header = {
        "kind": "erasure",
        "sessions": len(erased),
        "results": results,
        "wasKnown": was_known,
        "card": card,
        "requestId": request,
        **_made(at, by, _NOT_IN_AN_ERASURE),
    }
    return chain(header, [{"kind": "session_erased", "sessionId": session_id} for session_id in erased])


def _made(at: datetime, by: str, limits: tuple[str, ...]) -> dict[str, Any]:
    return {"madeAt": to_iso(at), "madeFor": by, "serviceVersion": VERSION, "notRecorded": list(limits)}


def _happened(session: Session) -> list[Entry]:
    timed: list[tuple[datetime, Entry]] = [
        (
            entry.at,
            {
                "kind": "timeline",
                "at": to_iso(entry.at),
                "actor": entry.actor,
                "cause": entry.cause,
                "status": entry.status,
                "polls": entry.polls,
            },
        )
        for entry in session.timeline
    ]
    for noted in session.trail:
        entry: Entry = {"at": to_iso(noted.at)}
        if noted.version is None:
            entry |= {"kind": "request", "action": noted.what, "caller": noted.by}
        else:
            entry |= {"kind": "event", "type": noted.what, "eventId": f"{session.session_id}.{noted.version}"}
        timed.append((noted.at, entry))
    return [entry for _, entry in sorted(timed, key=lambda each: each[0])]


def _ended_at(session: Session) -> datetime | None:
    return next((entry.at for entry in session.timeline if entry.status.is_terminal), None)
