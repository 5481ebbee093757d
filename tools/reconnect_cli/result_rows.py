"""The accounts and transactions of a result as flat rows with stable column names: a data team's two tables.

Every row of the document is a row here, whatever it holds. A value that a typed column cannot hold is null there and
is kept in `as_sent`: JSON of such fields by their path, or of the row itself if it is not an object.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from reconnect.adapters.flinks.fields import field, read_amount, read_day, read_moment
from reconnect_cli.json_text import Number, to_json

Row = dict[str, Any]

# Half of a character that JSON writes as two escapes. UTF-8 cannot encode it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

AS_SENT = "as_sent"

# Our column: Flinks' field, or the path to it. All are optional except the ids [D GAD, GAS].
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

# The columns of the files, in order.
ACCOUNT_COLUMNS = ("account_id", "login_id", "institution", *_TEXTS, *_AMOUNTS, "last_refresh", AS_SENT)
TRANSACTION_COLUMNS = (
    *("transaction_id", "account_id", *_TRANSACTION_TEXTS),
    *("date", *_TRANSACTION_AMOUNTS, AS_SENT),
)
AMOUNTS = (*_AMOUNTS, *_TRANSACTION_AMOUNTS)


class Result:
    """A result document, parsed once."""

    def __init__(self, document: bytes) -> None:
        body = json.loads(document, parse_float=Number, parse_int=Number, parse_constant=Number)
        self._body = body if isinstance(body, dict) else {}
        self._accounts = _rows_in(field(self._body, "Accounts"))

    def accounts(self) -> Iterator[Row]:
        """Yield one row per account; `last_refresh` (UTC) is its age, `transaction_count` is only for display."""
        shared = _Reader(self._body)
        common = {
            "login_id": shared.text("Login.Id"),
            "institution": _institution(self._body),
            "last_refresh": shared.read("Login.LastRefresh", read_moment),
        }
        for account in self._accounts:
            reader = _Reader(account)
            transactions = reader.value("Transactions")
            reader.note("Transactions", transactions, is_odd=not isinstance(transactions, list))
            yield {
                "account_id": reader.text("Id"),
                **common,
                **{column: reader.text(path) for column, path in _TEXTS.items()},
                **{column: reader.read(path, read_amount) for column, path in _AMOUNTS.items()},
                "transaction_count": len(_rows_in(transactions)),
                AS_SENT: reader.as_sent(shared.odd),
            }

    def transactions(self) -> Iterator[Row]:
        """Yield one row per transaction; `account_id` joins it to its account."""
        for account in self._accounts:
            account_id = _Reader(account).text("Id")
            for transaction in _rows_in(_Reader(account).value("Transactions")):
                reader = _Reader(transaction)
                yield {
                    "transaction_id": reader.text("Id"),
                    "account_id": account_id,
                    "date": reader.read("Date", read_day),
                    **{column: reader.text(path) for column, path in _TRANSACTION_TEXTS.items()},
                    **{column: reader.read(path, read_amount) for column, path in _TRANSACTION_AMOUNTS.items()},
                    AS_SENT: reader.as_sent({}),
                }


class _Reader:
    """Reads the columns of one record; `odd` collects the values that they cannot hold, by path."""

    def __init__(self, record: Any) -> None:
        self._record = record
        self.odd: dict[str, Any] = {}

    def value(self, path: str) -> Any:
        """Return the value at the end of a path of objects, or None."""
        values = self._walk(path)
        return values[0] if len(values) == 1 else None

    def text(self, path: str) -> str | None:
        """Return a text, a number's digits, or else JSON; from a list on the path, all elements are included, so that
        no holder of several is dropped.
        """
        values = [value for value in self._walk(path) if value is not None]
        return _text(values[0] if len(values) == 1 else values or None)

    def read(self, path: str, read: Any) -> Any:
        """Return `read(value)`; note a value from which it returns None."""
        value = self.value(path)
        found = None if value is None else read(value)
        self.note(path, value, is_odd=found is None)
        return found

    def note(self, path: str, value: Any, *, is_odd: bool) -> None:
        """Note a value that is odd."""
        if is_odd and value is not None:
            self.odd[path] = value

    def as_sent(self, shared: dict[str, Any]) -> str | None:
        """Return as JSON what could not be read in the record and in the fields shared by all records."""
        if not isinstance(self._record, dict):
            return _without_halves(to_json(self._record))
        odd = {**shared, **self.odd}
        return _without_halves(to_json(odd)) if odd else None

    def _walk(self, path: str) -> list[Any]:
        records, walked = [self._record], ""
        *way, last = path.split(".")
        for name in way:
            walked = f"{walked}.{name}".lstrip(".")
            values = [field(record, name) for record in records if isinstance(record, dict)]
            for value in values:
                self.note(walked, value, is_odd=not isinstance(value, dict))
            records = [each for value in values for each in (value if isinstance(value, list) else [value])]
        return [field(record, last) for record in records if isinstance(record, dict)]


def _rows_in(value: Any) -> list[Any]:
    """Return a list of rows; a value that is not a list gives no rows and is kept in `as_sent` or the document."""
    return value if isinstance(value, list) else []


def _institution(body: Any) -> str | None:
    named = field(body, "InstitutionName") or field(body, "Institution")
    name = field(named, "Name") if isinstance(named, dict) else None
    return _text(name if isinstance(name, str) else named)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return _without_halves(str(value) if isinstance(value, str) else to_json(value))


def _without_halves(text: str) -> str:
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
