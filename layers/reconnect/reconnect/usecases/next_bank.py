"""The next bank of the same person that waits for them: one link, and one page that goes through them all."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from reconnect.model.asking import contact_keys
from reconnect.model.causes import Cause
from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.languages import Languages
from reconnect.model.link_forms import LinkForm
from reconnect.model.session import WAITING, Session, Status
from reconnect.ports import Clock, Contacts, Count, References, Sessions
from reconnect.rules.contact import LED_AGAIN, ContactPolicy
from reconnect.usecases.find_institution import Institutions
from reconnect.usecases.signed_urls import SignedUrls

# A session has more userRefs than this only if many callers joined it, each with a name of its own.
_MOST_USERS = 2
_MOST_SESSIONS = 50

_NONE: dict[str, Any] = {"nextBank": None, "wasLast": False}


@frozen(kw_only=True)
class NextBank:
    """Part of the hosted page: which of the person's other sessions needs them, and that they were led to it."""

    sessions: Sessions
    references: References
    contacts: Contacts
    policy: ContactPolicy
    clock: Clock
    count: Count
    urls: SignedUrls
    institutions: Institutions

    def __call__(self, session: Session, languages: Languages) -> dict[str, Any]:
        """Return what the page shows of it: `nextBank` with its `institution` and `link`, or None, and `wasLast`.

        It is the session that needs its user for longest. `wasLast`: none is left, and a page led the user here. It
        costs a query for each of two userRefs at most, and one read of the sessions that they lead to; nothing without
        a userRef. Never fails: if they cannot be read, none is known.
        """
        try:
            waiting = list(self._waiting(session))
        except RecordUnreadable:
            self.count("RecordUnreadable")
            return _NONE
        except StoreUnavailable:
            return _NONE
        if not waiting:
            return {**_NONE, "wasLast": any(entry.cause == Cause.LED_HERE for entry in session.timeline)}
        return {**_NONE, "nextBank": self._shown(min(waiting, key=_waits_since), languages, session)}

    def lead(self, session: Session) -> None:
        """Record in the ledger that a page led the person to this session: no event asks them within the interval.

        It comes before the session's own note of it, and is not repeated within a day, so that a link cannot put off
        the person's asks with every request.
        """
        now = self.clock()
        if session.status not in WAITING or not self.policy.covers(session):
            return
        if any(entry.cause == Cause.LED_HERE and entry.at > now - LED_AGAIN for entry in session.timeline):
            return
        for key in contact_keys(session):
            self.contacts.postpone(key, self.policy.led(session, now))

    def _waiting(self, session: Session) -> Iterator[Session]:
        """Yield the other sessions of the same userRef whose user can go on with them now."""
        now = self.clock()
        # A link leads nowhere after its end, nor if somebody else may have used it.
        if session.quarantined or session.link_expires_at <= now:
            return
        seals = islice(sorted(session.users), _MOST_USERS)
        found = dict.fromkeys(each for seal in seals for each in self.references.find(seal))
        found.pop(session.session_id, None)
        for other in self.sessions.get_all([*islice(found, _MOST_SESSIONS)]) if found else ():
            if other.users & session.users and _needs_its_user(other, now):
                yield other

    def _shown(self, other: Session, languages: Languages, here: Session) -> dict[str, Any]:
        known, listing = other.institution, self.institutions(other.institution)
        name = (listing.name_in(languages.of(here)) if listing else None) or (known.name if known else None)
        # A link in the short form is sent on to the long one, and would lose the query there.
        chosen = f"&lang={languages.chosen}" if languages.chosen else ""
        return {"institution": name, "link": f"{self.urls.link(other, LinkForm.LONG)}?led=true{chosen}"}


def _needs_its_user(session: Session, now: datetime) -> bool:
    """Whether its user can do something there now: a click that must wait leads to nothing."""
    is_paused = session.status is Status.AWAITING_CLICK and session.pause is not None and session.pause[0] > now
    return session.status in WAITING and not session.quarantined and session.link_expires_at > now and not is_paused


def _waits_since(session: Session) -> tuple[datetime, str]:
    return session.first_asked_at or session.created_at, session.session_id
