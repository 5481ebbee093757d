"""A record has the types of its class, for every Python type that its fields use."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Optional

import pytest

from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.model.session import Status


@dataclass(frozen=True)
class Inner:
    """A record inside another."""

    number: int


@dataclass(frozen=True)
class Outer:
    """A field of every kind."""

    text: str = "a"
    count: int | None = 1
    flag: bool = True
    at: datetime = datetime(2026, 3, 14, tzinfo=UTC)
    day: Optional[date] = None  # noqa: UP045
    status: Status = Status.FAILED
    inner: Inner | None = Inner(1)
    names: frozenset[str] = frozenset({"a"})
    parts: tuple[Inner, ...] = (Inner(1), Inner(2))
    pair: tuple[str, int] = ("a", 1)
    pairs: tuple[tuple[str, int], ...] = (("a", 1), ("b", 2))
    counts: Mapping[str, int] | None = None
    totals: dict[str, int] | None = None
    anything: Any = None


_RIGHT: list[dict[str, Any]] = [
    {},
    {"count": None, "day": date(2026, 3, 14), "inner": None, "names": frozenset(), "parts": (), "pairs": ()},
    {"counts": {"a": 1}, "totals": {}, "anything": object()},
]
_WRONG: list[dict[str, Any]] = [
    {"text": None},
    {"text": 7},
    {"count": "1"},
    {"count": True},
    {"count": 1.5},
    {"flag": 1},
    {"at": datetime(2026, 3, 14)},
    {"at": "2026-03-14"},
    {"day": "2026-03-14"},
    {"status": "FAILED"},
    {"inner": {"number": 1}},
    {"inner": Inner("1")},  # type: ignore[arg-type]
    {"names": {"a"}},
    {"names": frozenset({1})},
    {"parts": (Inner(1), None)},
    {"parts": (Inner(1), Inner(True))},
    {"pair": ("a",)},
    {"pair": ("a", "1")},
    {"pairs": (("a", 1), ("b", None))},
    {"counts": {"a": "1"}},
    {"totals": {1: 1}},
    {"totals": [("a", 1)]},
]


@pytest.mark.parametrize("changes", _RIGHT)
def test_a_record_of_the_right_types_is_returned(changes: dict[str, Any]) -> None:
    record = replace(Outer(), **changes)

    assert in_shape(record) is record


@pytest.mark.parametrize("changes", _WRONG)
def test_a_wrongly_typed_field_is_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=rf"^Outer\.{next(iter(changes))}$|^Inner\.number$"):
        in_shape(replace(Outer(), **changes))
