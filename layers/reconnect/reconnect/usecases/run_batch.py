"""One tick of a batch: settle what ended, begin what may begin, save the counters, and finish when all is done."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.batch_items import ItemEnd, ItemState, Lease
from reconnect.model.batch_run import BatchRun, BatchStatus
from reconnect.model.frozen import frozen
from reconnect.ports import Batches, BatchRuns, Clock, InParallel, Leases, NewId
from reconnect.rules.batch_admission import caps_of, count, is_done, next_tick
from reconnect.usecases.admit_items import AdmitItems, Admitted, Renew
from reconnect.usecases.finish_batch import FinishBatch
from reconnect.usecases.settle_leases import SettleLeases

# The writer renews its lock before each few sessions that it opens, so that after a crash nobody waits for long. It
# puts no lease so late that the call, which may be repeated, could end after its lock.
LOCKED_FOR = timedelta(seconds=20)
_LONGEST_CALL = timedelta(seconds=12)
_LOCKED_SECONDS = 2.0


@frozen
class Ticked:
    """Whether the batch is over, and otherwise after how many seconds it wants its next tick."""

    done: bool
    seconds: float = 0.0


@frozen(kw_only=True)
class RunBatch:
    """The use case behind the state machine of batches. One tick runs at a time, over all batches."""

    batches: Batches
    leases: Leases
    batch_runs: BatchRuns
    settle: SettleLeases
    admit: AdmitItems
    finish: FinishBatch
    clock: Clock
    new_id: NewId
    in_parallel: InParallel
    usual_seconds: float

    def __call__(self, batch_id: str) -> Ticked:
        """Run one tick. After a crash anywhere in it, the next one does what is left to do."""
        holder, now = self.new_id(), self.clock()

        def renew() -> datetime | None:
            at = self.clock()
            return at + LOCKED_FOR - _LONGEST_CALL if self.leases.take_lock(holder, at, at + LOCKED_FOR) else None

        if renew() is None:
            return Ticked(done=False, seconds=_LOCKED_SECONDS)
        try:
            run = self.batches.get(batch_id)
            if run.is_over:
                return Ticked(done=True)
            if run.status is BatchStatus.LOADING:
                return Ticked(done=False, seconds=self.usual_seconds)
            if run.finished_at is None:
                run = self._tick(run, now, renew)
        finally:
            self.leases.leave_lock(holder)
        steering = self.batches.steering(batch_id)
        if run.finished_at is None and not is_done(run, steering, run.live, now):
            return Ticked(done=False, seconds=next_tick(run, steering, run.live, now, self.usual_seconds))
        self.finish(run, steering)
        return Ticked(done=True)

    def go_on(self, batch_id: str, number: int) -> None:
        """Continue in the next execution, because one execution's history is bounded; a repeat starts nothing more."""
        run = self.batches.get(batch_id)
        if run.execution < number:
            self.batches.save(replace(run, execution=number))
        self.batch_runs.start(batch_id, number)

    def _tick(self, run: BatchRun, now: datetime, renew: Renew) -> BatchRun:
        every = self.leases.all()
        others = self.settle.of_others([lease for lease in every if lease.batch_id != run.batch_id], now)
        settled = self.settle(run, (lease for lease in every if lease.batch_id == run.batch_id), now)
        self.admit.limits.read(sorted({*run.banks, *others}))
        counted = _counted(run, settled.ended)
        admitted = self.admit(counted, settled, others, renew)
        ended = [*settled.ended, *admitted.ended]
        counted = _noted(_counted(counted, admitted.ended), admitted)
        settling = frozenset(lease.name for lease, _ in ended)
        saved = self.batches.save(replace(counted, settling=settling, ticked_at=now))
        self.in_parallel(self.leases.delete, [lease for lease, _ in ended])
        caps = caps_of(run, self.batches.steering(run.batch_id), run.banks) if settled.sessions else {}
        self.admit.limits.learn(settled.sessions, caps, now)
        return saved


def _counted(run: BatchRun, ended: Iterable[tuple[Lease, ItemEnd]]) -> BatchRun:
    banks, skipped = dict(run.banks), Counter(run.skipped)
    for lease, end in ended:
        banks[lease.bank] = count(run.bank(lease.bank) if lease.bank not in banks else banks[lease.bank], end)
        if end.state is ItemState.ERASED:
            skipped["login_erased"] += 1
    return replace(run, banks=banks, skipped=dict(skipped))


def _noted(run: BatchRun, admitted: Admitted) -> BatchRun:
    """The header with what is live, the cursors and the caps."""
    live: Mapping[str, int] = Counter(lease.bank for lease in admitted.live)
    return run.with_banks(
        {
            bank: replace(
                each,
                live=live.get(bank, 0),
                cursor=admitted.cursors.get(bank, each.cursor),
                cap=admitted.caps.get(bank, each.cap),
                breaker="open" if bank in admitted.held else "closed",
            )
            for bank, each in run.banks.items()
        }
    )
