"""The format of the table's items: each says which one it is in, and a newer one than this version knows is left alone.

A field that may be absent needs no new format; `docs/data.md` says what does, and how a new one comes into use.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from reconnect.model.errors import RecordUnreadable

# What this version writes, and the newest that it reads. A new format is read one release before it is written, so that
# the release before can always read what stands there. Items of release 0.1.0 say nothing of their format: they are 0.
WRITTEN = 1
READ = 1

# Not `format`, which is a reserved word of DynamoDB's expressions.
_NAME = "fmt"

IS_KNOWN = f"(attribute_not_exists({_NAME}) OR {_NAME} <= :{_NAME})"
"""The condition under which an item may be written over, with KNOWN for its values."""

KNOWN = {_NAME: READ}

# What a record of another shape makes of our reading: fields missing, of another type, or out of range.
_MISREADINGS = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)


def in_format(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with the format in which this version writes it."""
    return {**item, _NAME: WRITTEN}


def check_format(item: Mapping[str, Any]) -> None:
    """Raise RecordUnreadable for an item of a newer format: what it means is not known here."""
    with reading(item):
        number = item.get(_NAME, 0)
        is_newer = number > READ
    if is_newer:
        raise RecordUnreadable(
            f"{_name_of(item)}: format {number} was written by a newer version, this one reads {READ}. The record is "
            "left as it is; deploy the newer version again"
        )


@contextmanager
def reading(item: Mapping[str, Any]) -> Iterator[None]:
    """Raise RecordUnreadable if an item has not the shape that it should have."""
    try:
        yield
    except _MISREADINGS as broken:
        raise RecordUnreadable(f"{_name_of(item)}: {type(broken).__name__}") from broken


def _name_of(item: Mapping[str, Any]) -> str:
    """A session's id; the keys of all else are made of something personal."""
    kind, _, name = str(item.get("pk", "")).partition("#")
    return name if kind == "SESSION" else f"a {kind.lower() or 'record'}"
