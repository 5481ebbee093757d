"""The forms of a report: what any reader of JSON lines, CSV and Parquet finds in them is what the rows hold."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

from reconnect.adapters.parquet import ParquetTable
from reconnect.adapters.report_forms import COLUMNS, new_report
from reconnect.model.report_row import ReportFormat, ReportRow
from reconnect.model.timestamps import to_iso, to_millisecond

TYPES = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), datetime: pa.timestamp("ms", tz="UTC")}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=90)
TIMES = st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)).map(to_millisecond)
VALUES: dict[type, st.SearchStrategy[Any]] = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    datetime: TIMES,
}
ROWS = st.builds(
    ReportRow,
    correlation_id=st.none() | TEXTS,
    institution_id=st.none() | st.integers(0, 2**31 - 1),
    institution_name=st.none() | TEXTS,
    state=TEXTS,
    ending=TEXTS,
    owner=TEXTS,
    status=st.none() | TEXTS,
    asked=st.booleans(),
    data_as_of=st.none() | TIMES,
    session_id=st.none() | TEXTS,
)


def a_row(**values: Any) -> ReportRow:
    known = {"state": "ENDED", "ending": "SUCCEEDED", "owner": "nobody", "asked": False}
    return ReportRow(**{**dict.fromkeys(each.name for each in fields(ReportRow)), **known, **values})


def written(rows: Sequence[ReportRow], at_once: int = 1000) -> dict[ReportFormat, bytes]:
    forms = new_report()
    for at in range(0, len(rows), at_once):
        for form in forms.values():
            form.add(rows[at : at + at_once])
    return {name: form.end() for name, form in forms.items()}


def cells_of(document: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(document).decode(), newline=""), strict=True))


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, type], list[tuple[object, ...]]]:
    """A table of any flat columns; some rows have nothing but missing values."""
    kinds = draw(st.lists(st.sampled_from([*TYPES]), min_size=1, max_size=17))
    rows = draw(st.lists(st.tuples(*(st.none() | VALUES[kind] for kind in kinds)), max_size=30))
    return {f"column {number} \u00e9": kind for number, kind in enumerate(kinds)}, rows


@given(tables(), st.integers(1, 9))
def test_pyarrow_reads_back_any_table_that_was_written(
    table: tuple[dict[str, type], list[tuple[object, ...]]], group: int
) -> None:
    columns, rows = table
    writer = ParquetTable(columns, group)
    writer.add(rows[:4])
    writer.add(rows[4:])

    document = writer.end()

    read = parquet.read_table(pa.BufferReader(document))
    assert read.schema.equals(pa.schema([(name, TYPES[kind]) for name, kind in columns.items()]))
    assert [tuple(row.values()) for row in read.to_pylist()] == rows
    assert parquet.ParquetFile(pa.BufferReader(document)).num_row_groups == -(-len(rows) // group)


@given(st.lists(ROWS, max_size=12), st.integers(1, 5))
@example([a_row(correlation_id="", institution_name="Caisse \u00e9t\u00e9 \U0001f600")], 1)
def test_all_forms_of_a_report_hold_the_same_rows(rows: list[ReportRow], at_once: int) -> None:
    forms = written(rows, at_once)

    table = parquet.read_table(pa.BufferReader(forms[ReportFormat.PARQUET]))
    lines = [json.loads(line) for line in gzip.decompress(forms[ReportFormat.JSON_LINES]).decode().split("\n")[:-1]]
    cells = cells_of(forms[ReportFormat.CSV])
    assert table.to_pylist() == [asdict(row) for row in rows]
    assert [line["correlationId"] for line in lines] == [row.correlation_id for row in rows]
    assert [line["dataAsOf"] for line in lines] == [to_iso(row.data_as_of) for row in rows]
    assert [cell["data_as_of"] for cell in cells] == [to_iso(row.data_as_of) or "" for row in rows]
    assert [cell["ending"].removeprefix("'") for cell in cells] == [row.ending.removeprefix("'") for row in rows]
    assert [cell["asked"] for cell in cells] == [json.dumps(row.asked) for row in rows]


@given(st.lists(ROWS, max_size=5), st.integers(1, 5))
def test_the_same_rows_give_the_same_bytes_however_they_come(rows: list[ReportRow], at_once: int) -> None:
    assert written(rows, at_once).keys() == dict.fromkeys(ReportFormat).keys()
    assert written(rows, at_once)[ReportFormat.PARQUET] == written(rows)[ReportFormat.PARQUET]
    assert written(rows, at_once) == written(rows, at_once)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-7", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_csv_is_a_formula_and_the_other_forms_keep_the_text(text: str) -> None:
    forms = written([a_row(correlation_id=text)])

    [cell] = cells_of(forms[ReportFormat.CSV])
    [row] = parquet.read_table(pa.BufferReader(forms[ReportFormat.PARQUET])).to_pylist()
    assert cell["correlation_id"] == f"'{text}"
    assert row["correlation_id"] == text
    assert json.loads(gzip.decompress(forms[ReportFormat.JSON_LINES]))["correlationId"] == text


def test_a_report_without_rows_has_its_columns_all_the_same() -> None:
    forms = written([])

    table = parquet.read_table(pa.BufferReader(forms[ReportFormat.PARQUET]))
    assert (table.num_rows, table.column_names) == (0, [*COLUMNS])
    assert gzip.decompress(forms[ReportFormat.CSV]).decode() == ",".join(COLUMNS) + "\r\n"
    assert gzip.decompress(forms[ReportFormat.JSON_LINES]) == b""
