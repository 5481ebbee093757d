"""The input of an execution: all that the state machine knows of a session."""

from datetime import timedelta
from typing import Any

from reconnect.model.session import Session


def workflow_input(session: Session) -> dict[str, Any]:
    """What the state machine knows of a session: its id, when its link ends in epoch seconds, its next attempt."""
    return {
        "sessionId": session.session_id,
        "linkEndsAt": int(session.link_expires_at.timestamp()),
        "attempt": session.attempt.number + 1 if session.attempt else 1,
    }


def late_read_input(session: Session, wait: timedelta) -> dict[str, Any]:
    """The same for an execution that only reads the data of a session that has ended, after `wait`."""
    return {**workflow_input(session), "lateRead": True, "waitSeconds": int(wait.total_seconds())}
