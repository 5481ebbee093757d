"""Finish a batch: write its report, publish its event, then close its header."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconnect.model.batch_items import Item
from reconnect.model.batch_run import BatchRun, BatchStatus, Steering, Wanted
from reconnect.model.frozen import frozen
from reconnect.ports import Batches, BatchFiles, Clock, Events
from reconnect.views.batch_report import finished_detail, report_line

_LINES_AT_ONCE = 1000
# zlib's number for the format of gzip.
_GZIP = 31


@frozen(kw_only=True)
class FinishBatch:
    """The end of a batch. A bus or a bucket that is down fails it before anything is closed, and a repeat goes on."""

    batches: Batches
    batch_files: BatchFiles
    events: Events
    clock: Clock

    def __call__(self, run: BatchRun, steering: Steering) -> None:
        """Write the report of a batch in which nothing is live, and publish BatchFinished.

        Raises ResultNotStored or PublishFailed; the event of a repeat is the same one.
        """
        stopped = steering.wanted is Wanted.STOP and run.open > 0
        if run.finished_at is None:
            run = self.batches.save(replace(run, finished_at=self.clock()))
        run = replace(run, report_key=report_key(run.batch_id))
        self.batch_files.keep_report(str(run.report_key), self._report(run))
        self._close(run, BatchStatus.STOPPED if stopped else BatchStatus.FINISHED)

    def fail(self, run: BatchRun, failure: str) -> None:
        """Close a batch of which nothing was begun, because its list cannot be read."""
        if run.finished_at is None:
            run = self.batches.save(replace(run, finished_at=self.clock(), failure=failure))
        self._close(run, BatchStatus.FAILED)

    def _close(self, run: BatchRun, status: BatchStatus) -> None:
        left = {
            bank: replace(each, open=0, live=0, not_started=each.not_started + each.open)
            for bank, each in run.banks.items()
        }
        closed = replace(run.with_banks(left), status=status, loading=None, settling=frozenset())
        self.events.publish("BatchFinished", f"{run.batch_id}-{status}", finished_detail(closed))
        self.batches.save(closed)

    def _report(self, run: BatchRun) -> bytes:
        """The report's lines, compressed piece by piece, so that only the small form is held."""
        banks: dict[str, Any] = {key: each.institution for key, each in run.banks.items()}
        compressor = zlib.compressobj(6, wbits=_GZIP)
        pieces = [compressor.compress(text.encode()) for text in _texts(self.batches.all_items(run.batch_id), banks)]
        return b"".join([*pieces, compressor.flush()])


def report_key(batch_id: str) -> str:
    """The key of a batch's report."""
    return f"batches/{batch_id}/report.jsonl"


def _texts(items: Iterator[Item], banks: dict[str, Any]) -> Iterator[str]:
    lines: list[str] = []
    for item in items:
        lines.append(report_line(item, banks.get(item.bank)))
        if len(lines) == _LINES_AT_ONCE:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)
