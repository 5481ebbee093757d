"""The leases of what is live, all in one partition of the DynamoDB table, and the lock of their one writer."""

from datetime import datetime, timedelta

from reconnect.adapters.dynamodb.formats import check_format, in_format, reading
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Item, Table
from reconnect.adapters.dynamodb.values import epoch, from_micros, write_micros
from reconnect.model.batch_items import Lease

_PARTITION = "LIVE"
# Before every lease, whose keys begin with an institution.
_LOCK = {"pk": _PARTITION, "sk": "!WRITER"}
_FIRST, _LAST = "!WRITER#", "\U0010ffff"
# A lease is deleted by the tick that settles it; one that a lost batch left goes by itself.
_KEPT_FOR = timedelta(days=9)


class DynamoDbLeases:
    """The port `Leases`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> list[Lease]:
        """One consistent query."""
        return [_lease_in(item) for item in self._table.each_in_range(_PARTITION, _FIRST, _LAST)]

    def put(self, lease: Lease) -> None:
        """Write a lease."""
        item = {
            **_key(lease),
            "session_id": lease.session_id,
            "tries": lease.tries,
            "since": write_micros(lease.since),
            "expires_at": epoch(lease.since + _KEPT_FOR),
        }
        self._table.write(in_format(item))

    def delete(self, lease: Lease) -> None:
        """Delete a lease, unless it is of another try."""
        self._table.delete(_key(lease), "tries = :tries", tries=lease.tries)

    def take_lock(self, holder: str, now: datetime, until: datetime) -> bool:
        """Write the lock if it is free, was left behind, or is the holder's own."""
        lock = {**_LOCK, "holder": holder, "held_until": write_micros(until), "expires_at": epoch(until) + 1}
        free = "attribute_not_exists(pk) OR held_until <= :now OR holder = :holder"
        return self._table.put(in_format(lock), free, now=write_micros(now), holder=holder) is None

    def leave_lock(self, holder: str) -> None:
        """Delete the holder's lock."""
        self._table.delete(_LOCK, "holder = :holder", holder=holder)


def _key(lease: Lease) -> dict[str, str]:
    return {"pk": _PARTITION, "sk": f"{lease.bank}#{lease.batch_id}#{lease.digest}"}


def _lease_in(item: Item) -> Lease:
    check_format(item)
    with reading(item):
        bank, batch_id, digest = item["sk"].split("#")
        return in_shape(
            Lease(bank, batch_id, digest, item["session_id"], int(item["tries"]), from_micros(item["since"]))
        )
