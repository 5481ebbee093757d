"""The forms of a batch's report, each written in one pass and, but for one group of rows, held compressed only."""

import csv
import json
import zlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from io import StringIO
from operator import attrgetter

from reconnect.adapters.parquet import ParquetTable
from reconnect.model.report_row import ReportFormat, ReportRow
from reconnect.model.timestamps import to_iso
from reconnect.ports.batches import ReportForm

# zlib's number for the format of gzip, whose header then has no time: the same rows give the same bytes.
_GZIP = 31
# Columns that are no texts.
_KINDS = {"institution_id": int, "asked": bool, "data_as_of": datetime}
COLUMNS: dict[str, type] = {each.name: _KINDS.get(each.name, str) for each in fields(ReportRow)}
_values = attrgetter(*COLUMNS)
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def new_report() -> dict[ReportFormat, ReportForm]:
    """Begin a report in all its forms."""
    return {
        ReportFormat.PARQUET: ParquetForm(),
        ReportFormat.CSV: CsvForm(),
        ReportFormat.JSON_LINES: JsonLinesForm(),
    }


class ParquetForm:
    """A Parquet file with typed columns."""

    def __init__(self) -> None:
        self._table = ParquetTable(COLUMNS)

    def add(self, rows: Sequence[ReportRow]) -> None:
        """Add rows."""
        self._table.add(map(_values, rows))

    def end(self) -> bytes:
        """Return the file."""
        return self._table.end()


class CsvForm:
    """CSV with a header, in UTF-8 without a byte order mark, compressed by gzip.

    true and false are as in JSON, and what is missing is an empty cell. A text that a spreadsheet would take for a
    formula begins with an apostrophe.
    """

    def __init__(self) -> None:
        self._packed = _Gzip()
        self._packed.add(_lines([list(COLUMNS)]))

    def add(self, rows: Sequence[ReportRow]) -> None:
        """Add rows."""
        self._packed.add(_lines([[_cell(value) for value in _values(row)] for row in rows]))

    def end(self) -> bytes:
        """Return the compressed text."""
        return self._packed.end()


class JsonLinesForm:
    """A JSON object a line, compressed by gzip."""

    def __init__(self) -> None:
        self._packed = _Gzip()

    def add(self, rows: Sequence[ReportRow]) -> None:
        """Add rows."""
        self._packed.add("".join(map(_line, rows)))

    def end(self) -> bytes:
        """Return the compressed text."""
        return self._packed.end()


class _Gzip:
    """A text that is compressed piece by piece."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(6, wbits=_GZIP)
        self._pieces: list[bytes] = []

    def add(self, text: str) -> None:
        self._pieces.append(self._compressor.compress(text.encode()))

    def end(self) -> bytes:
        return b"".join([*self._pieces, self._compressor.flush()])


def _lines(rows: list[list[object]] | list[list[str]]) -> str:
    text = StringIO(newline="")
    # Its usual line ends: only with them it quotes each cell that has a part of one.
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return to_iso(value)
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
    return value


def _line(row: ReportRow) -> str:
    is_named = row.institution_id is not None or row.institution_name is not None
    line = {
        "correlationId": row.correlation_id,
        "institution": {"id": row.institution_id, "name": row.institution_name} if is_named else None,
        "state": row.state,
        "ending": row.ending,
        "owner": row.owner,
        "status": row.status,
        "asked": row.asked,
        "dataAsOf": to_iso(row.data_as_of),
        "sessionId": row.session_id,
    }
    return json.dumps(line, separators=(",", ":")) + "\n"
