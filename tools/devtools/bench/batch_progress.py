"""What a call for a batch's progress takes in the middle of a night: its requests, and its time."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, cast

from devtools.bench.many_rows import MOST_SECONDS, REQUEST_SECONDS, timed
from devtools.bench.measuring import percentile
from devtools.figures import Figure
from reconnect.adapters.dynamodb.batch_records import DynamoDbBatches
from reconnect.adapters.dynamodb.header_rows import header_row, steering_row
from reconnect.adapters.dynamodb.table import Table, marshal
from reconnect.model.batch import Window
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus, Steering
from reconnect.model.institution import Institution
from reconnect.views.batch_progress import show_batch

_LOGINS, _BANKS, _CAP = 100_000, 200, 60
_BATCH = f"{1:032x}"
_CAUSES = ("SUCCEEDED", "LOGIN_FAILED", "RETRY_LATER", "DISABLED_LOGIN")
_RETENTION = timedelta(days=30)
_NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)


def figures() -> Iterator[Figure]:
    """The call over all banks of a large night. The local engine serves one request at a time; AWS does not."""
    run = with_many_banks(
        BatchRun(
            batch_id=_BATCH,
            asked="0" * 64,
            created_at=_NOW,
            window=Window(_NOW, _NOW + timedelta(hours=3), _CAP),
            status=BatchStatus.RUNNING,
        ),
        _BANKS,
        _LOGINS,
    )
    rows = _Rows([header_row(run, _RETENTION), steering_row(Steering(_BATCH), 0)])
    batches = DynamoDbBatches(Table(cast(Any, rows), "rows"), _RETENTION)

    def call() -> int:
        shown = show_batch(batches.get(_BATCH), batches.steering(_BATCH), lambda _: None, _NOW)
        return len(json.dumps(shown))

    measured = timed(rows, "progress", call)
    yield Figure(f"progress of a batch at {_BANKS} banks, requests", measured.requests)
    seconds = percentile(measured.seconds, 95)
    name = f"progress of a batch at {_BANKS} banks, p95 with {REQUEST_SECONDS * 1000:.0f} ms a request"
    yield Figure(name, seconds, MOST_SECONDS, unit="s")


class _Rows:
    """The rows of one batch, as a DynamoDB client that counts its requests."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = {row["sk"]: marshal(row) for row in rows}
        self.requests: Counter[str] = Counter()
        self.seconds = 0.0

    def get_item(self, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - as boto3 names it
        self.requests["GetItem"] += 1
        return {"Item": self._rows[Key["sk"]["S"]]}


def with_many_banks(run: BatchRun, banks: int, logins: int) -> BatchRun:
    """The batch at so many institutions, each with counters of its own, so that they cannot be packed as one."""
    random = Random(1)  # noqa: S311 - the same counters each time
    number = partial(random.randrange, 10, logins // banks)
    progress = {
        str(bank): BankProgress(
            institution=Institution(bank, f"Bank {number()}"),
            open=number(),
            live=number(),
            parked=number(),
            ended=number(),
            succeeded=number(),
            endings={cause: number() for cause in _CAUSES},
            cursor=random.randbytes(18).hex(),
            cap=_CAP,
            breaker="closed",
            seconds=number(),
            samples=number(),
        )
        for bank in range(banks)
    }
    return replace(run, banks=progress)
