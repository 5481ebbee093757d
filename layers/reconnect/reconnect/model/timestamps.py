"""Times as text."""

from datetime import datetime
from typing import overload

# In microseconds.
_MILLISECOND = 1000


@overload
def to_iso(at: datetime) -> str: ...
@overload
def to_iso(at: None) -> None: ...
@overload
def to_iso(at: datetime | None) -> str | None: ...
def to_iso(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC, to the millisecond if it has no microseconds; None stays None."""
    if at is None:
        return None
    is_short = at.microsecond and at.microsecond % _MILLISECOND == 0
    return at.isoformat(timespec="milliseconds" if is_short else "auto").replace("+00:00", "Z")


def to_millisecond(at: datetime) -> datetime:
    """The time without its microseconds beyond the millisecond. Records hold many times, and pay for each digit."""
    return at.replace(microsecond=at.microsecond - at.microsecond % _MILLISECOND)
