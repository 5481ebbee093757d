"""Read the list of a batch from an object, piece by piece."""

from dataclasses import replace
from datetime import timedelta

from reconnect.model.batch_errors import SourceChanged, SourceMissing
from reconnect.model.batch_lines import read_lines
from reconnect.model.batch_run import BatchRun, BatchStatus, Source
from reconnect.model.frozen import frozen
from reconnect.ports import Batches, BatchFiles, Clock
from reconnect.usecases.finish_batch import FinishBatch
from reconnect.usecases.load_items import LoadItems, claim_part

# A thousand lines of most lists.
_PIECE_BYTES = 256 * 1024


@frozen(kw_only=True)
class LoadBatch:
    """The first steps of a batch's execution. The header is the checkpoint, so a crash repeats one piece at most."""

    batches: Batches
    batch_files: BatchFiles
    load: LoadItems
    finish: FinishBatch
    clock: Clock
    time_budget: timedelta

    def __call__(self, batch_id: str) -> bool:
        """Read on while the time lasts; return whether the list is complete. A batch without an object is complete.

        If the object is missing or changes, the batch fails before anything was begun. Raises SourceUnavailable.
        """
        run, until = self.batches.get(batch_id), self.clock() + self.time_budget
        while run.status is BatchStatus.LOADING and run.source is not None:
            if self.clock() >= until:
                return False
            try:
                run = self._read_on(run, run.source)
            except SourceMissing:
                self.finish.fail(run, "SOURCE_MISSING")
                return True
            except SourceChanged:
                self.finish.fail(run, "SOURCE_CHANGED")
                return True
        return True

    def _read_on(self, run: BatchRun, source: Source) -> BatchRun:
        piece = self.batch_files.read(source.key, source.etag, source.offset, _PIECE_BYTES)
        source = replace(source, etag=piece.etag)
        name = f"@{source.offset}"
        run = claim_part(self.batches, replace(run, source=source), name, self.clock)
        values, after = read_lines(piece.data, source, is_last=piece.is_last)
        counted = self.load(run, name, values)
        is_done = piece.is_last and after.offset == source.offset + len(piece.data)
        status = BatchStatus.RUNNING if is_done else BatchStatus.LOADING
        return self.batches.save(replace(counted, source=after, loading=None, status=status))
