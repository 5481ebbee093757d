"""Reads files of logins: JSON lines, CSV, or one LoginId a line."""

import csv
import json
from collections.abc import Iterator

from reconnect.model.batch_request import Lines

_COLUMN = "loginid"


def read_logins(text: str) -> Lines:
    """Sort out a file's logins by their line numbers. Empty lines are left out; nothing wrong stops the rest.

    A line is an object with `loginId`, a JSON string, or CSV. With a header the column `loginId` counts, or else the
    first one.
    """
    return Lines.of(_values(text))


def _values(text: str) -> Iterator[tuple[int, object]]:
    column: int | None = None
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        found = _json_value(line)
        if found is None:
            cells = [cell.strip() for cell in next(csv.reader([line]), [])]
            if column is None:
                names = [cell.casefold() for cell in cells]
                column = names.index(_COLUMN) if _COLUMN in names else 0
                if _COLUMN in names:
                    continue
            found = cells[column] if column < len(cells) else ""
        yield number, found


def _json_value(line: str) -> object:
    """What a line of JSON names; None if it is none, an empty text if it names nothing."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value.get("loginId", "") if isinstance(value, dict) else value
