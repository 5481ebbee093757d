"""Ask an absent user, unless the same person was asked recently or it is night where they are."""

from datetime import datetime, timedelta

from reconnect.model.asking import contact_keys
from reconnect.model.contact_entries import Hold, HoldReason
from reconnect.model.errors import RecordUnreadable
from reconnect.model.frozen import frozen
from reconnect.model.session import Session
from reconnect.ports import Contacts
from reconnect.rules.contact import ContactPolicy

# Until a version is deployed that can read what the ledger says.
_UNREADABLE = timedelta(hours=1)


@frozen(kw_only=True)
class AskUsers:
    """The ledger of contacts, which comes before the event: after a crash between the two the same ask is repeated."""

    contacts: Contacts
    policy: ContactPolicy

    def __call__(self, session: Session, now: datetime) -> Hold | None:
        """Claim the person for the session's next ask; return until when it must wait, and why, if it must.

        Of many sessions of one person at once, one gets the person. An ask that was claimed and then not needed,
        because the user came or the session ended at that moment, still counts: nobody is asked twice.
        """
        if not self.policy.covers(session):
            return None
        try:
            return self._claim(session, now)
        except RecordUnreadable:
            return Hold(now + _UNREADABLE, HoldReason.ASKED_RECENTLY)

    def _claim(self, session: Session, now: datetime) -> Hold | None:
        keys = contact_keys(session)
        # Before any claim, so that only a race can leave a claim under one key without the others.
        if (hold := self.policy.hold(session, now, self.contacts.get(keys))) is not None:
            return hold
        claim = self.policy.claim(session, now)
        for key in keys:
            if (other := self.contacts.claim(key, claim, now)) is not None:
                return self.policy.hold(session, now, [other])
        return None
