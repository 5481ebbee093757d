"""A result as files that a data team opens at once: the document itself, or two tables as CSV or Parquet."""

from collections.abc import Callable
from decimal import InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv, parquet

from local.result_rows import (
    ACCOUNT_AMOUNTS,
    ACCOUNT_TEXTS,
    TRANSACTION_AMOUNTS,
    TRANSACTION_TEXTS,
    Result,
    Row,
)
from local.results import ResultProblem

# Money is never a float. Four decimals are the most that a currency of ISO 4217 has; none is rounded away.
_AMOUNT = pa.decimal128(38, 4)

_ACCOUNTS = pa.schema(
    [
        *((name, pa.string()) for name in ACCOUNT_TEXTS),
        *((name, _AMOUNT) for name in ACCOUNT_AMOUNTS),
        ("last_refresh", pa.timestamp("us", tz="UTC")),
    ]
)
_TRANSACTIONS = pa.schema(
    [
        *((name, pa.string()) for name in TRANSACTION_TEXTS),
        ("date", pa.date32()),
        *((name, _AMOUNT) for name in TRANSACTION_AMOUNTS),
    ]
)

_WRITERS: dict[str, Callable[[Any, Path], None]] = {"csv": csv.write_csv, "parquet": parquet.write_table}
FORMATS = ("json", *_WRITERS)


def write_files(document: bytes, format_name: str, folder: Path) -> list[Path]:
    """Write a result in one of FORMATS into a folder that only its owner can read; tell which files these are.

    Raises ResultProblem if an amount does not fit into the tables' columns.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if format_name == "json":
        path = folder / "result.json"
        path.write_bytes(document)
        return [path]
    result = Result(document)
    tables = {
        "accounts": _table(result.accounts(), _ACCOUNTS),
        "transactions": _table(result.transactions(), _TRANSACTIONS),
    }
    paths = {name: folder / f"{name}.{format_name}" for name in tables}
    for name, table in tables.items():
        _WRITERS[format_name](table, paths[name])
    return list(paths.values())


def _table(rows: Any, schema: Any) -> Any:
    try:
        kept: list[Row] = list(rows)
        return pa.Table.from_pylist(kept, schema=schema)
    except (pa.ArrowInvalid, InvalidOperation) as refused:
        raise ResultProblem(f"The data does not fit into a table ({refused}). --format json has it all.") from None
