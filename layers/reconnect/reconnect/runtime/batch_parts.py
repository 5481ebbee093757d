"""The use cases of batches, built on first use and kept."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from reconnect.model.signing import FixedKey
from reconnect.runtime.opening_parts import OpeningParts

if TYPE_CHECKING:
    from reconnect.usecases.finish_batch import FinishBatch
    from reconnect.usecases.list_batches import ListBatches
    from reconnect.usecases.load_batch import LoadBatch
    from reconnect.usecases.load_items import LoadItems
    from reconnect.usecases.open_batch import OpenBatch
    from reconnect.usecases.run_batch import RunBatch
    from reconnect.usecases.steer_batch import SteerBatch

# Well within a function's time, so that the checkpoint behind the last piece is written.
_LOADING = timedelta(seconds=30)


class BatchParts(OpeningParts):
    """What opens, runs and steers batches."""

    @cached_property
    def open_batch(self) -> "OpenBatch":
        """Open a batch, and fill it with lists."""
        from reconnect.usecases.open_batch import OpenBatch  # noqa: PLC0415

        return OpenBatch(
            batches=self.ports.batches,
            batch_runs=self.ports.batch_runs,
            load=self._load_items,
            clock=self.ports.clock,
            new_id=self.ports.new_id,
            idempotency_key=self.ports.idempotency_key,
        )

    @cached_property
    def load_batch(self) -> "LoadBatch":
        """Read the list of a batch from an object."""
        from reconnect.usecases.load_batch import LoadBatch  # noqa: PLC0415

        return LoadBatch(
            batches=self.ports.batches,
            batch_files=self.ports.batch_files,
            load=self._load_items,
            finish=self._finish_batch,
            clock=self.ports.clock,
            time_budget=_LOADING,
        )

    @cached_property
    def run_batch(self) -> "RunBatch":
        """Run one tick of a batch."""
        from reconnect.usecases.admit_items import AdmitItems  # noqa: PLC0415
        from reconnect.usecases.begin_item import BeginItem  # noqa: PLC0415
        from reconnect.usecases.run_batch import RunBatch  # noqa: PLC0415
        from reconnect.usecases.settle_leases import SettleLeases  # noqa: PLC0415

        begin = BeginItem(
            batches=self.ports.batches,
            leases=self.ports.leases,
            logins=self.ports.logins,
            open=self.open_session,
            clock=self.ports.clock,
            idempotency_key=self.ports.idempotency_key,
        )
        return RunBatch(
            batches=self.ports.batches,
            leases=self.ports.leases,
            batch_runs=self.ports.batch_runs,
            settle=SettleLeases(
                batches=self.ports.batches,
                leases=self.ports.leases,
                sessions=self.ports.sessions,
                in_parallel=self.ports.in_parallel,
            ),
            admit=AdmitItems(
                batches=self.ports.batches,
                begin=begin,
                clock=self.ports.clock,
                in_parallel=self.ports.in_parallel,
                limits=self.bank_limits,
            ),
            finish=self._finish_batch,
            clock=self.ports.clock,
            new_id=self.ports.new_id,
            in_parallel=self.ports.in_parallel,
            usual_seconds=self.settings.batch_tick_seconds,
        )

    @cached_property
    def steer_batch(self) -> "SteerBatch":
        """Change what is wanted of a batch, and read how far it is."""
        from reconnect.usecases.steer_batch import SteerBatch  # noqa: PLC0415

        return SteerBatch(
            batches=self.ports.batches,
            batch_runs=self.ports.batch_runs,
            batch_files=self.ports.batch_files,
            clock=self.ports.clock,
        )

    @cached_property
    def list_batches(self) -> "ListBatches":
        """List batches page by page."""
        from reconnect.usecases.list_batches import ListBatches  # noqa: PLC0415

        # Who opens batches need not be able to sign users' links, so its cursors have another key.
        return ListBatches(batches=self.ports.batches, keys=FixedKey(self.ports.idempotency_key))

    @cached_property
    def _load_items(self) -> "LoadItems":
        from reconnect.usecases.load_items import LoadItems  # noqa: PLC0415

        return LoadItems(
            batches=self.ports.batches,
            sort=self.sort_logins,
            in_parallel=self.ports.in_parallel,
            idempotency_key=self.ports.idempotency_key,
            ask_interval=timedelta(days=self.settings.contact_interval_days),
        )

    @cached_property
    def _finish_batch(self) -> "FinishBatch":
        from reconnect.usecases.finish_batch import FinishBatch  # noqa: PLC0415

        return FinishBatch(
            batches=self.ports.batches,
            batch_files=self.ports.batch_files,
            new_report=self.ports.new_report,
            events=self.ports.events,
            clock=self.ports.clock,
        )
