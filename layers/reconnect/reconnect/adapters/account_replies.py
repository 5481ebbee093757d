"""The accounts of a Flinks reply: each checked to the last amount, and counted; their contents are not kept.

The document itself is stored as it came, so whoever reads it later must be able to rely on its shape.
"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from reconnect.adapters.reply_fields import field, text
from reconnect.domain.errors import AccountsInvalid
from reconnect.domain.receipts import Account

# No bank writes longer amounts, and the formats that our readers convert to end there.
_MAX_DIGITS = 38

# Which of them may be null differs by bank; that they are amounts does not [D GAD].
_BALANCES = ("Available", "Current", "Limit")
_TRANSACTION_AMOUNTS = ("Debit", "Credit", "Balance")


def read_accounts(accounts: object) -> tuple[Account, ...]:
    """Check and count the Accounts of a data reply; raise AccountsInvalid, which says what is wrong and not whose."""
    if not isinstance(accounts, list):
        raise AccountsInvalid("Accounts is not a list")
    read = tuple(_read_account(account) for account in accounts)
    if len({account.account_id.casefold() for account in read}) < len(read):
        raise AccountsInvalid("two accounts have the same Id")
    return read


def _read_account(account: Any) -> Account:
    if not isinstance(account, dict) or (account_id := text(account, "Id")) is None:
        raise AccountsInvalid("an account without an Id")
    _check_amounts(account, ("OverdraftLimit",))
    balance = field(account, "Balance")
    if balance is not None:
        if not isinstance(balance, dict):
            raise AccountsInvalid("a Balance that is no object")
        _check_amounts(balance, _BALANCES)
    transactions = field(account, "Transactions")
    if transactions is None:
        return Account(account_id)
    if not isinstance(transactions, list):
        raise AccountsInvalid("Transactions is not a list")
    # Years of transactions fall on few days, so each day is read once.
    days = [_read_day(day) for day in {_check_transaction(transaction) for transaction in transactions}]
    return Account(account_id, len(transactions), min(days, default=None), max(days, default=None))


def _check_transaction(transaction: Any) -> str:
    """The transaction's date as it is written."""
    if not isinstance(transaction, dict) or text(transaction, "Id") is None:
        raise AccountsInvalid("a transaction without an Id")
    _check_amounts(transaction, _TRANSACTION_AMOUNTS)
    day = text(transaction, "Date")
    if day is None:
        raise AccountsInvalid("a transaction without a Date")
    return day


def _read_day(written: str) -> date:
    try:
        # Flinks writes days; a time of day behind one would be no reason to refuse it.
        return datetime.fromisoformat(written).date()
    except ValueError:
        raise AccountsInvalid("a Date that is none") from None


def _check_amounts(record: dict[str, Any], names: tuple[str, ...]) -> None:
    """Money is a number as Flinks wrote it, digit for digit (see FlinksHttp): it never passed through a float."""
    for name in names:
        value = field(record, name)
        if value is not None and not _is_amount(value):
            raise AccountsInvalid(f"{name} is not an amount")


def _is_amount(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return False
    return amount.is_finite() and len(amount.as_tuple().digits) <= _MAX_DIGITS and abs(amount.adjusted()) <= _MAX_DIGITS
