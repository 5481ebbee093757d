"""Fields of Flinks' JSON, by name in any letter case (Flinks' own samples mix them), and the parsing of their values.

Nothing here raises: an unreadable value is None, and the caller may count it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

# Numbers as JSON and banks write them; Decimal itself also accepts 1_000 and other scripts' digits.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

# No bank writes longer amounts, and the formats of our exports end there: 38 digits, 18 of them decimals.
_MAX_DIGITS = 38
_TOO_LARGE = Decimal(10) ** 20

# .NET's year for no date.
_NEVER = 1


def field(record: Mapping[str, Any], name: str) -> Any:
    """The value under a name, or None."""
    if name in record:
        return record[name]
    return next((value for key, value in record.items() if key.casefold() == name.casefold()), None)


def has_field(record: Mapping[str, Any], name: str) -> bool:
    """Whether there is a value under a name, even null."""
    return name in record or any(key.casefold() == name.casefold() for key in record)


def text(record: Mapping[str, Any], name: str) -> str | None:
    """The value under a name if it is a non-empty text."""
    value = field(record, name)
    return value if isinstance(value, str) and value else None


def whole_number(record: Mapping[str, Any], name: str) -> int | None:
    """The value under a name if it is a whole number."""
    value = field(record, name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def read_id(value: object) -> str | None:
    """An id, which is a text, or a number as its digits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) or None


def read_amount(value: object) -> Decimal | None:
    """An amount, digit for digit as Flinks wrote it (see FlinksHttp): it was never a float."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        amount = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    if not amount.is_finite() or len(amount.as_tuple().digits) > _MAX_DIGITS or abs(amount.adjusted()) > _MAX_DIGITS:
        return None
    return amount if abs(amount) < _TOO_LARGE else None


def read_day(value: object) -> date | None:
    """A day; a time of day after it is ignored, because it is the bank's local time."""
    written = _read_iso(value)
    return None if written is None else written.date()


def read_moment(value: object) -> datetime | None:
    """A Flinks time: UTC, mostly without a zone suffix; None for year 1, which means never [D/T]."""
    written = _read_iso(value)
    if written is None or written.tzinfo is None:
        return written and written.replace(tzinfo=UTC)
    try:
        return written.astimezone(UTC)
    except OverflowError:
        return None


def is_never(value: object) -> bool:
    """Whether a Flinks time means never."""
    return isinstance(value, str) and value.startswith("0001-01-01")


def _read_iso(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        written = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if written.year == _NEVER else written
