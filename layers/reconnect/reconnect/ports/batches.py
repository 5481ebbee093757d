"""The ports of batches: their records, the leases of what is live, the object they are read from, and their runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from reconnect.model.frozen import frozen

if TYPE_CHECKING:
    # Every function imports the ports, and few of them have to do with batches.
    from reconnect.model.batch_items import Item, ItemEnd, Lease
    from reconnect.model.batch_run import BatchRun, Steering
    from reconnect.model.report_row import ReportFormat, ReportRow


@frozen
class Queued:
    """One place in an institution's queue, and the item that it leads to."""

    place: str
    digest: str


@frozen
class Piece:
    """A piece of an object: its bytes, the object's version, and whether it is the last piece."""

    data: bytes
    etag: str
    is_last: bool


@frozen
class BatchPage:
    """The ids of some batches, the newest first, and the place of the last one; None if there are no more."""

    batch_ids: tuple[str, ...]
    last: str | None


class Batches(Protocol):
    """The records of batches. A call that reads one may raise RecordUnreadable; it then changed nothing."""

    def create(self, run: BatchRun, steering: Steering) -> BatchRun:
        """Write and list a new batch, or return the existing one with its id."""

    def get(self, batch_id: str) -> BatchRun:
        """Read a batch's header, strongly consistent; raise BatchNotFound."""

    def page(self, limit: int, before: str | None = None) -> BatchPage:
        """Read one page of the list of all batches, strongly consistent; `before`: the place of the last one that was
        read. Records of some of them may have been removed.
        """

    def get_all(self, batch_ids: Sequence[str]) -> list[tuple[BatchRun, Steering]]:
        """Read up to fifty batches, each with what is wanted of it, strongly consistent, in the same order; those that
        exist.
        """

    def save(self, run: BatchRun) -> BatchRun:
        """Write a changed header, and return it with its new version; raise SessionChanged if another writer was
        first.
        """

    def steering(self, batch_id: str) -> Steering:
        """Read what is wanted of a batch, strongly consistent."""

    def steer(self, steering: Steering) -> bool:
        """Write what is wanted of a batch; False if another writer changed it since it was read."""

    def load(self, run: BatchRun, items: Sequence[Item]) -> None:
        """Write items, each with its place in its queue if it is queued. Repeating that changes nothing."""

    def items(self, batch_id: str, digests: Sequence[str]) -> list[Item]:
        """Read up to a hundred items, strongly consistent, in any order; those that exist."""

    def end(self, batch_id: str, digest: str, end: ItemEnd) -> None:
        """Write what became of an item, and forget its request."""

    def move(self, run: BatchRun, lease: Lease, place: str, tries: int) -> None:
        """Give the item of a lease another place, and the number of its next session: the place first, so that a crash
        loses no item.
        """

    def queue(self, batch_id: str, bank: str, after: str, limit: int) -> list[Queued]:
        """The first places of an institution's queue behind `after`, in their order, strongly consistent."""

    def newest(self, batch_id: str, bank: str, after: str, limit: int) -> list[Queued]:
        """The last places of an institution's queue behind `after` that wait for no time: the newest data first."""

    def forget(self, digest_in: Callable[[str], str]) -> bool:
        """Delete the request of an item that has not ended, in each batch that may hold one; False if none did.

        `digest_in`: the digest of the item in the batch with this id.
        """

    def all_items(self, batch_id: str) -> Iterator[Item]:
        """Read every item of a batch, page by page."""


class Leases(Protocol):
    """The rows of what is live, of all batches, and the lock of the one writer that adds to them."""

    def all(self) -> list[Lease]:
        """Read every lease in one query, strongly consistent."""

    def put(self, lease: Lease) -> None:
        """Write a lease, instead of the one that its item has."""

    def delete(self, lease: Lease) -> None:
        """Delete a lease, unless its item has another one by now."""

    def take_lock(self, holder: str, now: datetime, until: datetime) -> bool:
        """Become the one writer until then; False if there is another one `now`."""

    def leave_lock(self, holder: str) -> None:
        """Let others write; does nothing if another holder has the lock."""


class BatchFiles(Protocol):
    """The objects that batches are read from, and their reports."""

    def read(self, key: str, etag: str, offset: int, size: int) -> Piece:
        """Read up to `size` bytes of an object; raise SourceMissing, or SourceChanged if it is not the version `etag`.

        An empty `etag` takes the version that is there. Raises SourceUnavailable if S3 does not answer.
        """

    def keep_report(self, key: str, document: bytes) -> None:
        """Store a form of a report, which the end of its key names, as a whole; raise ResultNotStored."""

    def report_address(self, key: str, lifetime: timedelta) -> str:
        """Make a URL that lets its holder read a form of a report for `lifetime`; no call is made."""


class ReportForm(Protocol):
    """One form of a report while it is written."""

    def add(self, rows: Sequence[ReportRow]) -> None:
        """Add rows."""

    def end(self) -> bytes:
        """Return the document; the same rows give the same bytes."""


NewReport = Callable[[], "Mapping[ReportFormat, ReportForm]"]
"""Begin a report in all its forms."""


class BatchRuns(Protocol):
    """The state machine of batches."""

    def start(self, batch_id: str, number: int) -> None:
        """Start a batch's execution of this number; one that exists already is fine. Raises WorkflowUnavailable."""
