"""The options of a read: how a caller writes them, and their values at Flinks."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from reconnect.model.frozen import frozen

_MOST_ACCOUNTS = 50
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class DaysOfTransactions(StrEnum):
    """How far back transactions are read, as Flinks names it [D GAD]."""

    DAYS_90 = "Days90"
    DAYS_365 = "Days365"


@frozen
class ReadOptions:
    """What to read for a login. `with_identity`: account numbers and holders; `accounts`: only these ids; empty: all.

    `summary_only`: no transactions, so `days_of_transactions` has no effect. Ids are case-insensitive.
    """

    summary_only: bool = False
    days_of_transactions: DaysOfTransactions = DaysOfTransactions.DAYS_90
    with_identity: bool = False
    accounts: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, Any] | None) -> "ReadOptions":
        """The options from a caller's object, which `validation_errors` has accepted."""
        given = {name: value for name, value in (options or {}).items() if value is not None}
        return cls(
            summary_only=given.get("summaryOnly", False),
            days_of_transactions=DaysOfTransactions(given.get("daysOfTransactions", DaysOfTransactions.DAYS_90)),
            with_identity=given.get("withIdentity", False),
            accounts=tuple(dict.fromkeys(account.lower() for account in given.get("accounts", ()))),
        )


DEFAULT_OPTIONS = ReadOptions()


def validation_errors(options: object) -> dict[str, str]:
    """Map each known field of a caller's `options` that is invalid to a sentence that says how to fix it."""
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        return {"options": 'must be an object such as {"daysOfTransactions": "Days365"}'}
    faults = {f"options.{name}": sentence for name, check in _CHECKS.items() if (sentence := check(options.get(name)))}
    if options.get("summaryOnly") is True and options.get("daysOfTransactions") is not None:
        faults["options.daysOfTransactions"] = "cannot be combined with summaryOnly"
    return faults


def unknown_options(options: object) -> dict[str, str]:
    """Map each field of a caller's `options` that we do not know to a sentence that names those that we do."""
    given = options.keys() if isinstance(options, Mapping) else set()
    return {f"options.{name}": f"unknown field; known are {', '.join(_CHECKS)}" for name in given - _CHECKS.keys()}


def _check_flag(value: object) -> str | None:
    return None if value is None or isinstance(value, bool) else "must be true or false"


def _check_days(value: object) -> str | None:
    is_known = value is None or (isinstance(value, str) and value in list(DaysOfTransactions))
    return None if is_known else f"must be one of {', '.join(DaysOfTransactions)}"


def _check_accounts(value: object) -> str | None:
    if value is None:
        return None
    sentence = f"must be a list of 1 to {_MOST_ACCOUNTS} different Flinks account ids"
    if not isinstance(value, list) or not all(isinstance(each, str) and GUID.fullmatch(each) for each in value):
        return sentence
    return None if 1 <= len(value) <= _MOST_ACCOUNTS and len(set(value)) == len(value) else sentence


_CHECKS = {
    "summaryOnly": _check_flag,
    "daysOfTransactions": _check_days,
    "withIdentity": _check_flag,
    "accounts": _check_accounts,
}
