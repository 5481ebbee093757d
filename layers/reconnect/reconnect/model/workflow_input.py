"""The input of an execution: all that the state machine gets to know about a session."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconnect.model.causes import LEAVING, Cause
from reconnect.model.presence import Presence
from reconnect.model.session import Session


def workflow_input(session: Session) -> dict[str, Any]:
    """The input for a session: its id, when its link ends in epoch seconds, the number of its next attempt.

    `absent`: its user is not there, so a question is parked; `clicked`: but has come since. `evidence`: it was parked,
    and something has happened since, which is checked first, in its last attempt, and begins none.
    """
    is_absent, number = session.presence is Presence.ABSENT, session.attempt.number if session.attempt else 0
    is_checked = is_absent and number > 0 and session.has_pending_evidence and not _was_clicked_last(session)
    marks = {
        "absent": is_absent,
        "clicked": session.was_clicked,
        "evidence": is_checked,
    }
    return {
        "sessionId": session.session_id,
        "linkEndsAt": int(session.link_expires_at.timestamp()),
        "attempt": number if is_checked else number + 1,
        **{name: True for name, is_set in marks.items() if is_set},
    }


def late_read_input(session: Session, wait: timedelta) -> dict[str, Any]:
    """The input for an execution that only reads the data of an ended session, after `wait`."""
    return {**workflow_input(session), "lateRead": True, "waitSeconds": int(wait.total_seconds())}


def in_next_execution(session: Session) -> Session:
    """Return the session as its next execution runs it. Versions are never repeated, so names are not either."""
    return replace(session, execution_name=f"{session.session_id}-{session.version}")


def _was_clicked_last(session: Session) -> bool:
    """Whether a click came after the last attempt was left, so that the next one may begin."""
    causes = (entry.cause for entry in reversed(session.timeline))
    return next((cause for cause in causes if cause == Cause.CLICKED or cause in LEAVING), None) == Cause.CLICKED


def handed_over(session: Session, running: str | None) -> Session:
    """Return the session with its next execution; unchanged if the `running` one has already handed it over."""
    if running is None:
        number = session.attempt.number + 1 if session.attempt else 1
        return replace(session, execution_name=f"{session.session_id}-{number}")
    if session.execution_name != running:
        return session
    return in_next_execution(session)
