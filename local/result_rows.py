"""The accounts and transactions of a result as flat rows, under names that stay: a data team's two tables."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from reconnect.adapters.reply_fields import field

Row = dict[str, Any]

# Half of a character that JSON writes in two halves. No file in UTF-8 can hold it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# Our column: Flinks' field, or the path to it. All of them are optional but the ids [D GAD, GAS].
_TEXTS = {
    "title": "Title",
    "category": "Category",
    "type": "Type",
    "account_type": "AccountType",
    "currency": "Currency",
    "transit_number": "TransitNumber",
    "institution_number": "InstitutionNumber",
    "account_number": "AccountNumber",
    "last_four_digits": "LastFourDigits",
    "holder_name": "Holder.Name",
    "holder_email": "Holder.Email",
    "holder_phone_number": "Holder.PhoneNumber",
    "holder_civic_address": "Holder.Address.CivicAddress",
    "holder_city": "Holder.Address.City",
    "holder_province": "Holder.Address.Province",
    "holder_postal_code": "Holder.Address.PostalCode",
    "holder_po_box": "Holder.Address.POBox",
    "holder_country": "Holder.Address.Country",
}
_AMOUNTS = {
    "balance_current": "Balance.Current",
    "balance_available": "Balance.Available",
    "balance_limit": "Balance.Limit",
    "overdraft_limit": "OverdraftLimit",
}
_TRANSACTION_TEXTS = {"code": "Code", "description": "Description"}
_TRANSACTION_AMOUNTS = {"debit": "Debit", "credit": "Credit", "balance": "Balance"}

ACCOUNT_TEXTS = ("account_id", "login_id", "institution", *_TEXTS)
ACCOUNT_AMOUNTS = tuple(_AMOUNTS)
TRANSACTION_TEXTS = ("transaction_id", "account_id", *_TRANSACTION_TEXTS)
TRANSACTION_AMOUNTS = tuple(_TRANSACTION_AMOUNTS)


class Result:
    """One document, read once."""

    def __init__(self, document: bytes) -> None:
        self._body = json.loads(document, parse_float=Decimal)
        self._accounts = field(self._body, "Accounts") or []

    def accounts(self) -> Iterator[Row]:
        """One row an account; `last_refresh` (UTC) says how old it is, `transaction_count` is for people."""
        login = field(self._body, "Login") or {}
        about_all = {
            "login_id": _text(field(login, "Id")),
            "institution": _text(field(self._body, "InstitutionName") or field(self._body, "Institution")),
            "last_refresh": _moment(field(login, "LastRefresh")),
        }
        for account in self._accounts:
            yield {
                "account_id": _text(field(account, "Id")),
                **about_all,
                **{column: _text(_at(account, path)) for column, path in _TEXTS.items()},
                **{column: _amount(_at(account, path)) for column, path in _AMOUNTS.items()},
                "transaction_count": len(field(account, "Transactions") or []),
            }

    def transactions(self) -> Iterator[Row]:
        """One row a transaction; `account_id` joins it to its account."""
        for account in self._accounts:
            account_id = _text(field(account, "Id"))
            for transaction in field(account, "Transactions") or []:
                yield {
                    "transaction_id": _text(field(transaction, "Id")),
                    "account_id": account_id,
                    "date": _day(field(transaction, "Date")),
                    **{column: _text(_at(transaction, path)) for column, path in _TRANSACTION_TEXTS.items()},
                    **{column: _amount(_at(transaction, path)) for column, path in _TRANSACTION_AMOUNTS.items()},
                }


def _at(record: Any, path: str) -> Any:
    for name in path.split("."):
        record = field(record, name) if isinstance(record, dict) else None
    return record


def _text(value: Any) -> str | None:
    return None if value is None else _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(written: str) -> date:
    return datetime.fromisoformat(written).date()


def _moment(written: str | None) -> datetime | None:
    if not written:
        return None
    moment = datetime.fromisoformat(written)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
