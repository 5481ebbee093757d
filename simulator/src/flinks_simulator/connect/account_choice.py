"""The accounts that the user can choose in Connect, and those that count as chosen."""

from dataclasses import dataclass
from typing import Any

from flinks_simulator import replies
from flinks_simulator.connect.parameters import Parameters
from flinks_simulator.records import Attempt, Part

_OPERATIONS = "Operations"
_SHOWN_DIGITS = 4


@dataclass(frozen=True)
class AccountOption:
    """One account as the selector shows it."""

    id: str
    title: str
    ending: str
    balance: str


def make_options(parameters: Parameters, attempt: Attempt) -> tuple[list[AccountOption], int]:
    """Return the accounts to show and the number of all; by default only operations accounts are shown [D]."""
    accounts = _read_accounts(attempt)
    shown = [each for each in accounts if parameters.shows_all_accounts or each["Category"] == _OPERATIONS]
    return [_make_option(parameters.language, each) for each in shown], len(accounts)


def selected_ids(parameters: Parameters, attempt: Attempt) -> tuple[str, ...]:
    """Return the accounts chosen on this visit or, to skip the selector, in an earlier session [D REC-new].

    Ids that the login does not have are left out; no public source says what Flinks does with them.
    """
    wanted = parameters.chosen_ids or parameters.resumed_ids
    if not wanted:
        return ()
    known = {each["Id"] for each in _read_accounts(attempt)}
    return tuple(each for each in wanted if each in known)


def _read_accounts(attempt: Attempt) -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = replies.accounts(attempt.request_id, attempt.login, Part.SUMMARY)["Accounts"]
    return accounts


def _make_option(language: str, account: dict[str, Any]) -> AccountOption:
    return AccountOption(
        id=account["Id"],
        title=account["Title"],
        ending=account["AccountNumber"][-_SHOWN_DIGITS:],
        balance=_write_amount(language, account["Balance"]["Current"]),
    )


def _write_amount(language: str, amount: float) -> str:
    """Format dollars as Canadians do in this language."""
    english = f"{amount:,.2f}"
    return english.replace(",", "\u00a0").replace(".", ",") + "\u00a0$" if language == "fr" else f"${english}"
