"""Values of the table's items: moments as text or seconds, and absent rather than null."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def epoch(at: datetime) -> int:
    """A moment in whole seconds, as TTL and index want it."""
    return int(at.timestamp())


def write_time(at: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def read_time(text: str | None) -> datetime | None:
    """The moment that `write_time` wrote."""
    return datetime.fromisoformat(text) if text else None


def without_none(item: Mapping[str, Any]) -> dict[str, Any]:
    """Absent rather than null."""
    return {name: value for name, value in item.items() if value is not None}
