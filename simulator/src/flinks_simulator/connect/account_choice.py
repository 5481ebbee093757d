"""Which accounts the user can choose in Connect, and which ones count as chosen."""

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
    """List what to show, and count all there is; only operations accounts are shown unless all are asked for [D]."""
    accounts = _read_accounts(attempt)
    shown = [each for each in accounts if parameters.shows_all_accounts or each["Category"] == _OPERATIONS]
    return [_make_option(parameters.language, each) for each in shown], len(accounts)


def selected_ids(parameters: Parameters, attempt: Attempt) -> tuple[str, ...]:
    """Name the accounts chosen on this visit or, to skip the selector, in an earlier session [D REC-new].

    Ids that the login does not have are left out; what Flinks does with them is in no public source.
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
    """Write dollars as Canadians do in this language."""
    english = f"{amount:,.2f}"
    return english.replace(",", "\u00a0").replace(".", ",") + "\u00a0$" if language == "fr" else f"${english}"
