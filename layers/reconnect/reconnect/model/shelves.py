"""The lists of sessions that can be read page by page: the live ones, those that need their user, those without data.

Each is a part of an index that only its sessions are in, so no page reads what does not belong to it.
"""

from datetime import date

from reconnect.model.frozen import frozen
from reconnect.model.session import WAITING, Session, Status

# The endings that leave somebody something to do.
UNHAPPY = frozenset({Status.FAILED, Status.STALE, Status.EXPIRED})


@frozen
class Shelf:
    """A list of sessions. `name`: the value of the index' key, None for all live sessions; `bank`: only those at this
    institution, as `bank_key` writes it.
    """

    name: str | None = None
    bank: str | None = None


@frozen
class Page:
    """The ids of some sessions, and what leads to the page behind them; None at the end of the list."""

    session_ids: tuple[str, ...]
    last: str | None


LIVE_SESSIONS = Shelf()
NEEDS_USER = "USER"


def ended_on(day: date) -> str:
    """The name of the list of sessions that ended on this day (UTC) without fresh data."""
    return f"ENDED#{day.isoformat()}"


def bank_key(institution: str | None) -> str:
    """An institution's name as lists are sorted and searched by it: in one letter case, without their separator."""
    return (institution or "").casefold().replace("#", "")


def bank_of(session: Session) -> str:
    """The bank of a session as lists are sorted by it; empty as long as it is unknown."""
    return bank_key(session.institution.name if session.institution else None)


def name_of_shelf(session: Session) -> str | None:
    """The name of the list that a session is on, besides the one of all live sessions; None for none."""
    if session.status in WAITING:
        return NEEDS_USER
    if session.status not in UNHAPPY or session.is_corrected:
        return None
    ended_at = next((entry.at for entry in session.timeline if entry.status.is_terminal), None)
    return ended_on(ended_at.date()) if ended_at else None
