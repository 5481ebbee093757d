"""What anyone who has a link may cause: live attempts and tokens, per login and day."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.frozen import frozen
from reconnect.model.link_use import LinkUse
from reconnect.model.session import Session, Status

_DAY = timedelta(days=1)

# A user reloads the page, changes the device, or closes Connect by mistake.
_LOADS_PER_ATTEMPT = 10


@frozen
class LinkBudget:
    """`attempts_per_day`: live attempts that the links of one login may begin within a day. The first attempt of a
    session belongs to the signed caller who opened it, and counts for nobody here.
    """

    attempts_per_day: int

    def begin(self, session: Session, now: datetime) -> Session:
        """Count a live attempt that begins now, if a click caused it, also as a repeat for a busy bank."""
        # The workflow may be quicker than the record of the click that woke it.
        if session.status is not Status.AWAITING_CLICK and not session.was_clicked:
            return session
        use = _today(session.link_use, now)
        used = replace(use, attempts=use.attempts + 1)
        if used.attempts >= self.attempts_per_day:
            used = replace(used, paused_until=use.since + _DAY)
        return replace(session, link_use=used)

    def take_back(self, session: Session) -> Session:
        """Return the attempt that was counted last, because Flinks refused its start as one request too many."""
        use = session.link_use
        if use is None or not session.was_clicked:
            return session
        return replace(session, link_use=replace(use, attempts=max(0, use.attempts - 1), paused_until=None))

    def load(self, session: Session, now: datetime) -> Session:
        """Count a load of Connect."""
        use = _today(session.link_use, now)
        return replace(session, link_use=replace(use, loads=use.loads + 1))

    def loads_paused_until(self, session: Session, now: datetime) -> datetime | None:
        """Until when the link gets no more tokens; None while some are left."""
        use = _today(session.link_use, now)
        return use.since + _DAY if use.loads >= _LOADS_PER_ATTEMPT * self.attempts_per_day else None


def still_counts(use: LinkUse | None, now: datetime) -> LinkUse | None:
    """Return what was used within the day; None if the day is over."""
    return use if use is not None and now < use.since + _DAY else None


def _today(use: LinkUse | None, now: datetime) -> LinkUse:
    return still_counts(use, now) or LinkUse(now)
