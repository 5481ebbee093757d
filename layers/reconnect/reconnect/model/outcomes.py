"""What each Flinks reply means to us: one table from FlinksCode to outcome, owner and sentence.

Meanings follow Flinks' error-code pages, its help articles and the lists in public clients (docs/flinks-contract.md);
where these contradict each other, the row says which stance was taken. A code that the table lacks may belong to a
family.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from reconnect.model.failures import Owner
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.receipts import Account, Oddity


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


@frozen
class FlinksReply:
    """The parts of one Flinks reply that we use.

    `status` is the body's HttpStatusCode, or the HTTP status (kept beside it) where the body has none; `code` is the
    FlinksCode or ""; `last_refresh` is aware UTC, None if it is absent, unreadable or "never" (`is_never_refreshed`).
    `login_id` is the first LoginId in the reply, `other_login_ids` are those that differ from it. Only data replies
    have `accounts` (None if they are not a list), a `document` (the exact bytes of the body) and `warnings` (the number
    of oddities by kind).
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
    def bank(self) -> Institution:
        """What the reply says about the bank."""
        return Institution(self.institution_id, self.institution)

    @property
    def has_accounts(self) -> bool:
        """Whether it is a data reply, even if its accounts are unreadable."""
        return self.accounts is not None or Oddity.ACCOUNTS_UNREADABLE in self.warnings


@frozen
class Rule:
    """What one FlinksCode means. `max_retries`: further live attempts this session may make because of it."""

    outcome: Outcome
    owner: Owner
    sentence: str
    max_retries: int = 0


OK, CREATED, PENDING, MFA = 200, 201, 202, 203
DONE = frozenset({OK, CREATED})

_NOBODY, _USER, _BANK, _US = Owner.NOBODY, Owner.USER, Owner.BANK, Owner.US

RULES: dict[str, Rule] = {
    # Flinks' names for HTTP 200 and 201.
    "OK": Rule(Outcome.AUTHORIZED, _NOBODY, "fetching"),
    "CREATED": Rule(Outcome.AUTHORIZED, _NOBODY, "fetching"),
    "OPERATION_PENDING": Rule(Outcome.PENDING, _NOBODY, "working"),
    "OPERATION_DISPATCHED": Rule(Outcome.PENDING, _NOBODY, "working"),
    "ALREADY_AUTHORIZED": Rule(Outcome.AUTHORIZED, _NOBODY, "fetching"),
    # A condition of the data, not of the login: the freshness proof decides.
    "NO_TRANSACTION": Rule(Outcome.AUTHORIZED, _NOBODY, "fetching"),
    "QUESTION_NOT_FOUND": Rule(Outcome.MFA_REQUIRED, _USER, "answer_the_bank"),
    "INVALID_USERNAME": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    "INVALID_PASSWORD": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    # Refused credentials, or a LoginId that Flinks does not know: the stored data shows which, see UNKNOWN_LOGIN.
    "INVALID_LOGIN": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    "UNAUTHORIZED": Rule(Outcome.CREDENTIALS_REQUIRED, _USER, "sign_in_again"),
    "SESSION_NONEXISTENT": Rule(Outcome.ATTEMPT_GONE, _USER, "start_again"),
    "SESSION_EXPIRED": Rule(Outcome.ATTEMPT_GONE, _USER, "start_again"),
    # One Flinks page allows another answer, another page does not. Connect itself offers the retry where there is one,
    # so to us the attempt is over.
    "INVALID_SECURITY_RESPONSE": Rule(Outcome.ATTEMPT_GONE, _USER, "start_again"),
    "INVALID_SECURITY_RESPONSE_NO_RETRY": Rule(Outcome.ATTEMPT_GONE, _USER, "start_again"),
    "RETRY_LATER": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=3),
    "BANK_MAINTENANCE_RETRY_LATER": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=3),
    # As a help article spells it.
    "BANK_MAINTENENACE_RETRY_LATER": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=3),
    "DISABLED_INSTITUTION": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=1),
    "AGGREGATION_ERROR": Rule(Outcome.TRY_LATER, _BANK, "bank_unavailable", max_retries=1),
    "TOO_MANY_REQUESTS": Rule(Outcome.TRY_LATER, _NOBODY, "too_busy", max_retries=3),
    # From Flinks' own SDK: no browser was free, so the bank was not called.
    "NO_BROWSER_AVAILABLE": Rule(Outcome.TRY_LATER, _NOBODY, "too_busy", max_retries=1),
    "CONCURRENT_SESSION": Rule(Outcome.BUSY, _NOBODY, "too_busy", max_retries=1),
    "CARD_IN_USE": Rule(Outcome.BUSY, _NOBODY, "too_busy", max_retries=1),
    "DISABLED_LOGIN": Rule(Outcome.REFUSED, _USER, "call_the_bank"),
    "NEW_ACCOUNT": Rule(Outcome.REFUSED, _USER, "act_at_the_bank"),
    "ACCESS_DENIED": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "CUSTOMER_NOT_FOUND": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "INVALID_REQUEST": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "METHOD_NOT_AVAILABLE": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "UNKNOWN_CHALLENGE_KEY": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
    "SECURITYRESPONSES_INCOMPLETE": Rule(Outcome.MISCONFIGURED, _US, "our_fault"),
}

