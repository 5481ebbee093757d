"""The FlinksCapital users, how each behaves, and the faults a test can log in as."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

INSTITUTION = "FlinksCapital"
INSTITUTION_ID = 14
PASSWORD = "Everyday"  # noqa: S105 - Flinks prints it in its public sandbox guide [D TESTUSR]

ANSWERS = {
    "What city were you born in?": "Montreal",
    "What is the best country on earth?": "Canada",
    "What shape do people like most?": "Triangle",
}

_NAMESPACE = UUID("5f0c6b0e-3a53-4f43-8a4e-0f6f8c1d2b14")


class Fault(StrEnum):
    """A start call that goes wrong before any attempt exists."""

    SERVER_ERROR = "server_error"
    HTML_PAGE = "html_page"
    HANG = "hang"
    NOT_ACTIVATED = "not_activated"


@dataclass(frozen=True)
class Behaviour:
    """What the bank does with one user; the defaults are a user who is refreshed without a question."""

    asks: bool = False
    refusal: str | None = None
    data_pending: int = 0
    first_data_code: str = "OPERATION_PENDING"
    refreshes: bool = True
    fault: Fault | None = None


USERS = {
    "Greatday": Behaviour(asks=True),
    "greatday_nomfa": Behaviour(),
    "test_disabled_account": Behaviour(refusal="DISABLED_LOGIN"),
    "test_service_unavailable": Behaviour(refusal="RETRY_LATER"),
    "test_dispatched": Behaviour(data_pending=1, first_data_code="OPERATION_DISPATCHED"),
    "test_pending": Behaviour(data_pending=1),
}

FAULTS = {
    "sim_server_error": Behaviour(fault=Fault.SERVER_ERROR),
    "sim_html": Behaviour(fault=Fault.HTML_PAGE),
    "sim_hangs": Behaviour(fault=Fault.HANG),
    "sim_not_activated": Behaviour(fault=Fault.NOT_ACTIVATED),
    "sim_credentials": Behaviour(refusal="INVALID_PASSWORD"),
    "sim_stale": Behaviour(refreshes=False),
}

BEHAVIOURS = USERS | FAULTS

LOGINS: dict[str, str] = {username: str(uuid5(_NAMESPACE, username)) for username in BEHAVIOURS}
