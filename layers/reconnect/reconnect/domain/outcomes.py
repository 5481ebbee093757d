"""What each Flinks reply means to us: one table from FlinksCode to outcome, owner and sentence.

Meanings follow Flinks' error-code pages; where these contradict each other, the row says which stance was taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconnect.domain.receipts import Account, Oddity
from reconnect.domain.session import Owner


class Outcome(StrEnum):
    """The nine things a Flinks reply can mean."""

    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    MFA_REQUIRED = "MFA_REQUIRED"
    CREDENTIALS_REQUIRED = "CREDENTIALS_REQUIRED"
    TRY_LATER = "TRY_LATER"
    BUSY = "BUSY"
    ATTEMPT_GONE = "ATTEMPT_GONE"
    REFUSED = "REFUSED"
    MISCONFIGURED = "MISCONFIGURED"


@dataclass(frozen=True, slots=True)
class FlinksReply:
    """One Flinks reply as far as it matters to us.

    `status` is the body's HttpStatusCode, or the HTTP status (kept beside it) where the body has none; `code` is the
    FlinksCode or ""; `last_refresh` is aware UTC, None where Flinks does not say it, nobody can read it, or it says
    never (`is_never_refreshed`). `login_id` is whose reply it says it is, `other_login_ids` what it says elsewhere.
    Only data replies have `accounts`, None if they are no list; their `document`, the body to the byte; and `warnings`,
    how many oddities of each kind it has.
    """

    status: int
    http_status: int | None = None
    code: str = ""
    request_id: str | None = None
    last_refresh: datetime | None = None
    is_never_refreshed: bool = False
    login_id: str | None = None
    other_login_ids: tuple[str, ...] = ()
    institution_id: int | None = None
    institution: str | None = None
    accounts: tuple[Account, ...] | None = None
    document: bytes | None = field(default=None, repr=False)
    warnings: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_accounts(self) -> bool:
        """Whether it is a data reply, if only with accounts that nobody can read."""
        return self.accounts is not None or Oddity.ACCOUNTS_UNREADABLE in self.warnings


@dataclass(frozen=True, slots=True)
class Rule:
    """What one FlinksCode means. `max_retries`: further live attempts this session may make because of it."""

    outcome: Outcome
    owner: Owner
    sentence: str
    max_retries: int = 0


OK, MFA, PENDING = 200, 203, 202

_NOBODY, _USER, _BANK, _US = Owner.NOBODY, Owner.USER, Owner.BANK, Owner.US

RULES: dict[str, Rule] = {
    "OPERATION_PENDING": Rule(Outcome.PENDING, _NOBODY, "working"),
    "OPERATION_DISPATCHED": Rule(Outcome.PENDING, _NOBODY, "working"),
    "ALREADY_AUTHORIZED": Rule(Outcome.AUTHORIZED, _NOBODY, "fetching"),
    # A condition of the data, not of the login: the freshness proof decides.
    "NO_TRANSACTION": Rule(Outcome.AUTHORIZED, _NOBODY, "fetching"),
    "QUESTION_NOT_FOUND": Rule(Outcome.MFA_REQUIRED, _USER, "answer_the_bank"),
    "INVALID_USERNAME": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    "INVALID_PASSWORD": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    # Refused credentials, or a LoginId that Flinks does not know: the stored data tells which, see UNKNOWN_LOGIN.
    "INVALID_LOGIN": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    "UNAUTHORIZED": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    "SESSION_NONEXISTENT": Rule(Outcome.ATTEMPT_GONE, _USER, "start_again"),
    "SESSION_EXPIRED": Rule(Outcome.ATTEMPT_GONE, _USER, "start_again"),
    # One Flinks page allows a new answer, another does not: Connect shows the retry where there is one,
    # so to us the attempt is over.
    "INVALID_SECURITY_RESPONSE": Rule(Outcome.ATTEMPT_GONE, _USER, "start_again"),
    "RETRY_LATER": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=3),
    "BANK_MAINTENANCE_RETRY_LATER": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=3),
    "DISABLED_INSTITUTION": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=1),
    "AGGREGATION_ERROR": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=1),
    "TOO_MANY_REQUESTS": Rule(Outcome.TRY_LATER, _NOBODY, "too_busy", max_retries=3),
    "CONCURRENT_SESSION": Rule(Outcome.BUSY, _NOBODY, "too_busy", max_retries=1),
    "CARD_IN_USE": Rule(Outcome.BUSY, _NOBODY, "too_busy", max_retries=1),
    "DISABLED_LOGIN": Rule(Outcome.REFUSED, _USER, "call_the_bank"),
    "NEW_ACCOUNT": Rule(Outcome.REFUSED, _USER, "act_at_the_bank"),
    "ACCESS_DENIED": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "INVALID_REQUEST": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "METHOD_NOT_AVAILABLE": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "UNKNOWN_CHALLENGE_KEY": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "SECURITYRESPONSES_INCOMPLETE": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
}

UNKNOWN_LOGIN = Rule(Outcome.REFUSED, _US, "unknown_login")

# A code we do not know must not cause another live attempt, which could lock the account at the bank.
UNKNOWN_CODE = Rule(Outcome.REFUSED, _US, "our_fault")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What we make of one reply: the code to record, and the rule it falls under."""

    code: str
    rule: Rule

    @property
    def outcome(self) -> Outcome:
        """The outcome of the rule."""
        return self.rule.outcome

    @property
    def is_unknown(self) -> bool:
        """Whether Flinks used a code that the table does not have."""
        return self.rule is UNKNOWN_CODE


WORKING = Verdict("OPERATION_PENDING", RULES["OPERATION_PENDING"])
AUTHORIZED = Verdict("AUTHORIZED", RULES["ALREADY_AUTHORIZED"])
# Proved by the data, whatever Flinks says of the attempt.
DATA_REFRESHED = Verdict("DATA_REFRESHED", RULES["ALREADY_AUTHORIZED"])
CHALLENGED = Verdict("SECURITY_CHALLENGE", RULES["QUESTION_NOT_FOUND"])

_BY_STATUS = {PENDING: WORKING, OK: AUTHORIZED, MFA: CHALLENGED}


def classify(reply: FlinksReply) -> Verdict:
    """Say what a reply means."""
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status]
    return Verdict(reply.code or f"HTTP_{reply.status}", RULES.get(reply.code, UNKNOWN_CODE))


_ENDS_ATTEMPT = {
    Outcome.AUTHORIZED,
    Outcome.CREDENTIALS_REQUIRED,
    Outcome.TRY_LATER,
    Outcome.ATTEMPT_GONE,
    Outcome.REFUSED,
}


def ends_attempt(verdict: Verdict) -> bool:
    """Whether Flinks, asked about an attempt's own RequestId, says that nothing of it is open at the bank any more.

    A throttled poll, an unknown code and a status call that is not there say nothing of the attempt.
    """
    is_clear = not verdict.is_unknown and verdict.code != "TOO_MANY_REQUESTS"
    return is_clear and verdict.outcome in _ENDS_ATTEMPT