UNKNOWN_LOGIN = Rule(Outcome.REFUSED, _US, "unknown_login")

# An unknown code must not cause another live attempt, which could lock the account at the bank.
UNKNOWN_CODE = Rule(Outcome.REFUSED, _US, "our_fault")
# While the user is answering, the code may be about their answer, so they may try again by a click.
UNKNOWN_ANSWER = Rule(Outcome.ATTEMPT_GONE, _USER, "start_again")

# A code that is not in the table counts as the safest member of its family, the one that allows the fewest attempts.
# Families by prefix; each code of the table is a prefix too. INVALID is not a family: some INVALID codes are for the
# user to fix and some for us.
FAMILIES: dict[str, str] = {
    "SESSION": "SESSION_EXPIRED",
    "DISABLED": "DISABLED_LOGIN",
    "BANK_MAINTENANCE": "BANK_MAINTENANCE_RETRY_LATER",
    "MAINTENANCE": "BANK_MAINTENANCE_RETRY_LATER",
    **{code: code for code in RULES if code not in {"OK", "CREATED"}},
}
# Families by suffix.
_SUFFIXES: dict[str, str] = {"RETRY_LATER": "RETRY_LATER"}


@frozen
class Verdict:
    """The classification of one reply: the code to record, and its rule."""

    code: str
    rule: Rule

    @property
    def outcome(self) -> Outcome:
        """The outcome of the rule."""
        return self.rule.outcome

    @property
    def known_as(self) -> str | None:
        """The code of the table that this one equals or is treated as."""
        return known_as(self.code)

    @property
    def is_unknown(self) -> bool:
        """Whether the code is neither in the table nor in a family."""
        return self.rule is UNKNOWN_CODE or self.rule is UNKNOWN_ANSWER

    @property
    def says_nothing(self) -> bool:
        """Whether Flinks only throttled the call, so that the reply says nothing about what was asked."""
        return self.known_as == "TOO_MANY_REQUESTS"


WORKING = Verdict("OPERATION_PENDING", RULES["OPERATION_PENDING"])
AUTHORIZED = Verdict("AUTHORIZED", RULES["ALREADY_AUTHORIZED"])
# The data proves it, whatever Flinks says about the attempt.
DATA_REFRESHED = Verdict("DATA_REFRESHED", RULES["ALREADY_AUTHORIZED"])
CHALLENGED = Verdict("SECURITY_CHALLENGE", RULES["QUESTION_NOT_FOUND"])
SIGN_IN = Verdict("CREDENTIALS_REQUIRED", RULES["INVALID_PASSWORD"])

_BY_STATUS = {PENDING: WORKING, MFA: CHALLENGED, **dict.fromkeys(DONE, AUTHORIZED)}


def classify(reply: FlinksReply) -> Verdict:
    """Classify a reply."""
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status]
    return Verdict(reply.code or f"HTTP_{reply.status}", rule_for(reply.code) or UNKNOWN_CODE)


_ENDS_ATTEMPT = {
    Outcome.AUTHORIZED,
    Outcome.CREDENTIALS_REQUIRED,
    Outcome.TRY_LATER,
    Outcome.ATTEMPT_GONE,
    Outcome.REFUSED,
}


def ends_attempt(verdict: Verdict) -> bool:
    """Whether this reply to a poll of an attempt's own RequestId says that the attempt is over at the bank.

    A throttled poll, an unknown code or an unavailable status call says nothing about the attempt.
    """
    is_clear = not verdict.is_unknown and not verdict.says_nothing
    return is_clear and verdict.outcome in _ENDS_ATTEMPT


def rule_for(code: str) -> Rule | None:
    """The rule of a code or of its family; None if both are unknown."""
    known = known_as(code)
    return None if known is None else RULES[known]


def known_as(code: str) -> str | None:
    """The code of the table that equals `code`, or the safest member of its family; None if there is neither."""
    if code in RULES:
        return code
    prefixes = sorted(filter(code.startswith, FAMILIES), key=len)
    # The longest prefix is the most specific.
    members = [FAMILIES[prefix] for prefix in prefixes[-1:]]
    members += [member for suffix, member in _SUFFIXES.items() if code.endswith(suffix)]
    return min(members, key=lambda member: RULES[member].max_retries, default=None)
