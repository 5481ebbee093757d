"""The behaviour of a login; a scenario is a named behaviour, and the FlinksCapital users are scenarios."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

INSTITUTION = "FlinksCapital"
INSTITUTION_ID = 14
# Logins are at the test bank unless they are added at another one.
INSTITUTIONS = {
    INSTITUTION_ID: INSTITUTION,
    **{2: "MapleBank", 3: "HarbourBank", 4: "PrairieBank", 5: "SummitBank", 6: "RiverBank"},
}
PASSWORD = "Everyday"  # noqa: S105 - Flinks prints it in its public sandbox guide [D TESTUSR]

ANSWERS = {
    "What city were you born in?": "Montreal",
    "What is the best country on earth?": "Canada",
    "What shape do people like most?": "Triangle",
}
CHOICE_PROMPT = "Where did you last pay with your card?"
CHOICES = ("IGA EXTRA 8041", "PHARMAPRIX", "SAQ SELECTION")
CHOICE_ANSWER = "PHARMAPRIX"
# What the bank's own sign-in page, which Connect opens for an OAuth bank, passes on.
CONSENT = "approve"
OAUTH_PROMPT = "Sign in on the site of your bank."

_NAMESPACE = UUID("5f0c6b0e-3a53-4f43-8a4e-0f6f8c1d2b14")


class Challenge(StrEnum):
    """What the bank asks the user for."""

    QUESTION = "question"
    CHOICES = "choices"
    OAUTH = "oauth"


class Redirect(StrEnum):
    """What happens to the browser's redirect to the integrator after success."""

    NORMAL = "normal"
    LOST = "lost"
    LATE = "late"
    TWICE = "twice"
    FORGED = "forged"


class FaultKind(StrEnum):
    """What goes wrong with a call; the first group replaces the call, the second damages its reply."""

    ACCESS_DENIED = "access_denied"
    HANG = "hang"
    HTML_502 = "html_502"
    NOT_ACTIVATED = "not_activated"
    SERVER_ERROR = "server_error"
    THROTTLED = "throttled"
    UNKNOWN_CODE = "unknown_code"

    ACCOUNTS_TWICE = "accounts_twice"
    NO_BODY = "no_body"
    OTHER_CASE = "other_case"
    REMOVE = "remove"
    REPLACE = "replace"
    RESET = "reset"
    SLOW_DRIP = "slow_drip"
    TRUNCATED_JSON = "truncated_json"


@dataclass(frozen=True)
class Fault:
    """A call, named as in the journal, that fails `times` times (None: always) after `after` calls went well.

    `path` names the fields that REMOVE deletes from the reply and REPLACE sets to `value`, such as
    Accounts.0.Transactions.*.Date; a reply without them does not change.
    """

    call: str
    kind: FaultKind
    times: int | None = None
    after: int = 0
    path: str = ""
    value: Any = None

    def hits(self, number: int) -> bool:
        """Whether the call with this number, counted from 1, goes wrong."""
        return number > self.after and (self.times is None or number <= self.after + self.times)


@dataclass
class PlannedFault:
    """A fault and how many of its calls were made already."""

    fault: Fault
    seen: int = 0

    def is_due(self, action: str) -> bool:
        """Count this call and return whether it goes wrong."""
        if action != self.fault.call:
            return False
        self.seen += 1
        return self.fault.hits(self.seen)


@dataclass(frozen=True)
class Behaviour:
    """What the bank, Flinks and the browser do with one login; the defaults refresh without a question.

    `polls`: the number of 202 replies before the verdict, `pending_seconds`: how long it takes at least (None: as in
    the settings). `data_pending` replies and `data_pending_seconds` come on top of the settings. `wrong_answers`: how
    many wrong answers may be retried (None: any number). `refusal`: the verdict's FlinksCode. Signing in again cures
    INVALID_PASSWORD and `credentials_gone`. `held_elsewhere`: at the first start, an attempt from elsewhere holds the
    login until it has been idle for 8 minutes. `stuck_requests`: the data of the first so many RequestIds is never
    ready. `late_accounts`: how many detail replies list no accounts; `late_transactions`: how many more then list no
    transactions. `opens_windows`: whether the browser lets Connect open the window of an OAuth bank.
    """

    asks: bool = False
    challenge: Challenge = Challenge.QUESTION
    wrong_answers: int | None = None
    polls: int | None = None
    pending_seconds: float | None = None
    refusal: str | None = None
    refreshes: bool = True
    data_pending: int = 0
    data_pending_seconds: float = 0
    stuck_requests: int = 0
    late_accounts: int = 0
    late_transactions: int = 0
    first_data_code: str = "OPERATION_PENDING"
    accounts: int | None = None
    transactions: int | None = None
    credentials_gone: bool = False
    new_login_id_on_sign_in: bool = False
    held_elsewhere: bool = False
    opens_windows: bool = True
    redirect: Redirect = Redirect.NORMAL
    redirect_delay_minutes: int = 15
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A named behaviour; the name is also a username."""

    name: str
    description: str
    behaviour: Behaviour


USERS = {
    each.name: each
    for each in (
        Scenario("Greatday", "FlinksCapital: one of three questions, then fresh data", Behaviour(asks=True)),
        Scenario("greatday_nomfa", "FlinksCapital: fresh data without a question", Behaviour()),
        Scenario(
            "test_disabled_account", "FlinksCapital: the bank disabled the login", Behaviour(refusal="DISABLED_LOGIN")
        ),
        Scenario(
            "test_service_unavailable", "FlinksCapital: the bank cannot be reached", Behaviour(refusal="RETRY_LATER")
        ),
        Scenario(
            "test_dispatched",
            "FlinksCapital: data calls answer OPERATION_DISPATCHED first",
            Behaviour(data_pending=1, first_data_code="OPERATION_DISPATCHED"),
        ),
        Scenario("test_pending", "FlinksCapital: data calls answer OPERATION_PENDING first", Behaviour(data_pending=1)),
    )
}


def ready_login_id(name: str) -> str:
    """Return the LoginId of a scenario's ready-made login, the same in every run."""
    return str(uuid5(_NAMESPACE, name))


LOGINS: dict[str, str] = {name: ready_login_id(name) for name in USERS}
