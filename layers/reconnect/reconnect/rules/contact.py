"""How often, and at which hours, a user who is not there may be asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from reconnect.model.asking import ask_name, is_held, last_asked_at, led_name
from reconnect.model.contact_entries import Contact, Hold, HoldReason
from reconnect.model.frozen import frozen
from reconnect.model.presence import Presence
from reconnect.model.session import WAITING, Session
from reconnect.rules.reminders import Reminders

# What the page offers to those who have no time now.
SNOOZE_DAYS = (1, 3)
# How long it is not recorded again that a page led the person to a session.
LED_AGAIN = timedelta(days=1)


@frozen
class ContactPolicy:
    """At most one ask per person in an `interval`, and none in the quiet hours; an interval of zero is no policy.

    An ask is the first `ReconnectRequired` of a session whose user is absent, or a `ReconnectReminder` of such a
    session that nobody requested. What the user chose on the page and what support sends are no asks, and neither is
    any event of a session whose user is there.
    """

    interval: timedelta
    reminders: Reminders

    def covers(self, session: Session) -> bool:
        """Whether the session's events are asks."""
        return bool(self.interval) and session.presence is Presence.ABSENT

    def hold(self, session: Session, now: datetime, contacts: Iterable[Contact] = ()) -> Hold | None:
        """Return until when the session's next ask must wait, given what the ledger says; None if it may go out now."""
        ask = ask_name(session)
        waits = [each for each in contacts if each.ask != ask and each.not_before > now]
        longest = max(waits, key=lambda each: each.not_before, default=None)
        until = self.reminders.after_quiet_hours(longest.not_before if longest else now, session)
        if until <= now:
            return None
        if longest is None:
            return Hold(until, HoldReason.QUIET_HOURS)
        return Hold(until, HoldReason.SNOOZED if longest.ask is None else HoldReason.ASKED_RECENTLY)

    def next_at(self, session: Session, now: datetime) -> datetime | None:
        """Return when the session's next event for its user may go out, `now` at the earliest; None if none is due.

        As far as the session knows; the ledger may hold it back for longer.
        """
        state = session.asking
        if state.remind_at is not None:
            return self._later(session, max(state.remind_at, now))
        if state.hold is not None:
            # While the user is there, nobody needs to ask them.
            return self._later(session, max(state.hold.until, now)) if session.is_parked else None
        asked_at = last_asked_at(session)
        if self.covers(session) and asked_at is not None:
            return self.reminders.next_at(session, max(now, asked_at + self.interval))
        return self.reminders.next_at(session, now)

    def claim(self, session: Session, now: datetime) -> Contact:
        """Return the ledger's entry of the session's next ask, if it goes out now."""
        return Contact(now + self.interval, ask_name(session))

    def led(self, session: Session, now: datetime) -> Contact:
        """Return the ledger's entry of a person whom our page led to this session, which is like an ask `now`."""
        return Contact(now + self.interval, led_name(session))

    def snooze(self, until: datetime) -> Contact:
        """Return the ledger's entry of a person who wants to be reminded then: nobody asks before or right after."""
        return Contact(until + self.interval)

    def snooze_days(self, session: Session, now: datetime) -> tuple[int, ...]:
        """Return in how many days the user may be reminded: only before the link's end."""
        if session.status not in WAITING or session.quarantined:
            return ()
        return tuple(days for days in SNOOZE_DAYS if now + timedelta(days=days) < session.link_expires_at)

    def _later(self, session: Session, at: datetime) -> datetime | None:
        if session.status not in WAITING or session.quarantined:
            return None
        due = self.reminders.after_quiet_hours(at, session)
        return due if due < session.link_expires_at else None


def is_first(session: Session) -> bool:
    """Whether the session's next event for its user is the first one."""
    return session.first_asked_at is None or is_held(session)
