"""Open a batch, and fill it with lists."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconnect.model.batch_errors import BatchClosed, BatchNotFound
from reconnect.model.batch_items import batch_id_of
from reconnect.model.batch_order import BatchOrder, BatchPart
from reconnect.model.batch_run import BatchRun, BatchStatus, Source, Steering
from reconnect.model.errors import IdempotencyConflict
from reconnect.model.frozen import frozen
from reconnect.model.idempotency import seal_request
from reconnect.ports import Batches, BatchRuns, Clock, NewId
from reconnect.usecases.load_items import LoadItems, claim_part

_FIRST = "first"
_SEAL_LENGTH = 16


@frozen(kw_only=True)
class OpenBatch:
    """The use case behind `POST /batches`, `POST /batches/{batchId}/items` and the bus' BatchRequested."""

    batches: Batches
    batch_runs: BatchRuns
    load: LoadItems
    clock: Clock
    new_id: NewId
    idempotency_key: Callable[[], bytes]

    def __call__(self, body: Mapping[str, Any], *, key: str | None, caller: str = "") -> BatchRun:
        """Open a batch; the same `key` of a `caller` with the same body finds the same batch.

        Raises InvalidRequest, IdempotencyConflict for another body, and SessionChanged if a repeat comes at once.
        """
        now, secret = self.clock(), self.idempotency_key()
        batch_id = batch_id_of(secret, caller, key) if key else self.new_id()
        asked = seal_request(secret, body)
        # A repeat may come when its times have passed, so the batch that is there is asked first.
        order = BatchOrder.parse(body, now if key is None else self._opened_at(batch_id, now))
        run = BatchRun(
            batch_id=batch_id,
            asked=asked,
            created_at=now,
            window=order.terms.window,
            label=order.label,
            fresh_within=order.terms.fresh_within,
            with_hopeless=order.terms.with_hopeless,
            source=Source(order.source_key) if order.source_key else None,
        )
        run = self.batches.create(run, Steering(batch_id, caps=order.caps))
        if run.asked != asked:
            raise IdempotencyConflict("the key came with another batch before")
        if run.source is not None:
            self.batch_runs.start(batch_id, 0)
            return run
        return self._take(run, _FIRST, order.part)

    def add(self, batch_id: str, body: Mapping[str, Any]) -> BatchRun:
        """Add a part to a batch whose list is not complete; a repeat adds nothing.

        Raises InvalidRequest, BatchNotFound, BatchClosed, and SessionChanged while another part is written.
        """
        part = BatchPart.parse(body)
        name = seal_request(self.idempotency_key(), body)[:_SEAL_LENGTH]
        return self._take(self.batches.get(batch_id), name, part)

    def _take(self, run: BatchRun, name: str, part: BatchPart) -> BatchRun:
        if name not in run.parts:
            if run.status is not BatchStatus.LOADING or run.source is not None:
                raise BatchClosed(run.batch_id)
            run = claim_part(self.batches, run, name, self.clock)
            counted = self.load(run, name, part.values)
            status = BatchStatus.LOADING if part.has_more else BatchStatus.RUNNING
            run = self.batches.save(replace(counted, parts=run.parts | {name}, loading=None, status=status))
        if run.status is BatchStatus.RUNNING:
            self.batch_runs.start(run.batch_id, run.execution)
        return run

    def _opened_at(self, batch_id: str, now: datetime) -> datetime:
        try:
            return self.batches.get(batch_id).created_at
        except BatchNotFound:
            return now
