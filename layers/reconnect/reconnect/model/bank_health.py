"""The health of an institution: its last verdicts, and the breaker that keeps new attempts from a bank that fails."""

import hashlib
from datetime import datetime
from enum import StrEnum

from reconnect.model.failures import Owner
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.outcomes import Outcome, Verdict
from reconnect.model.roll_up import UNKNOWN_KEY, key_of

_DIGITS = 8
# What a bank answers that works, whatever it then wants.
_WORKING = {Outcome.AUTHORIZED, Outcome.MFA_REQUIRED, Outcome.CREDENTIALS_REQUIRED}


class BreakerState(StrEnum):
    """Closed: attempts begin. Open: they wait. Half-open: one of them, the probe, is under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@frozen
class BankVerdict:
    """Whether a bank failed one attempt. `mark`: eight hexadecimal digits that tell sessions apart."""

    at: datetime
    has_failed: bool
    mark: str


@frozen(kw_only=True)
class BankHealth:
    """The last verdicts of an institution, named by the `key` of its counters, and its breaker.

    `version` is 0 until it is stored. `opened_at`: since when new attempts wait; None while the breaker is closed.
    `probe_at`: when the next probe may begin; `prober`: the mark of the session whose attempt is the probe under way.
    """

    key: str
    verdicts: tuple[BankVerdict, ...] = ()
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    prober: str | None = None
    version: int = 0

    @property
    def state(self) -> BreakerState:
        """The state of the breaker."""
        if self.opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self.prober else BreakerState.OPEN


def mark_of(session_id: str) -> str:
    """Return what tells a session's verdicts from those of others."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:_DIGITS]


def health_key(institution: Institution | None) -> str | None:
    """Return the key of an institution's health; None if the institution is unknown."""
    key = key_of(institution) if institution else UNKNOWN_KEY
    return None if key == UNKNOWN_KEY else key


def has_bank_failed(verdict: Verdict) -> bool | None:
    """Whether a verdict shows that the bank fails; None if it says nothing about the bank.

    Throttling, a login that is in use, an unknown code and our own configuration say nothing.
    """
    if verdict.is_unknown:
        return None
    if verdict.outcome is Outcome.TRY_LATER and verdict.rule.owner is Owner.BANK:
        return True
    is_about_user = verdict.outcome is Outcome.REFUSED and verdict.rule.owner is Owner.USER
    return False if is_about_user or verdict.outcome in _WORKING else None
