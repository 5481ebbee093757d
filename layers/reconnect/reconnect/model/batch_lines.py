"""The lines of a batch's list: each is a request for a session, or only a LoginId."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconnect.model.batch_run import Source
from reconnect.model.errors import InvalidRequest
from reconnect.model.field_names import field_of
from reconnect.model.frozen import frozen
from reconnect.model.open_request import OpenRequest
from reconnect.model.presence import Presence

# As many as one request brings, and as are written between two checkpoints.
MOST_AT_ONCE = 1000
_LONGEST_LINE = 16 * 1024
_LOGIN_ID = "loginId"
_BYTE_ORDER_MARK = "\ufeff"


@frozen
class Unreadable:
    """A line that is no item, and why."""

    fault: str


@frozen
class ItemLines:
    """A part of a list, sorted out. Positions count from 1, as the lines of a file do.

    `requests`: by position, each login once; `malformed`: what is wrong with others, by position; `duplicates`: how
    many named a login that the part had already named.
    """

    requests: Mapping[int, dict[str, Any]]
    malformed: Mapping[int, str]
    duplicates: int

    @classmethod
    def of(cls, values: Iterable[tuple[int, object]]) -> "ItemLines":
        """Sort out some lines: nothing that is wrong with one touches another one."""
        requests: dict[str, tuple[int, dict[str, Any]]] = {}
        malformed: dict[int, str] = {}
        duplicates = 0
        for position, value in values:
            given = _request(value)
            fault = given if isinstance(given, str) else _fault_of(given)
            if fault is not None or isinstance(given, str):
                malformed[position] = fault or ""
            elif (name := given[_LOGIN_ID].casefold()) in requests:
                duplicates += 1
            else:
                requests[name] = (position, given)
        return cls(dict(requests.values()), malformed, duplicates)


def read_lines(data: bytes, source: Source, *, is_last: bool) -> tuple[list[tuple[int, object]], Source]:
    """The lines that begin a piece of an object, with their numbers, and the source behind them.

    A line that the piece cuts is left to the next piece; one that is longer than any piece is malformed.
    """
    values: list[tuple[int, object]] = []
    at = 0
    while at < len(data) and len(values) < MOST_AT_ONCE:
        end = data.find(b"\n", at)
        if end < 0 and not is_last and len(data) - at <= _LONGEST_LINE:
            break
        line, cut = data[at : end if end >= 0 else len(data)], end < 0 and not is_last
        at = end + 1 if end >= 0 else len(data)
        if source.is_cut:
            # The rest of a line that was reported already.
            source = replace(source, is_cut=cut)
            continue
        source = replace(source, line=source.line + 1, is_cut=cut)
        value, source = _read_line(line, source)
        if value is not None:
            values.append((source.line, value))
    return values, replace(source, offset=source.offset + at)


def _read_line(line: bytes, source: Source) -> tuple[object, Source]:
    """The value of a line, None if it has none, and the source, which the header of CSV gives its columns."""
    if len(line) > _LONGEST_LINE:
        return Unreadable("is too long"), source
    try:
        text = line.decode().removeprefix(_BYTE_ORDER_MARK).strip()
    except UnicodeDecodeError:
        return Unreadable("is not UTF-8"), source
    if not text:
        return None, source
    if source.columns:
        return _row(text, source.columns), source
    if text[0] in '{"' and (columns := _header(text)) is None:
        return _json(text), source
    columns = _header(text)
    return (text, source) if columns is None else (None, replace(source, columns=columns))


def _header(text: str) -> tuple[str, ...] | None:
    columns = tuple(field_of(name) or "" for name in next(csv.reader([text]), []))
    return columns if _LOGIN_ID in columns else None


def _row(text: str, columns: tuple[str, ...]) -> object:
    cells = next(csv.reader([text]), [])
    if len(cells) > len(columns):
        return Unreadable(f"has {len(cells)} cells, but the header has {len(columns)}")
    # A column without a name is no field of a request, and is not used.
    named = zip(columns, cells, strict=False)
    given: dict[str, Any] = {name: cell.strip() for name, cell in named if name and cell.strip()}
    hours = given.get("linkLifetimeHours", "")
    return {**given, "linkLifetimeHours": int(hours)} if hours.isdecimal() else given


def _json(text: str) -> object:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Unreadable("is not JSON")
    if isinstance(value, dict):
        return {field_of(name) or name: each for name, each in value.items()}
    return value if isinstance(value, str) else Unreadable("is no JSON object")


def _request(value: object) -> dict[str, Any] | str:
    """The request of a line, or why it has none."""
    if isinstance(value, Unreadable):
        return value.fault
    if isinstance(value, Mapping):
        return {str(name): each for name, each in value.items() if each is not None and name != "presence"}
    return {_LOGIN_ID: value}


def _fault_of(request: dict[str, Any]) -> str | None:
    try:
        OpenRequest.parse({**request, "presence": Presence.ABSENT.value})
    except InvalidRequest as fault:
        # The error's text, which has no names of unknown fields: somebody may have written a name in one's place.
        only = fault.errors.get(_LOGIN_ID) if len(fault.errors) == 1 else None
        return only or str(fault)
    return None
