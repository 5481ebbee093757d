"""The records of batches in the DynamoDB table: all of one batch in one partition, and a list of them in another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from reconnect.adapters.dynamodb.header_rows import (
    LIST,
    header_in,
    header_key,
    header_row,
    listing_row,
    steering_in,
    steering_key,
    steering_row,
)
from reconnect.adapters.dynamodb.item_rows import (
    end_attributes,
    item_in,
    item_key,
    item_row,
    partition,
    queue_key,
    queue_row,
)
from reconnect.adapters.dynamodb.table import Item as Row
from reconnect.adapters.dynamodb.table import Table
from reconnect.model.batch_errors import BatchNotFound
from reconnect.model.batch_items import LATER, Item, ItemEnd, Lease, time_of
from reconnect.model.batch_run import BatchRun, Steering
from reconnect.model.errors import SessionChanged
from reconnect.ports.batches import BatchPage, Queued

# As many as DynamoDB writes in one request.
_WRITTEN_AT_ONCE = 25
_LONGEST_ID = 64
# Behind all places of an institution; a place never has these characters.
_LAST, _NEXT = "\U0010ffff", "\x00"
# Before all times.
_FIRST = "!"


class DynamoDbBatches:
    """The port `Batches`."""

    def __init__(self, table: Table, retention: timedelta) -> None:
        """`retention`: how long after its deadline a batch's header is kept."""
        self._table, self._retention = table, retention

    def create(self, run: BatchRun, steering: Steering) -> BatchRun:
        """Write what is wanted first, so that every header has it, and the row of the list last, so that each leads to
        a header. A repeat writes that row again: without it, nobody finds a batch of which only its header was written.
        """
        header = header_row(replace(run, version=1), self._retention)
        self._table.put(
            steering_row(replace(steering, version=1), int(header["expires_at"])), "attribute_not_exists(pk)"
        )
        existing = self._table.put(header, "attribute_not_exists(pk)")
        created = header_in(existing) if existing else replace(run, version=1)
        self._table.write(listing_row(created, self._retention))
        return created

    def get(self, batch_id: str) -> BatchRun:
        """Read the header."""
        row = self._table.read(header_key(batch_id)) if len(batch_id) <= _LONGEST_ID else None
        if row is None:
            raise BatchNotFound(batch_id)
        return header_in(row)

    def page(self, limit: int, before: str | None = None) -> BatchPage:
        """Query the list backwards."""
        rows, is_whole = self._table.query_before(LIST, before or _LAST, limit)
        ids = tuple(map(_listed_in, rows))
        return BatchPage(ids, None if is_whole else rows[-1]["sk"])

    def get_all(self, batch_ids: Sequence[str]) -> list[tuple[BatchRun, Steering]]:
        """Read the headers and what is wanted in one request."""
        keys = [key_of(batch_id) for batch_id in batch_ids for key_of in (header_key, steering_key)]
        rows = {(row["pk"], row["sk"]): row for row in self._table.read_all(keys)}
        found = ((batch_id, rows.get(_name(header_key(batch_id)))) for batch_id in batch_ids)
        return [
            (header_in(header), _steering(batch_id, rows.get(_name(steering_key(batch_id)))))
            for batch_id, header in found
            if header is not None
        ]

    def save(self, run: BatchRun) -> BatchRun:
        """Write the next version."""
        written = replace(run, version=run.version + 1)
        if not self._table.overwrite(header_row(written, self._retention), run.version):
            raise SessionChanged(f"batch version {run.version} was overtaken")
        return written

    def steering(self, batch_id: str) -> Steering:
        """Read what is wanted."""
        return _steering(batch_id, self._table.read(steering_key(batch_id)))

    def steer(self, steering: Steering) -> bool:
        """Change what is wanted in place, so that its time to live stays."""
        changed = self._table.update(
            steering_key(steering.batch_id),
            "SET wanted = :wanted, caps = :caps, version = :next",
            "version = :read",
            wanted=steering.wanted.value,
            caps=dict(steering.caps),
            read=steering.version,
            next=steering.version + 1,
        )
        return changed is not None

    def load(self, run: BatchRun, items: Sequence[Item]) -> None:
        """Write the rows in as few requests as there can be, the places before the items."""
        rows = [queue_row(run, item.bank, item.place) for item in items if item.end is None]
        rows += [item_row(run, item) for item in items]
        for at in range(0, len(rows), _WRITTEN_AT_ONCE):
            self._table.write_all(rows[at : at + _WRITTEN_AT_ONCE])

    def items(self, batch_id: str, digests: Sequence[str]) -> list[Item]:
        """Read the rows in one request."""
        return [item_in(row) for row in self._table.read_all([item_key(batch_id, digest) for digest in digests])]

    def end(self, batch_id: str, digest: str, end: ItemEnd) -> None:
        """Change the row, if it is still there."""
        values = end_attributes(end)
        settings = ", ".join(f"{name} = :{name}" for name in values)
        expression = f"SET {settings} REMOVE asks"
        self._table.update(item_key(batch_id, digest), expression, "attribute_exists(pk)", **values)

    def move(self, run: BatchRun, lease: Lease, place: str, tries: int) -> None:
        """Write the place, then the item."""
        self._table.write(queue_row(run, lease.bank, place))
        self._table.update(
            item_key(run.batch_id, lease.digest),
            "SET place = :place, tries = :tries",
            "attribute_exists(pk)",
            place=place,
            tries=tries,
        )

    def queue(self, batch_id: str, bank: str, after: str, limit: int) -> list[Queued]:
        """Query one range of the partition."""
        return self._places(batch_id, bank, (after, _LAST), limit)

    def newest(self, batch_id: str, bank: str, after: str, limit: int) -> list[Queued]:
        """Query the same range from its end, without the places that wait for a time."""
        if time_of(after) is not None:
            return []
        return self._places(batch_id, bank, (after, LATER), limit, is_reversed=True)

    def forget(self, digest_in: Callable[[str], str]) -> bool:
        """Read the item of each batch, and change those that have a request."""
        batch_ids = [_listed_in(row) for row in self._table.each_in_range(LIST, _FIRST, _LAST)]
        has_forgotten = False
        for row in self._table.read_all([item_key(batch_id, digest_in(batch_id)) for batch_id in batch_ids]):
            if "asks" in row:
                changed = self._table.update({"pk": row["pk"], "sk": row["sk"]}, "REMOVE asks", "attribute_exists(pk)")
                has_forgotten = has_forgotten or changed is not None
        return has_forgotten

    def all_items(self, batch_id: str) -> Iterator[Item]:
        """Query the items of the partition."""
        return map(item_in, self._table.each_in_range(partition(batch_id), "ITEM#", f"ITEM#{_LAST}"))

    def _places(
        self, batch_id: str, bank: str, between: tuple[str, str], limit: int, *, is_reversed: bool = False
    ) -> list[Queued]:
        after, until = between
        first = queue_key(batch_id, bank, f"{after}{_NEXT}" if after else "")["sk"]
        last = queue_key(batch_id, bank, until)["sk"]
        rows, _ = self._table.query_range(partition(batch_id), first, last, limit, is_reversed=is_reversed)
        places = [row["sk"].split("#", 2)[2] for row in rows]
        return [Queued(place, place.rpartition("#")[2]) for place in places]


def _steering(batch_id: str, row: Row | None) -> Steering:
    return steering_in(row) if row else Steering(batch_id)


def _listed_in(row: Row) -> str:
    return str(row["sk"]).partition("#")[2]


def _name(key: Row) -> tuple[str, str]:
    return key["pk"], key["sk"]
