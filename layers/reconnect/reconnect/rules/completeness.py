"""Whether a reading has what was asked for: fresh and complete are two facts, and both are reported.

Accounts may come before their transactions, and the list of accounts before its accounts. What may still come is polled
for a while; what is missing in the end is counted.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from reconnect.model.frozen import frozen
from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.receipts import Account, Missing, fingerprint, fingerprints
from reconnect.model.session import Session

# Two days less than what Flinks returns, because the bank's day and ours may differ.
_WINDOWS = {DaysOfTransactions.DAYS_90: timedelta(days=88), DaysOfTransactions.DAYS_365: timedelta(days=363)}


@frozen
class Completeness:
    """The counts of what a reading lacks, by `Missing`, and whether some of it may come with another poll."""

    missing: Mapping[str, int]
    may_come: bool


def judge_completeness(
    accounts: Collection[Account] | None, session: Session, asked: ReadOptions, today: date
) -> Completeness:
    """Compare what was read with what was `asked`, and with the login's last success; None: no list of accounts."""
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
    """Return the day of the newest transaction ever read for each known account, by its fingerprint."""
    # Some banks send dates in the future, which would be waited for too long.
    read = {
        fingerprint(account.account_id): min(account.last_date, today)
        for account in accounts
        if account.account_id is not None and account.last_date is not None
    }
    return {account: day for account, day in {**newest_days, **read}.items() if account in known}


def ids_of(accounts: Collection[Account]) -> list[str]:
    """Return the ids that are readable."""
    return [account.account_id for account in accounts if account.account_id is not None]


def _silent(
    accounts: Collection[Account], newest_days: Mapping[str, date], asked: ReadOptions, today: date
) -> Iterator[Account]:
    """Yield the accounts that should have transactions and have none.

    An account whose newest known transaction lies within the requested days must have at least that one; if it is
    older, an empty list is right. An account without known transactions may truly have none, unless no account has any.
    """
    is_all_silent = not any(account.transaction_count for account in accounts)
    for account in accounts:
        if account.transaction_count:
            continue
        newest = newest_days.get(fingerprint(account.account_id)) if account.account_id is not None else None
        if is_all_silent if newest is None else today - newest < _WINDOWS[asked.days_of_transactions]:
            yield account
