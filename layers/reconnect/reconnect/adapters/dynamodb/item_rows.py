"""The items of a batch as items of the DynamoDB table, and back."""

import json
from datetime import timedelta
from typing import Any

from reconnect.adapters.dynamodb.formats import check_format, in_format, reading
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Item as Row
from reconnect.adapters.dynamodb.values import epoch, read_micros, without_none, write_micros
from reconnect.model.batch_items import Item, ItemEnd, ItemState
from reconnect.model.batch_run import BatchRun

# A row may hold a LoginId until its item has ended. What a batch left behind goes soon after its deadline.
_KEPT_AFTER_DEADLINE = timedelta(days=2)


def partition(batch_id: str) -> str:
    """The partition of a batch."""
    return f"BATCH#{batch_id}"


def item_key(batch_id: str, digest: str) -> dict[str, str]:
    """The key of an item."""
    return {"pk": partition(batch_id), "sk": f"ITEM#{digest}"}


def item_row(run: BatchRun, item: Item) -> Row:
    """An item as a row."""
    row = {
        **item_key(item.batch_id, item.digest),
        "bank": item.bank,
        "part": item.part,
        "known": item.known,
        "place": item.place or None,
        "tries": item.tries,
        "succeeds_alone": item.succeeds_alone or None,
        "asks": None if item.request is None else json.dumps(dict(item.request), separators=(",", ":")),
        "correlation_id": item.correlation_id,
        "expires_at": expires_at(run),
        **(end_attributes(item.end) if item.end else {}),
    }
    return in_format(without_none(row))


def queue_row(run: BatchRun, bank: str, place: str) -> Row:
    """A place in the queue of an institution, as a row."""
    return in_format({**queue_key(run.batch_id, bank, place), "expires_at": expires_at(run)})


def queue_key(batch_id: str, bank: str, place: str) -> dict[str, str]:
    """The key of a place."""
    return {"pk": partition(batch_id), "sk": f"QUEUE#{bank}#{place}"}


def expires_at(run: BatchRun) -> int:
    """When TTL removes the rows of a batch."""
    return epoch(run.window.deadline + _KEPT_AFTER_DEADLINE)


def end_attributes(end: ItemEnd) -> dict[str, Any]:
    """What became of an item, as attributes."""
    return without_none(
        {
            "ended": end.state.value,
            "code": end.code,
            "ending_owner": end.owner,
            "session_status": end.status,
            "asked": end.asked or None,
            "last_refresh": write_micros(end.last_refresh),
            "session_id": end.session_id,
            "succeeded": end.succeeded or None,
            "seconds": end.seconds,
        }
    )


def item_in(row: Row) -> Item:
    """The item that a row holds."""
    check_format(row)
    with reading(row):
        request = row.get("asks")
        return in_shape(
            Item(
                batch_id=row["pk"].partition("#")[2],
                digest=row["sk"].partition("#")[2],
                bank=row["bank"],
                part=row["part"],
                known=bool(row["known"]),
                place=row.get("place", ""),
                tries=int(row["tries"]),
                succeeds_alone=bool(row.get("succeeds_alone", False)),
                request=None if request is None else json.loads(request),
                correlation_id=row.get("correlation_id"),
                end=_end_in(row) if "ended" in row else None,
            )
        )


def _end_in(row: Row) -> ItemEnd:
    seconds = row.get("seconds")
    return ItemEnd(
        state=ItemState(row["ended"]),
        code=row["code"],
        owner=row["ending_owner"],
        status=row.get("session_status"),
        asked=bool(row.get("asked", False)),
        last_refresh=read_micros(row.get("last_refresh")),
        session_id=row.get("session_id"),
        succeeded=bool(row.get("succeeded", False)),
        seconds=None if seconds is None else int(seconds),
    )
