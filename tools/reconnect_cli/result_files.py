"""A result as files for a data team: the document itself, or two tables as CSV or Parquet."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reconnect_cli.result_rows import ACCOUNT_COLUMNS, TRANSACTION_COLUMNS, Result, Row
from reconnect_client.results import ResultProblem

FORMATS = ("json", "csv", "parquet")
_NO_PARQUET = (
    "Parquet needs pyarrow, which is not installed here: run `pip install pyarrow`, or choose --format csv or json."
)

Writer = Callable[[list[Row], tuple[str, ...], Path], None]


def write_files(document: bytes, format_name: str, folder: Path) -> list[Path]:
    """Write a result in one of FORMATS into a folder and return the paths; only their owner can read the files.

    Existing files are replaced atomically, and only when all are complete. Every row is written, whatever it holds.
    Raises ResultProblem if the document is not JSON or pyarrow is missing for Parquet, and OSError if the files cannot
    be written.
    """
    write_table = _writer_of(format_name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=folder) as beside:
        written = _write(document, format_name, write_table, Path(beside))
        for path in written:
            path.chmod(0o600)
        return [path.replace(folder / path.name) for path in written]


def _writer_of(format_name: str) -> Writer | None:
    """Return the function that writes a table, or None for the unchanged document."""
    if format_name != "parquet":
        return _write_csv if format_name == "csv" else None
    try:
        from reconnect_cli.parquet_files import write_parquet  # noqa: PLC0415 - pyarrow is large, and optional
    except ModuleNotFoundError:
        raise ResultProblem(_NO_PARQUET) from None
    return write_parquet


def _write(document: bytes, format_name: str, write_table: Writer | None, folder: Path) -> list[Path]:
    if write_table is None:
        path = folder / "result.json"
        path.write_bytes(document)
        return [path]
    try:
        result = Result(document)
    except (ValueError, RecursionError) as refused:
        raise ResultProblem(
            f"The data is not JSON ({type(refused).__name__}). Use --format json to get it unchanged."
        ) from None
    tables = {
        "accounts": (list(result.accounts()), ACCOUNT_COLUMNS),
        "transactions": (list(result.transactions()), TRANSACTION_COLUMNS),
    }
    paths = {name: folder / f"{name}.{format_name}" for name in tables}
    for name, (rows, columns) in tables.items():
        write_table(rows, columns, paths[name])
    return list(paths.values())


def _write_csv(rows: list[Row], columns: tuple[str, ...], path: Path) -> None:
    """Quote texts and nothing else, so that a reader that guesses types keeps transit number 00123 a text."""
    lines = [",".join(_cell(name) for name in columns)]
    lines += [",".join(_cell(row[name]) for name in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(" ", "microseconds").replace("+00:00", "Z")
        case str():
            return '"{}"'.format(value.replace('"', '""'))
    return str(value)
