"""The records of batches in memory, with the rules of the DynamoDB ones, and quick enough for a night's model."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from reconnect.model.batch_errors import BatchNotFound, SourceChanged, SourceMissing
from reconnect.model.batch_items import LATER, Item, ItemEnd, Lease
from reconnect.model.batch_run import BatchRun, Steering
from reconnect.model.errors import ResultNotStored, SessionChanged, WorkflowUnavailable
from reconnect.ports.batches import BatchPage, Piece, Queued


class FakeBatches:
    """The port `Batches`."""

    def __init__(self) -> None:
        self._headers: dict[str, BatchRun] = {}
        self._steering: dict[str, Steering] = {}
        self._items: dict[str, dict[str, Item]] = {}
        self._queues: dict[tuple[str, str], list[str]] = {}
        self._one_at_a_time = Lock()

    def create(self, run: BatchRun, steering: Steering) -> BatchRun:
        with self._one_at_a_time:
            self._steering.setdefault(run.batch_id, replace(steering, version=1))
            return self._headers.setdefault(run.batch_id, replace(run, version=1))

    def get(self, batch_id: str) -> BatchRun:
        if batch_id not in self._headers:
            raise BatchNotFound(batch_id)
        return self._headers[batch_id]

    def page(self, limit: int, before: str | None = None) -> BatchPage:
        places = (f"{run.created_at.isoformat()}#{run.batch_id}" for run in self._headers.values())
        behind = sorted((place for place in places if before is None or place < before), reverse=True)
        ids = tuple(place.partition("#")[2] for place in behind[:limit])
        return BatchPage(ids, behind[limit - 1] if len(behind) >= limit else None)

    def get_all(self, batch_ids: Sequence[str]) -> list[tuple[BatchRun, Steering]]:
        return [(self._headers[each], self.steering(each)) for each in batch_ids if each in self._headers]

    def save(self, run: BatchRun) -> BatchRun:
        with self._one_at_a_time:
            if self.get(run.batch_id).version != run.version:
                raise SessionChanged(f"batch version {run.version} was overtaken")
            self._headers[run.batch_id] = replace(run, version=run.version + 1)
            return self._headers[run.batch_id]

    def steering(self, batch_id: str) -> Steering:
        return self._steering.get(batch_id, Steering(batch_id))

    def steer(self, steering: Steering) -> bool:
        with self._one_at_a_time:
            if self.steering(steering.batch_id).version != steering.version:
                return False
            self._steering[steering.batch_id] = replace(steering, version=steering.version + 1)
            return True

    def load(self, run: BatchRun, items: Sequence[Item]) -> None:
        for item in items:
            self._items.setdefault(run.batch_id, {})[item.digest] = item
            if item.end is None:
                self._add_place(run.batch_id, item.bank, item.place)

    def items(self, batch_id: str, digests: Sequence[str]) -> list[Item]:
        stored = self._items.get(batch_id, {})
        return [stored[digest] for digest in digests if digest in stored]

    def end(self, batch_id: str, digest: str, end: ItemEnd) -> None:
        stored = self._items.get(batch_id, {})
        if digest in stored:
            stored[digest] = replace(stored[digest], end=end, request=None)

    def move(self, run: BatchRun, lease: Lease, place: str, tries: int) -> None:
        self._add_place(run.batch_id, lease.bank, place)
        stored = self._items.get(run.batch_id, {})
        if lease.digest in stored:
            stored[lease.digest] = replace(stored[lease.digest], place=place, tries=tries)

    def queue(self, batch_id: str, bank: str, after: str, limit: int) -> list[Queued]:
        places = self._queues.get((batch_id, bank), [])
        start = bisect_right(places, after) if after else 0
        return [Queued(place, place.rpartition("#")[2]) for place in places[start : start + limit]]

    def newest(self, batch_id: str, bank: str, after: str, limit: int) -> list[Queued]:
        places = self._queues.get((batch_id, bank), [])
        start, end = (bisect_right(places, each) if each else 0 for each in (after, LATER))
        return [Queued(place, place.rpartition("#")[2]) for place in reversed(places[max(start, end - limit) : end])]

    def forget(self, digest_in: Callable[[str], str]) -> bool:
        has_forgotten = False
        for batch_id in self._headers:
            stored, digest = self._items.get(batch_id, {}), digest_in(batch_id)
            if digest in stored and stored[digest].request is not None:
                stored[digest] = replace(stored[digest], request=None)
                has_forgotten = True
        return has_forgotten

    def all_items(self, batch_id: str) -> Iterator[Item]:
        stored = self._items.get(batch_id, {})
        return (stored[digest] for digest in sorted(stored))

    def _add_place(self, batch_id: str, bank: str, place: str) -> None:
        places = self._queues.setdefault((batch_id, bank), [])
        at = bisect_right(places, place)
        if at == 0 or places[at - 1] != place:
            places.insert(at, place)


class FakeLeases:
    """The port `Leases`."""

    def __init__(self) -> None:
        self._leases: dict[tuple[str, str, str], Lease] = {}
        self._lock: tuple[str, datetime] | None = None
        self._one_at_a_time = Lock()

    def all(self) -> list[Lease]:
        return list(self._leases.values())

    def put(self, lease: Lease) -> None:
        self._leases[lease.bank, lease.batch_id, lease.digest] = lease

    def delete(self, lease: Lease) -> None:
        stored = self._leases.get((lease.bank, lease.batch_id, lease.digest))
        if stored and stored.tries == lease.tries:
            del self._leases[lease.bank, lease.batch_id, lease.digest]

    def take_lock(self, holder: str, now: datetime, until: datetime) -> bool:
        with self._one_at_a_time:
            if self._lock and self._lock[0] != holder and self._lock[1] > now:
                return False
            self._lock = (holder, until)
            return True

    def leave_lock(self, holder: str) -> None:
        with self._one_at_a_time:
            if self._lock and self._lock[0] == holder:
                self._lock = None


class FakeBatchFiles:
    """The port `BatchFiles`. `objects`: by key, their bytes with their versions."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.is_down = False

    def read(self, key: str, etag: str, offset: int, size: int) -> Piece:
        if key not in self.objects:
            raise SourceMissing(key)
        data, version = self.objects[key]
        if etag not in {"", version}:
            raise SourceChanged(key)
        return Piece(data[offset : offset + size], version, offset + size >= len(data))

    def keep_report(self, key: str, document: bytes) -> None:
        if self.is_down:
            raise ResultNotStored("down")
        self.objects[key] = (document, "report")

    def report_address(self, key: str, lifetime: timedelta) -> str:
        return f"https://results.test/{key}?lifetime={int(lifetime.total_seconds())}"


class FakeBatchRuns:
    """The port `BatchRuns`. Set `is_down` to make every call fail."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.is_down = False

    def start(self, batch_id: str, number: int) -> None:
        if self.is_down:
            raise WorkflowUnavailable("down")
        if (batch_id, number) not in self.started:
            self.started.append((batch_id, number))
