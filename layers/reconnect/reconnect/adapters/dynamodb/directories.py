"""Flinks' directory of institutions, one packed item of the DynamoDB table, and the time at which it was asked for."""

import json
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from reconnect.adapters.dynamodb.formats import in_format, reading
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Table
from reconnect.adapters.dynamodb.values import epoch
from reconnect.model.errors import DirectoryTooLarge
from reconnect.model.institution import Directory, Listing
from reconnect.model.timestamps import to_iso

_KEY = {"pk": "DIRECTORY", "sk": "DIRECTORY"}
_ASKED = {"pk": "DIRECTORY", "sk": "ASKED"}
# A directory that could not be read again for this long is removed by TTL.
_MEMORY = timedelta(days=400)
# An item has at most 400 KB; the rest is for its other attributes.
_MOST_BYTES = 390_000


class DynamoDbDirectories:
    """The port `Directories`. A read costs one unit for 4 KB: 249 institutions take about 10 KB, 8,000 fill an item."""

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table, self._clock = table, clock

    def get(self) -> Directory | None:
        """Read the item."""
        item = self._table.read(_KEY)
        if item is None:
            return None
        with reading(item):
            return in_shape(Directory(datetime.fromisoformat(item["read_at"]), _unpack(bytes(item["listings"]))))

    def save(self, directory: Directory) -> None:
        """Write the item, unless a newer one is there."""
        item = {
            **_KEY,
            "read_at": to_iso(directory.read_at),
            "listings": _pack(directory.listings.values()),
            "expires_at": epoch(self._clock() + _MEMORY),
        }
        is_older = "attribute_not_exists(read_at) OR read_at <= :read_at"
        self._table.put(in_format(item), is_older, read_at=item["read_at"])

    def may_ask(self, now: datetime, pause: timedelta) -> bool:
        """Write the time, if the one that is there has passed by `pause`."""
        item = {**_ASKED, "asked_at": epoch(now), "expires_at": epoch(now + _MEMORY)}
        was_long_ago = "attribute_not_exists(asked_at) OR asked_at <= :before"
        return self._table.put(in_format(item), was_long_ago, before=epoch(now - pause)) is None


def _pack(listings: Iterable[Listing]) -> bytes:
    """The entries as compressed JSON."""
    rows = [[each.id, dict(each.names), dict(each.sites), each.status] for each in listings]
    packed = zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())
    if len(packed) > _MOST_BYTES:
        raise DirectoryTooLarge(f"{len(rows)} institutions take {len(packed)} bytes")
    return packed


def _unpack(packed: bytes) -> dict[int, Listing]:
    try:
        rows: list[Any] = json.loads(zlib.decompress(packed))
    except zlib.error as broken:
        raise ValueError("not compressed") from broken
    return {number: Listing(number, names, sites, status) for number, names, sites, status in rows}
