"""The format number of the table's items. An item in a newer format than this version knows is left untouched.

An optional field needs no new format; `docs/data.md` says what does, and how to introduce one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from reconnect.model.errors import RecordUnreadable

# The format that this version writes, and the newest that it reads. A new format is read one release before it is
# written, so that a rollback by one release can read all items. Items of release 0.1.0 have no number: they count as 0.
WRITTEN = 1
READ = 1

# Not `format`, which is a reserved word in DynamoDB's expressions.
_NAME = "fmt"

IS_KNOWN = f"(attribute_not_exists({_NAME}) OR {_NAME} <= :{_NAME})"
"""The condition under which an item may be overwritten; KNOWN has its values."""

KNOWN = {_NAME: READ}

# The exceptions that reading a malformed record raises: fields are missing, of another type, or out of range.
_MISREADINGS = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)


def in_format(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item with the number of the format that this version writes."""
    return {**item, _NAME: WRITTEN}


def check_format(item: Mapping[str, Any]) -> None:
    """Raise RecordUnreadable for an item in a newer format."""
    with reading(item):
        number = item.get(_NAME, 0)
        is_newer = number > READ
    if is_newer:
        raise RecordUnreadable(
            f"{_name_of(item)}: format {number} was written by a newer version, this one reads {READ}. The record is "
            "left untouched; deploy the newer version again"
        )


@contextmanager
def reading(item: Mapping[str, Any]) -> Iterator[None]:
    """Raise RecordUnreadable if the item is malformed."""
    try:
        yield
    except _MISREADINGS as broken:
        raise RecordUnreadable(f"{_name_of(item)}: {type(broken).__name__}") from broken


def _name_of(item: Mapping[str, Any]) -> str:
    """A session's id, or the kind of any other record: other keys are derived from personal data."""
    kind, _, name = str(item.get("pk", "")).partition("#")
    return name if kind == "SESSION" else f"a {kind.lower() or 'record'}"
