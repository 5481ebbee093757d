"""How a login and a list of sessions are shown to a caller: no LoginId, no reference."""

from datetime import datetime
from typing import Any

from reconnect.model.asking import asked_at
from reconnect.model.institution import Listing
from reconnect.model.login_state import FoundLogin
from reconnect.model.session import WAITING, Session
from reconnect.model.timestamps import to_iso
from reconnect.views.session_view import show_institution


def show_login(found: FoundLogin, now: datetime, listing: Listing | None = None) -> dict[str, Any]:
    """Return the age of a login's data, whose turn it is, what blocks it and until when, and its last sessions."""
    login, state = found.login, found.state
    age = None if login.last_refresh is None else max(0, int((now - login.last_refresh).total_seconds()))
    return {
        "lastRefresh": to_iso(login.last_refresh),
        "ageSeconds": age,
        "turn": state.turn,
        "mayDo": state.may,
        "blockedBy": state.blocked_by,
        "nextAllowedAt": to_iso(state.until),
        "refusals": login.failures,
        "sessions": [show_listed(session, listing) for session in found.sessions],
    }


def show_listed(session: Session, listing: Listing | None = None) -> dict[str, Any]:
    """Return one line of a list: what it takes to choose a session and to read it."""
    ended_at = next((entry.at for entry in session.timeline if entry.status.is_terminal), None)
    return {
        "sessionId": session.session_id,
        "status": session.status,
        "institution": show_institution(session, listing),
        "failureCode": session.failure and session.failure.code,
        "needs": "user" if session.status in WAITING else None,
        "createdAt": to_iso(session.created_at),
        "askedAt": to_iso(asked_at(session)),
        "endedAt": to_iso(ended_at),
        "linkExpiresAt": to_iso(session.link_expires_at),
    }
