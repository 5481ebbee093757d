"""Times as text."""

from datetime import datetime
from typing import overload


@overload
def to_iso(at: datetime) -> str: ...
@overload
def to_iso(at: None) -> None: ...
@overload
def to_iso(at: datetime | None) -> str | None: ...
def to_iso(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC; None stays None."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
