"""A result as files that a data team opens at once: the document itself, or two tables as CSV or Parquet."""

from collections.abc import Callable
from datetime import datetime
from decimal import Context, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from local.result_rows import (
    ACCOUNT_AMOUNTS,
    ACCOUNT_TEXTS,
    AS_SENT,
    TRANSACTION_AMOUNTS,
    TRANSACTION_TEXTS,
    Result,
    Row,
)
from local.results import ResultProblem

# Money is never a float, but Flinks may have computed it as one: 44378.79999999999 has more decimals than any currency,
# and what is left of a zero, such as 1.4210854715202004E-14, more than a column holds. Only the latter is rounded.
_AMOUNT = pa.decimal128(38, 18)
_SMALLEST = Decimal(1).scaleb(-_AMOUNT.scale)
_DIGITS = Context(prec=_AMOUNT.precision)

_ACCOUNTS = pa.schema(
    [
        *((name, pa.string()) for name in ACCOUNT_TEXTS),
        *((name, _AMOUNT) for name in ACCOUNT_AMOUNTS),
        ("last_refresh", pa.timestamp("us", tz="UTC")),
        (AS_SENT, pa.string()),
    ]
)
_TRANSACTIONS = pa.schema(
    [
        *((name, pa.string()) for name in TRANSACTION_TEXTS),
        ("date", pa.date32()),
        *((name, _AMOUNT) for name in TRANSACTION_AMOUNTS),
        (AS_SENT, pa.string()),
    ]
)


def write_files(document: bytes, format_name: str, folder: Path) -> list[Path]:
    """Write a result in one of FORMATS into a folder, as files that only their owner can read; tell which these are.

    Files of these names are replaced, each at once and only when all are whole. Each row is written, whatever it holds.
    Raises ResultProblem if the document is no JSON, and OSError if the files cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=folder) as beside:
        written = _write(document, format_name, Path(beside))
        for path in written:
            path.chmod(0o600)
        return [path.replace(folder / path.name) for path in written]


def _write(document: bytes, format_name: str, folder: Path) -> list[Path]:
    if format_name == "json":
        path = folder / "result.json"
        path.write_bytes(document)
        return [path]
    try:
        result = Result(document)
    except (ValueError, RecursionError) as refused:
        raise ResultProblem(f"The data is no JSON ({type(refused).__name__}). --format json has it all.") from None
    tables = {
        "accounts": (list(result.accounts()), _ACCOUNTS),
        "transactions": (list(result.transactions()), _TRANSACTIONS),
    }
    paths = {name: folder / f"{name}.{format_name}" for name in tables}
    for name, (rows, schema) in tables.items():
        _WRITERS[format_name](rows, schema, paths[name])
    return list(paths.values())


def _write_parquet(rows: list[Row], schema: Any, path: Path) -> None:
    table = [{name: _fitting(row[name]) for name in schema.names} for row in rows]
    parquet.write_table(pa.Table.from_pylist(table, schema=schema), path)


def _fitting(value: Any) -> Any:
    return value.quantize(_SMALLEST, context=_DIGITS) if isinstance(value, Decimal) else value


def _write_csv(rows: list[Row], schema: Any, path: Path) -> None:
    """Texts stand in quotes, nothing else does: who guesses types shall not take transit number 00123 for a number."""
    lines = [",".join(_cell(name) for name in schema.names)]
    lines += [",".join(_cell(row[name]) for name in schema.names) for row in rows]
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


_WRITERS: dict[str, Callable[[list[Row], Any, Path], None]] = {"csv": _write_csv, "parquet": _write_parquet}
FORMATS = ("json", *_WRITERS)
