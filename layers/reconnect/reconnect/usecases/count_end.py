"""Count how a session ended, and how long its callers and its user waited."""

from collections.abc import Callable
from datetime import datetime

from reconnect.model.causes import ASKING
from reconnect.model.failures import Owner
from reconnect.model.frozen import frozen
from reconnect.model.session import Session, Status
from reconnect.ports import CountBy, Measure

# Seconds: what the service promises.
_NOTICED_WITHIN = 60


@frozen(kw_only=True)
class CountEnd:
    """Shared by all use cases that end a session."""

    count: CountBy
    measure: Measure

    def once(
        self, update: Callable[[Callable[[Session], Session]], Session], decide: Callable[[Session], Session]
    ) -> Session:
        """Update a session by `decide`, which may be called several times; count its end if this update ended it."""
        was_live = False

        def watched(session: Session) -> Session:
            nonlocal was_live
            was_live = not session.status.is_terminal
            return decide(session)

        written = update(watched)
        if was_live and written.status.is_terminal:
            self._count(written)
        return written

    def _count(self, session: Session) -> None:
        """Count it in all and by its owner: an alarm can then divide one metric by another, not by a sum of nine."""
        self.count("SessionClosed")
        owner = session.failure.owner if session.failure else Owner.NOBODY
        self.count("SessionClosed", status=session.status, owner=owner)
        if session.attempt is None or session.status is Status.CANCELLED:
            return
        ended_at = session.timeline[-1].at
        self.measure("VerdictSeconds", ((session.first_asked_at or ended_at) - session.created_at).total_seconds())
        if (waited := _seconds_until_noticed(session)) is not None:
            self.measure("AnswerSeconds", waited)
            if waited > _NOTICED_WITHIN:
                self.count("AnswerLate")


def _seconds_until_noticed(session: Session) -> float | None:
    """How long after the bank had refreshed the data for our user the service knew it; None if it asked nobody.

    By Flinks' clock, which may be a little ahead of ours.
    """
    asked_at = max((entry.at for entry in session.timeline if entry.cause in ASKING), default=None)
    refreshed_at = session.receipt.last_refresh if session.receipt else None
    if asked_at is None or refreshed_at is None or session.status is not Status.SUCCEEDED:
        return None
    return max(0.0, (_noticed_at(session, asked_at) - refreshed_at).total_seconds())


def _noticed_at(session: Session, asked_at: datetime) -> datetime:
    known = (entry.at for entry in session.timeline if entry.at >= asked_at and entry.status in _KNOWN)
    return next(known, session.timeline[-1].at)


_KNOWN = {Status.FETCHING, Status.SUCCEEDED}
