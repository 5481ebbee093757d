"""Finish a batch: write its report, publish its event, then close its header."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from reconnect.model.batch_run import BatchRun, BatchStatus, Steering, Wanted
from reconnect.model.frozen import frozen
from reconnect.model.report_row import ReportFormat, ReportRow, report_key
from reconnect.ports import Batches, BatchFiles, Clock, Events, NewReport
from reconnect.views.batch_report import finished_detail, report_row

_ROWS_AT_ONCE = 1000


@frozen(kw_only=True)
class FinishBatch:
    """The end of a batch. A bus or a bucket that is down fails it before anything is closed, and a repeat goes on."""

    batches: Batches
    batch_files: BatchFiles
    new_report: NewReport
    events: Events
    clock: Clock

    def __call__(self, run: BatchRun, steering: Steering) -> None:
        """Write the report of a batch in which nothing is live, and publish BatchFinished.

        Raises ResultNotStored or PublishFailed; the event of a repeat is the same one, and so is its report.
        """
        stopped = steering.wanted is Wanted.STOP and run.open > 0
        if run.finished_at is None:
            run = self.batches.save(replace(run, finished_at=self.clock()))
        self._write_report(run)
        # The header names the report once it is complete.
        run = replace(run, report_key=report_key(run.batch_id, ReportFormat.JSON_LINES))
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

    def _write_report(self, run: BatchRun) -> None:
        """Read the items once for all forms, and store these only when all are written."""
        rows, forms = self._rows(run), self.new_report()
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            for form in forms.values():
                form.add(some)
        for report_format in ReportFormat:
            self.batch_files.keep_report(report_key(run.batch_id, report_format), forms[report_format].end())

    def _rows(self, run: BatchRun) -> Iterator[ReportRow]:
        banks = {key: each.institution for key, each in run.banks.items()}
        return (report_row(item, banks.get(item.bank)) for item in self.batches.all_items(run.batch_id))
