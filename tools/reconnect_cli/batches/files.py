"""Reads files of logins: JSON lines, CSV, or one LoginId a line."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconnect.model.batch_request import Lines
from reconnect.model.errors import InvalidRequest
from reconnect.model.field_names import field_of
from reconnect.model.open_request import OpenRequest

_LOGIN_ID = "loginId"
_DELIMITERS = ",;\t"
_NUMBER = re.compile(r"[0-9]{1,6}")


Item = dict[str, Any]
"""A request for a session."""


@dataclass(frozen=True, slots=True)
class LoginFile:
    """The logins of a file by the numbers of its lines. `lines`: their LoginIds, and what is wrong with other lines.

    `items`: what each login's line says, as the body of `POST /sessions`. `ignored`: the names of columns or fields
    that are none of that body.
    """

    lines: Lines
    items: Mapping[int, Item]
    ignored: tuple[str, ...]


def read_logins(text: str) -> LoginFile:
    """Sort out a file's lines. Empty lines are left out; nothing that is wrong with one stops the rest.

    A line is an object with `loginId` and perhaps other fields of `POST /sessions`, a JSON string, or CSV. With a
    header that has `loginId`, its columns are these fields, separated by commas, semicolons or tabs; without, the first
    column is the LoginId. Names of fields match whatever their case, with or without `_` and `-`.
    """
    items: dict[int, Item] = {}
    malformed: dict[int, str] = {}
    ignored: dict[str, None] = {}
    for number, named in _lines(text):
        item = {field: value for name, value in named.items() if (field := _field_of(name))}
        ignored |= dict.fromkeys(name for name in named if not _field_of(name))
        if fault := _fault_of(item):
            malformed[number] = fault
        else:
            items[number] = item
    lines = Lines.of((number, item[_LOGIN_ID]) for number, item in items.items())
    kept = {number: items[number] for number in lines.login_ids}
    return LoginFile(Lines(lines.login_ids, malformed, lines.duplicates), kept, tuple(ignored))


def _lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each line that is not empty with its number, as the names and values on it."""
    columns: list[str] | None = None
    delimiter = ","
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        if (named := _json_line(line)) is not None:
            yield number, named
            continue
        if columns is None:
            if header := _header(line):
                delimiter, columns = header
                continue
            columns = [_LOGIN_ID]
        cells = zip(columns, _cells(line, delimiter), strict=False)
        yield number, {name: _value(name, cell) for name, cell in cells if cell}


def _header(line: str) -> tuple[str, list[str]] | None:
    """The delimiter and the columns that a line names; None if it is no header."""
    split = ((delimiter, _cells(line, delimiter)) for delimiter in _DELIMITERS)
    return next((each for each in split if _LOGIN_ID in map(_field_of, each[1])), None)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return [line]


def _value(name: str, cell: str) -> str | int:
    # The one field that is a number.
    is_number = _field_of(name) == "linkLifetimeHours" and _NUMBER.fullmatch(cell)
    return int(cell) if is_number else cell


@lru_cache
def _field_of(name: str) -> str | None:
    # A batch's user is always absent.
    return None if (field := field_of(name)) == "presence" else field


def _json_line(line: str) -> Mapping[str, Any] | None:
    """What a line of JSON says; None if it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None if value is None else {_LOGIN_ID: value}


def _fault_of(item: Item) -> str | None:
    """What is wrong with a line, as the API would say; None if nothing is."""
    try:
        OpenRequest.parse(item)
    except InvalidRequest as invalid:
        return "; ".join(
            sentence if field == _LOGIN_ID else f"{field} {sentence}" for field, sentence in invalid.errors.items()
        )
    return None
