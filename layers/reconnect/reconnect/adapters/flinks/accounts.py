"""Count the accounts of a Flinks reply, and its oddities by kind; their contents are not kept.

An unreadable row never makes a read fail: the document is stored byte for byte as it came.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from reconnect.adapters.flinks.fields import field, read_amount, read_day, read_id, text
from reconnect.model.receipts import Account, Oddity

# Any of them may be null, depending on the bank [D GAD].
_BALANCES = ("Available", "Current", "Limit")
_TRANSACTION_AMOUNTS = ("Debit", "Credit", "Balance")


class AccountReader:
    """Read the accounts of one reply; `oddities` counts unreadable parts by kind."""

    def __init__(self) -> None:
        self.oddities: Counter[str] = Counter()
        self._ids: set[str] = set()
        # Years of transactions share few days, so each day is parsed once.
        self._days: dict[str, date | None] = {}

    def read(self, accounts: object) -> tuple[Account, ...] | None:
        """Return one Account per row, even for an unreadable row; None if `accounts` is not a list."""
        if not isinstance(accounts, list):
            self.oddities[Oddity.ACCOUNTS_UNREADABLE] += 1
            return None
        return tuple(self._read_account(account) for account in accounts)

    def _read_account(self, account: Any) -> Account:
        if not isinstance(account, dict):
            self.oddities[Oddity.ACCOUNT_UNREADABLE] += 1
            return Account(None)
        self._count_amounts(account, ("OverdraftLimit",))
        balance = field(account, "Balance")
        if isinstance(balance, dict):
            self._count_amounts(balance, _BALANCES)
        elif balance is not None:
            self.oddities[Oddity.BALANCE_UNREADABLE] += 1
        account_id = self._read_id(account)
        transactions = field(account, "Transactions")
        if not isinstance(transactions, list):
            self.oddities[Oddity.TRANSACTIONS_UNREADABLE] += transactions is not None
            return Account(account_id)
        days = {self._read_transaction(transaction) for transaction in transactions}
        return Account(account_id, len(transactions), *_first_and_last(day for day in days if day))

    def _read_id(self, account: dict[str, Any]) -> str | None:
        account_id = read_id(field(account, "Id"))
        if account_id is None:
            self.oddities[Oddity.ACCOUNT_WITHOUT_ID] += 1
            return None
        self.oddities[Oddity.ACCOUNT_REPEATED] += account_id.casefold() in self._ids
        self._ids.add(account_id.casefold())
        return account_id

    def _read_transaction(self, transaction: Any) -> date | None:
        if not isinstance(transaction, dict):
            self.oddities[Oddity.TRANSACTION_UNREADABLE] += 1
            return None
        if read_id(field(transaction, "Id")) is None:
            self.oddities[Oddity.TRANSACTION_WITHOUT_ID] += 1
        self._count_amounts(transaction, _TRANSACTION_AMOUNTS)
        written = text(transaction, "Date") or ""
        if written not in self._days:
            self._days[written] = read_day(written)
        day = self._days[written]
        if day is None:
            self.oddities[Oddity.DATE_UNREADABLE] += 1
        return day

    def _count_amounts(self, record: dict[str, Any], names: tuple[str, ...]) -> None:
        for name in names:
            value = field(record, name)
            if value is not None and read_amount(value) is None:
                self.oddities[Oddity.AMOUNT_UNREADABLE] += 1


def _first_and_last(days: Iterable[date]) -> tuple[date | None, date | None]:
    known = sorted(days)
    return (known[0], known[-1]) if known else (None, None)
