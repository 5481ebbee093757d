"""Values of the table's items: times as text or numbers, and absent rather than null."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime.fromtimestamp(0, UTC)


def epoch(at: datetime) -> int:
    """A time in whole seconds since 1970, as TTL needs it."""
    return int(at.timestamp())


def read_time(text: str | None) -> datetime | None:
    """The time that `to_iso` wrote."""
    return datetime.fromisoformat(text) if text else None


def write_micros(at: datetime | None) -> int | None:
    """A time as microseconds since 1970, in a third of the bytes."""
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: Any) -> datetime:
    """The time that `write_micros` wrote."""
    return _EPOCH + timedelta(microseconds=int(micros))


def read_micros(micros: Any) -> datetime | None:
    """The time that `write_micros` wrote, if it is there."""
    return None if micros is None else from_micros(micros)


def without_none(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item without its None values."""
    return {name: value for name, value in item.items() if value is not None}
