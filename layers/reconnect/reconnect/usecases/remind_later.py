"""The user has no time now, and chooses when to be reminded."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.asking import contact_keys
from reconnect.model.causes import Cause
from reconnect.model.frozen import frozen
from reconnect.model.session import Actor, Session, Status
from reconnect.ports import Clock, Contacts, Sessions
from reconnect.rules.contact import ContactPolicy
from reconnect.usecases.session_updates import update_session

# A repeat of the same choice within this changes nothing, so that a link cannot fill the timeline.
_REPEAT = timedelta(hours=1)


@frozen(kw_only=True)
class RemindLater:
    """The use case behind the page's "Remind me later"."""

    sessions: Sessions
    contacts: Contacts
    policy: ContactPolicy
    clock: Clock

    def __call__(self, session_id: str, days: object) -> Session:
        """Have the user reminded in so many days, and let nobody else ask them before. Any other number is ignored.

        The ledger comes first: after a crash between the two the person is left alone, and the page asks again.
        """
        session = self.sessions.get(session_id)
        if type(days) is not int or days not in self.offered(session):
            return session
        until = self.clock() + timedelta(days=days)
        if _is_repeat(session, until):
            return session
        if self.policy.interval:
            for key in contact_keys(session):
                self.contacts.postpone(key, self.policy.snooze(until))

        def snooze(now: Session) -> Session:
            if days not in self.offered(now) or _is_repeat(now, until):
                return now
            state = replace(now.asking, remind_at=until)
            noted = replace(now, asking=state).note(at=self.clock(), actor=Actor.USER, cause=Cause.SNOOZED)
            return replace(noted, due_at=min(filter(None, (now.due_at, self.policy.next_at(noted, self.clock())))))

        return update_session(self.sessions, session_id, snooze)

    def offered(self, session: Session) -> tuple[int, ...]:
        """Return the numbers of days that the page offers: none while the bank waits for an answer."""
        is_waiting = session.status is Status.AWAITING_CLICK
        return self.policy.snooze_days(session, self.clock()) if is_waiting else ()


def _is_repeat(session: Session, until: datetime) -> bool:
    chosen = session.asking.remind_at
    return chosen is not None and abs(chosen - until) < _REPEAT
