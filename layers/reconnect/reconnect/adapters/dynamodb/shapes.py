"""Check that a record that was read from an item has the types that its class declares, in all its parts."""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
Check = Callable[[Any], bool]


def in_shape(record: Record) -> Record:
    """The record; raise TypeError if one of its fields has another type than its class declares.

    Views and events rely on these types: a number in place of a text would fail far from here.
    """
    for name, fits in _checks_of(type(record)):  # type: ignore[arg-type]
        if not fits(getattr(record, name)):
            raise TypeError(f"{type(record).__name__}.{name}")
    return record


@cache
def _checks_of(kind: type) -> list[tuple[str, Check]]:
    # With extras, of which there are none: without, each type is taken apart to look for them.
    return [(name, _check_of(expected)) for name, expected in get_type_hints(kind, include_extras=True).items()]


def _check_of(expected: Any) -> Check:
    if get_args(expected):
        return _check_of_many(get_origin(expected), get_args(expected))
    if expected is Any:
        return lambda _: True
    if expected is datetime:
        # A time without a zone cannot be compared with the others.
        return lambda value: isinstance(value, datetime) and value.tzinfo is not None
    if expected is int:
        # To Python a bool is an int, but it is not a count.
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    kind: type = NoneType if expected is None else expected
    if is_dataclass(kind):
        return lambda value: isinstance(value, kind) and in_shape(value) is value
    return lambda value: isinstance(value, kind)


def _check_of_many(container: Any, types: tuple[Any, ...]) -> Check:
    """The check of a union, or of the contents of a set, a tuple or a mapping."""
    inner = [_check_of(each) for each in types if each is not ...]
    if container in {Union, UnionType}:
        return lambda value: any(fits(value) for fits in inner)
    if isinstance(container, type) and issubclass(container, Mapping):
        names, values = inner
        return lambda value: (
            isinstance(value, container) and all(names(name) and values(each) for name, each in value.items())
        )
    if container is tuple and ... not in types:
        return lambda value: (
            isinstance(value, tuple)
            and len(value) == len(inner)
            and all(fits(each) for fits, each in zip(inner, value, strict=True))
        )
    return lambda value: isinstance(value, container) and all(map(inner[0], value))
