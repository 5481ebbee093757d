"""When a user who has not come yet is reminded, and never at night."""

from datetime import UTC, datetime, time, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from reconnect.model.asking import asked_at
from reconnect.model.frozen import frozen
from reconnect.model.session import WAITING, Session

# All reminders that a night held back would go out in its last minute; they go out over this time instead.
_SPREAD = timedelta(hours=1)


@frozen
class Reminders:
    """`ladder`: how long after the user was first asked each reminder is due. Quiet hours, from `quiet_from` to
    `quiet_until`, are in the session's time zone, or else in `time_zone`; they may span midnight. What they hold back
    goes out within an hour after them, each session at its own moment.
    """

    ladder: tuple[timedelta, ...]
    quiet_from: time
    quiet_until: time
    time_zone: str

    def next_at(self, session: Session, now: datetime) -> datetime | None:
        """Return when the next reminder may go out, `now` at the earliest; None if no more are due."""
        first = asked_at(session)
        if first is None or session.status not in WAITING or session.reminders >= len(self.ladder):
            return None
        # The user did come back, with another login: a reminder would confuse them.
        if session.quarantined:
            return None
        due = self.after_quiet_hours(max(first + self.ladder[session.reminders], now), session)
        return due if due < session.link_expires_at else None

    def due_by(self, session: Session, now: datetime) -> int:
        """Return how many reminders were due by now; after the quiet hours one replaces all that were held back."""
        first = asked_at(session)
        return 0 if first is None else sum(first + after <= now for after in self.ladder)

    def after_quiet_hours(self, at: datetime, session: Session) -> datetime:
        """Return `at`, or if that is in the quiet hours, the session's own moment within an hour after them."""
        zone = ZoneInfo(session.time_zone or self.time_zone)
        local = at.astimezone(zone)
        if not self._is_quiet(local.time()):
            return at
        end = self._end_of_quiet_hours(at, local)
        spread = end + _SPREAD * (crc32(session.session_id.encode()) / 2**32)
        # Where the clocks change, the next quiet hours may begin within the hour.
        is_too_late = spread >= session.link_expires_at or self._is_quiet(spread.astimezone(zone).time())
        return end if is_too_late else spread

    def _end_of_quiet_hours(self, at: datetime, local: datetime) -> datetime:
        day = local.date() if local.time() < self.quiet_until else local.date() + timedelta(days=1)
        until = datetime.combine(day, self.quiet_until, local.tzinfo)
        # When clocks go back an hour comes twice, and the first of the two may be over.
        return next(end for fold in (0, 1) if (end := until.replace(fold=fold).astimezone(UTC)) > at)

    def _is_quiet(self, at: time) -> bool:
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until
