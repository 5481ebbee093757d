"""The counters of endings in the DynamoDB table: an item for each institution and day, all of a day in one partition.

Packed, those of a usual day fit into one kilobyte, which is one write unit.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from reconnect.adapters.dynamodb.formats import check_format, in_format, reading
from reconnect.adapters.dynamodb.institution_items import institution_from_map, institution_to_map
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Item, Table
from reconnect.adapters.dynamodb.values import epoch, without_none
from reconnect.model.institution import Institution
from reconnect.model.roll_up import RollUp

_RETENTION = timedelta(days=400)
_MINUTE_BYTES, _MARK_BYTES = 2, 7


class DynamoDbRollUps:
    """The port `RollUps`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, day: date, key: str) -> RollUp:
        """Read an item, strongly consistent."""
        item = self._table.read(_key(day, key))
        return _roll_up_in(item) if item else RollUp(day, key)

    def save(self, roll_up: RollUp) -> bool:
        """Write the next version."""
        item = _item_of(replace(roll_up, version=roll_up.version + 1))
        if roll_up.version == 0:
            return self._table.put(item, "attribute_not_exists(pk)") in (None, item)
        return self._table.overwrite(item, roll_up.version)

    def of_institution(self, key: str, days: Sequence[date]) -> list[RollUp]:
        """Read the items of an institution in one request."""
        return [_roll_up_in(item) for item in self._table.read_all([_key(day, key) for day in days])]

    def of_day(self, day: date) -> list[RollUp]:
        """Read the partition of a day."""
        return [_roll_up_in(item) for item in self._table.query_partition(_partition(day))]


def _partition(day: date) -> str:
    return f"HEALTH#{day.isoformat()}"


def _key(day: date, key: str) -> dict[str, str]:
    return {"pk": _partition(day), "sk": key}


def _item_of(roll_up: RollUp) -> Item:
    hours = json.dumps({str(hour): dict(counts) for hour, counts in roll_up.hours.items()}, separators=(",", ":"))
    return in_format(
        without_none(
            {
                **_key(roll_up.day, roll_up.key),
                "institution": institution_to_map(roll_up.institution if roll_up.institution.is_known else None),
                "hours": zlib.compress(hours.encode()),
                "marks": b"".join(minute.to_bytes(_MINUTE_BYTES, "big") + mark for minute, mark in roll_up.marks),
                "version": roll_up.version,
                "expires_at": epoch(datetime.combine(roll_up.day, time(), UTC) + _RETENTION),
            }
        )
    )


def _roll_up_in(item: Item) -> RollUp:
    check_format(item)
    with reading(item):
        return in_shape(
            RollUp(
                day=date.fromisoformat(item["pk"].partition("#")[2]),
                key=item["sk"],
                institution=institution_from_map(item.get("institution")) or Institution(),
                hours=_hours_in(bytes(item["hours"])),
                marks=tuple(_marks_in(bytes(item["marks"]))),
                version=int(item["version"]),
            )
        )


def _hours_in(packed: bytes) -> dict[int, dict[str, int]]:
    try:
        hours: dict[str, Any] = json.loads(zlib.decompress(packed))
    except zlib.error as broken:
        raise ValueError("not compressed") from broken
    return {int(hour): dict(counts) for hour, counts in hours.items()}


def _marks_in(packed: bytes) -> Iterable[tuple[int, bytes]]:
    for start in range(0, len(packed), _MARK_BYTES):
        each = packed[start : start + _MARK_BYTES]
        yield int.from_bytes(each[:_MINUTE_BYTES], "big"), each[_MINUTE_BYTES:]
