"""Change what is wanted of a batch while it runs, and read how far it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.batch_errors import ReportMissing
from reconnect.model.batch_run import BatchRun, BatchStatus, Steering, Wanted
from reconnect.model.errors import InvalidRequest, SessionChanged
from reconnect.model.frozen import frozen
from reconnect.model.report_row import ReportFormat, report_key
from reconnect.ports import Batches, BatchFiles, BatchRuns, Clock

_TRIES = 20
# A batch that was not ticked for so long has lost its execution.
_LOST_AFTER = timedelta(minutes=5)
_LINK_LIFETIME = timedelta(minutes=5)


@frozen
class ReportLink:
    """Where a report can be read, and until when."""

    url: str
    expires_at: datetime


@frozen(kw_only=True)
class SteerBatch:
    """The use case behind what a caller does with a batch after it was opened. Each call may be repeated."""

    batches: Batches
    batch_runs: BatchRuns
    batch_files: BatchFiles
    clock: Clock

    def read(self, batch_id: str) -> tuple[BatchRun, Steering]:
        """Return how far a batch is, and what is wanted of it; raise BatchNotFound."""
        return self.batches.get(batch_id), self.batches.steering(batch_id)

    def steering_of(self, run: BatchRun) -> Steering:
        """Return what is wanted of a batch."""
        return self.batches.steering(run.batch_id)

    def pause(self, batch_id: str) -> tuple[BatchRun, Steering]:
        """Begin nothing for now."""
        return self._steer(batch_id, lambda steering: steering.to(Wanted.PAUSE))

    def resume(self, batch_id: str) -> tuple[BatchRun, Steering]:
        """Begin again after a pause. A batch that has lost its execution gets a new one."""
        run, steering = self._steer(batch_id, lambda steering: steering.to(Wanted.RUN))
        return self._with_execution(run), steering

    def stop(self, batch_id: str) -> tuple[BatchRun, Steering]:
        """Begin nothing more; what is live goes on to its end."""
        return self._steer(batch_id, lambda steering: steering.to(Wanted.STOP))

    def limit(self, batch_id: str, bank: str, cap: int) -> tuple[BatchRun, Steering]:
        """Allow so many live attempts at an institution."""
        return self._steer(batch_id, lambda steering: steering.limit(bank, cap))

    def report(self, batch_id: str, report_format: str = ReportFormat.JSON_LINES) -> ReportLink:
        """Return a link to the report in one of its forms; raise InvalidRequest, BatchNotFound or ReportMissing."""
        if report_format not in list(ReportFormat):
            raise InvalidRequest({"format": f"must be one of {', '.join(ReportFormat)}"})
        run = self.batches.get(batch_id)
        if not run.is_over or run.report_key is None:
            raise ReportMissing(batch_id)
        key = report_key(batch_id, ReportFormat(report_format))
        return ReportLink(self.batch_files.report_address(key, _LINK_LIFETIME), self.clock() + _LINK_LIFETIME)

    def _steer(self, batch_id: str, change: Callable[[Steering], Steering]) -> tuple[BatchRun, Steering]:
        run = self.batches.get(batch_id)
        for _ in range(_TRIES):
            before = self.batches.steering(batch_id)
            after = change(before)
            if run.is_over or after == before:
                return run, before
            if self.batches.steer(after):
                return run, after
        raise SessionChanged("others steered the batch at every try")

    def _with_execution(self, run: BatchRun) -> BatchRun:
        last = run.ticked_at or run.created_at
        has_one = run.status is BatchStatus.RUNNING or (run.source is not None and not run.is_over)
        if not has_one or last > self.clock() - _LOST_AFTER:
            return run
        run = self.batches.save(replace(run, execution=run.execution + 1))
        self.batch_runs.start(run.batch_id, run.execution)
        return run
