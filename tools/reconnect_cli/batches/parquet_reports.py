"""A batch's report as Parquet; only this module needs pyarrow."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyarrow import parquet

_TIMES = frozenset({"dataAsOf"})


def report_to_parquet(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Return a table with a type for each column; those that hold more than one are texts."""
    arrays = {name: _array(name, [row.get(name) for row in rows]) for name in columns}
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(arrays), sink)
    return bytes(sink.getvalue().to_pybytes())


def _array(name: str, values: list[Any]) -> Any:
    kinds = {type(value) for value in values if value is not None}
    if name in _TIMES and kinds <= {str}:
        return pa.array([value and datetime.fromisoformat(value) for value in values], pa.timestamp("us", tz="UTC"))
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds and kinds <= {int, float}:
        return pa.array(values, pa.int64() if kinds == {int} else pa.float64())
    return pa.array(
        [value if value is None or isinstance(value, str) else json.dumps(value) for value in values], pa.string()
    )
