"""Whether a reading has what was asked for: fresh and complete are two facts, and both are told.

Accounts may come before their transactions, and the list of accounts before its accounts: what may still come is polled
for a while. What is not there in the end is counted.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.receipts import Account, Missing, fingerprint, fingerprints
from reconnect.model.session import Session

# Two days less than what Flinks hands out, for the bank's day and ours may differ.
_WINDOWS = {DaysOfTransactions.DAYS_90: timedelta(days=88), DaysOfTransactions.DAYS_365: timedelta(days=363)}


@dataclass(frozen=True, slots=True)
class Completeness:
    """What of a reading is `missing`, by `Missing`, and whether some of it may come if it is polled again."""

    missing: Mapping[str, int]
    may_come: bool


def judge_completeness(
    accounts: Collection[Account] | None, session: Session, asked: ReadOptions, today: date
) -> Completeness:
    """Hold what was read against what was `asked`, and against the login's last success; None: no list of accounts."""
    if accounts is None:
        return Completeness({Missing.ACCOUNTS_UNREADABLE: 1}, may_come=True)
    absent = fingerprints(asked.accounts) - fingerprints(ids_of(accounts))
    silent = 0 if asked.summary_only else sum(1 for _ in _silent(accounts, session.newest_days, asked, today))
    found = {Missing.ACCOUNTS_NOT_FOUND: len(absent), Missing.NO_TRANSACTIONS: silent}
    # An account that was missing the last time too is not waited for: it may be closed for good.
    was_there = absent if session.known_accounts is None else absent & session.known_accounts
    return Completeness(
        {kind: count for kind, count in found.items() if count}, may_come=not accounts or bool(was_there or silent)
    )


def remember_days(
    newest_days: Mapping[str, date], accounts: Collection[Account], known: Collection[str], today: date
) -> dict[str, date]:
    """The day of the newest transaction that each known account was ever seen with, by its fingerprint."""
    # A date in the future, which some banks write, would be waited for too long.
    read = {
        fingerprint(account.account_id): min(account.last_date, today)
        for account in accounts
        if account.account_id is not None and account.last_date is not None
    }
    return {account: day for account, day in {**newest_days, **read}.items() if account in known}


def ids_of(accounts: Collection[Account]) -> list[str]:
    """The ids that can be read."""
    return [account.account_id for account in accounts if account.account_id is not None]


def _silent(
    accounts: Collection[Account], newest_days: Mapping[str, date], asked: ReadOptions, today: date
) -> Iterator[Account]:
    """The accounts without transactions that nothing explains.

    One that was seen with a transaction which is not older than what was asked for must have at least that one; if
    that is older, the account explains itself. Of the others nothing is known: they may truly have none, unless no
    account at all has any.
    """
    is_all_silent = not any(account.transaction_count for account in accounts)
    for account in accounts:
        if account.transaction_count:
            continue
        newest = newest_days.get(fingerprint(account.account_id)) if account.account_id is not None else None
        if is_all_silent if newest is None else today - newest < _WINDOWS[asked.days_of_transactions]:
            yield account
