"""Fields of Flinks' JSON by name, in any letter case: Flinks' own samples mix them."""

from collections.abc import Mapping
from typing import Any


def field(record: Mapping[str, Any], name: str) -> Any:
    """The value under a name, or None."""
    if name in record:
        return record[name]
    return next((value for key, value in record.items() if key.casefold() == name.casefold()), None)


def text(record: Mapping[str, Any], name: str) -> str | None:
    """The value under a name if it is a text with something in it."""
    value = field(record, name)
    return value if isinstance(value, str) and value else None


def whole_number(record: Mapping[str, Any], name: str) -> int | None:
    """The value under a name if it is a whole number."""
    value = field(record, name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
