"""The input of an execution: all that the state machine gets to know about a session."""

from datetime import timedelta
from typing import Any

from reconnect.model.session import Session


def workflow_input(session: Session) -> dict[str, Any]:
    """The input for a session: its id, when its link ends in epoch seconds, the number of its next attempt."""
    return {
        "sessionId": session.session_id,
        "linkEndsAt": int(session.link_expires_at.timestamp()),
        "attempt": session.attempt.number + 1 if session.attempt else 1,
    }


def late_read_input(session: Session, wait: timedelta) -> dict[str, Any]:
    """The input for an execution that only reads the data of an ended session, after `wait`."""
    return {**workflow_input(session), "lateRead": True, "waitSeconds": int(wait.total_seconds())}
