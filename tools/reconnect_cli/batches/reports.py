"""A batch's report as JSON lines, CSV or Parquet."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from reconnect_cli.failing import Failed

FORMATS = ("jsonl", "csv", "parquet")
_NO_PARQUET = (
    "Parquet needs pyarrow, which is not installed here: install `flinks-reconnect[parquet]`, or choose --format csv."
)

Row = Mapping[str, Any]


def write_report(document: bytes, format_name: str, path: Path | None) -> None:
    """Write a report to a file, which it replaces as a whole, or to standard output. Raises Failed."""
    written = document if format_name == "jsonl" else _converted(document, format_name)
    if path is None:
        click.echo(written, nl=False)
        return
    try:
        with TemporaryDirectory(prefix=".", dir=path.parent) as beside:
            whole = Path(beside) / path.name
            whole.write_bytes(written)
            whole.replace(path)
    except OSError as refused:
        raise Failed(f"Cannot write {path}: {refused.strerror}. Choose another file with -o.") from None


def _converted(document: bytes, format_name: str) -> bytes:
    try:
        rows = [_flat(json.loads(line)) for line in document.splitlines() if line.strip()]
    except (ValueError, RecursionError, AttributeError):
        raise Failed("The report cannot be read. Get it unchanged with --format jsonl.") from None
    names = dict.fromkeys(name for row in rows for name in row)
    # What is null in one row and nested in another has the columns of the latter.
    nested = {name.partition(".")[0] for name in names if "." in name}
    columns = [name for name in names if name not in nested]
    return _parquet(rows, columns) if format_name == "parquet" else _csv(rows, columns)


def _flat(line: Row) -> Row:
    """A line as a row: what is nested, such as an institution's names, has columns such as institution.names.en."""
    row: dict[str, Any] = {}
    for name, value in line.items():
        if isinstance(value, Mapping):
            row |= {f"{name}.{inner}": found for inner, found in _flat(value).items()}
        else:
            row[name] = value
    return row


def _csv(rows: list[Row], columns: list[str]) -> bytes:
    """UTF-8 without BOM; true and false as in JSON, and an empty cell for null."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parquet(rows: list[Row], columns: list[str]) -> bytes:
    try:
        from reconnect_cli.batches.parquet_reports import report_to_parquet  # noqa: PLC0415 - pyarrow is large, and optional
    except ModuleNotFoundError:
        raise Failed(_NO_PARQUET) from None
    return report_to_parquet(rows, columns)
