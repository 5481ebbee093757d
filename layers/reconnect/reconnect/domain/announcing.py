"""What the service tells the bus about a session: our link, but never a LoginId, a RequestId or a Connect URL."""

from reconnect.domain.ports import Events
from reconnect.domain.read_session import next_step
from reconnect.domain.session import Session, Status

ENDINGS: dict[Status, str] = {
    Status.SUCCEEDED: "SessionSucceeded",
    Status.STALE: "SessionStale",
    Status.EXPIRED: "SessionExpired",
    Status.FAILED: "SessionFailed",
    Status.CANCELLED: "SessionCancelled",
    Status.REPAIRED: "SessionRepaired",
}


def announce(events: Events, detail_type: str, session: Session) -> None:
    """Announce how a session stands. The event id is the same however often the same thing is announced."""
    attempt = session.attempt
    asked = f"{attempt.number}.{attempt.asked}" if attempt else "0"
    events.announce(
        detail_type,
        f"{session.session_id}.{detail_type}.{session.status}.{asked}",
        {
            "sessionId": session.session_id,
            "correlationId": session.correlation_id,
            "status": session.status,
            "nextStep": next_step(session),
            "link": None if session.status.is_terminal else session.link,
            "failureCode": session.failure and session.failure.code,
        },
    )
