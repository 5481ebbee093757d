"""The two tables of a result as Parquet; only this module needs pyarrow."""

from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from reconnect_cli.result_rows import AMOUNTS, Row

# Flinks may have computed an amount as a float: 44378.79999999999 has more decimals than any currency, and a remainder
# of zero, such as 1.4210854715202004E-14, has more than a column holds. Only the latter is rounded.
_AMOUNT = pa.decimal128(38, 18)
_SMALLEST = Decimal(1).scaleb(-_AMOUNT.scale)
_DIGITS = Context(prec=_AMOUNT.precision)
_TYPES = {
    **dict.fromkeys(AMOUNTS, _AMOUNT),
    "last_refresh": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


def write_parquet(rows: list[Row], columns: tuple[str, ...], path: Path) -> None:
    """Write a table with typed columns; columns without another type are texts."""
    schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in columns])
    table = [{name: _fitting(row[name]) for name in columns} for row in rows]
    parquet.write_table(pa.Table.from_pylist(table, schema=schema), path)


def _fitting(value: Any) -> Any:
    return value.quantize(_SMALLEST, context=_DIGITS) if isinstance(value, Decimal) else value
