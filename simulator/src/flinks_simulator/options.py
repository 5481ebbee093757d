"""The options of a data call, read from its body and kept with its RequestId for the Async call that follows."""

from dataclasses import dataclass
from typing import Any

from flinks_simulator.data import LONG_HISTORY, SHORT_HISTORY
from flinks_simulator.errors import BankError

Fields = dict[str, Any]

DAYS = {"Days90": SHORT_HISTORY, "Days365": LONG_HISTORY}
MONTHS = {"MostRecent": 1, "Months3": 3, "Months12": 12}
_DEFAULT_DAYS = "Days90"
_DEFAULT_MONTHS = "Months3"


@dataclass(frozen=True)
class Options:
    """The options; the defaults apply to a body with only a RequestId: everything, for 90 days [D GAD; the rest I]."""

    identity: bool = True
    holder: bool = True
    transactions: bool = True
    balance: bool = True
    days: int = SHORT_HISTORY
    account_ids: tuple[str, ...] | None = None
    statements: bool = False
    months: int = MONTHS[_DEFAULT_MONTHS]


def read_detail_options(fields: Fields) -> Options:
    """Read the options of GetAccountsDetail [D GAD]; those of older clients are accepted and ignored [T]."""
    return Options(
        identity=read_flag(fields, "withaccountidentity", default=True),
        holder=read_flag(fields, "withkyc", default=True),
        transactions=read_flag(fields, "withtransactions", default=True),
        balance=read_flag(fields, "withbalance", default=True),
        days=_read_choice(fields, "daysoftransactions", DAYS, _DEFAULT_DAYS),
        account_ids=_read_accounts_filter(fields),
        statements=read_flag(fields, "withdetailsandbankingstatements", default=False),
        months=_read_choice(fields, "numberofbankingstatements", MONTHS, _DEFAULT_MONTHS),
    )


def read_summary_options(fields: Fields) -> Options:
    """Read the options of GetAccountsSummary [D GAS]."""
    return Options(
        identity=read_flag(fields, "withaccountidentity", default=True),
        balance=read_flag(fields, "withbalance", default=True),
    )


def read_statement_options(fields: Fields) -> Options:
    """Read the options of GetStatements [T]; the months are those of Connect's monthsOfStatements [D]."""
    return Options(
        account_ids=_read_accounts_filter(fields),
        months=_read_choice(fields, "numberofstatements", MONTHS, _DEFAULT_MONTHS),
    )


def read_text(fields: Fields, name: str) -> str:
    """Read a required text."""
    text = read_optional_text(fields, name)
    if not text:
        raise BankError("INVALID_REQUEST", message=f"{name} is missing")
    return text


def read_optional_text(fields: Fields, name: str) -> str | None:
    """Read a text that may be absent or null."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise BankError("INVALID_REQUEST", message=f"{name} must be a text")
    return value


def read_flag(fields: Fields, name: str, *, default: bool) -> bool:
    """Read a boolean that may be absent or null."""
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BankError("INVALID_REQUEST", message=f"{name} must be true or false")
    return value


def _read_choice(fields: Fields, name: str, choices: dict[str, int], default: str) -> int:
    text = read_optional_text(fields, name) or default
    if text not in choices:
        raise BankError("INVALID_REQUEST", message=f"{name} must be one of {', '.join(choices)}")
    return choices[text]


def _read_accounts_filter(fields: Fields) -> tuple[str, ...] | None:
    """Read the list of account ids; an empty list filters nothing [I]."""
    value = fields.get("accountsfilter")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BankError("INVALID_REQUEST", message="accountsfilter must be a list of account ids")
    return tuple(value) or None
