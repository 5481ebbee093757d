"""When the user of a session was asked, which an absent one is not while the first event is held back."""

from datetime import datetime

from reconnect.model.causes import Cause
from reconnect.model.contact_entries import login_contact_key, user_contact_key
from reconnect.model.session import Session


def asked_at(session: Session) -> datetime | None:
    """When the event that first asked the user was published; None before that."""
    if is_held(session):
        return None
    later = (entry.at for entry in session.timeline if entry.cause == Cause.ASKED)
    return next(later, session.first_asked_at)


def last_asked_at(session: Session) -> datetime | None:
    """When the user was last asked by an event that nobody requested: the first one, or a reminder."""
    reminded = [entry.at for entry in session.timeline if entry.cause == Cause.REMINDED]
    return max(filter(None, [*reminded, asked_at(session)]), default=None)


def is_held(session: Session) -> bool:
    """Whether the session's first event is held back."""
    return session.asking.hold is not None


def ask_name(session: Session) -> str:
    """The name of the session's next ask: the same until its event is out, so that a repeat is the same ask."""
    number = "first" if asked_at(session) is None else session.reminders
    return f"{session.session_id}/{number}"


def led_name(session: Session) -> str:
    """The name of the ask that a page made by leading the person here; no event of any session has it."""
    return f"{session.session_id}/led"


def contact_keys(session: Session) -> tuple[str, ...]:
    """The person's keys in the ledger, in an order that is the same for everybody who claims several."""
    return (*map(user_contact_key, sorted(session.users)), login_contact_key(session.login_id))
