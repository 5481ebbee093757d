"""How the golden items of batches, of institutions and of the feed are written and read: by their stores."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconnect.adapters.dynamodb.bank_healths import DynamoDbBankHealths
from reconnect.adapters.dynamodb.batch_records import DynamoDbBatches
from reconnect.adapters.dynamodb.feeds import DynamoDbFeed
from reconnect.adapters.dynamodb.header_rows import listing_key
from reconnect.adapters.dynamodb.leases import DynamoDbLeases
from reconnect.adapters.dynamodb.table import Table
from reconnect.model.bank_health import BankHealth
from reconnect.model.batch_items import Item, Lease
from reconnect.model.batch_run import BatchRun, Steering
from reconnect.model.feed import FeedEvent, end_of, minute_of
from reconnect.model.learned_cap import LearnedCap
from reconnect.ports.batches import Queued
from tests.compat.batch_records import BANK, BATCH_ID, DIGEST, NOW, BatchRecord, Listed, Place, a_run

_RETENTION = timedelta(days=30)


class OneRowClient:
    """A DynamoDB client that has one item, whatever is asked, and notes those that are written."""

    def __init__(self, item: dict[str, Any] | None = None) -> None:
        self._found = [item] if item else []
        self.written: list[dict[str, Any]] = []

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {"Item": self._found[0]}

    def batch_get_item(self, **_: Any) -> dict[str, Any]:
        return {"Responses": {"a-table": self._found}}

    def query(self, **_: Any) -> dict[str, Any]:
        return {"Items": self._found}

    def put_item(self, *, Item: dict[str, Any], **_: Any) -> None:  # noqa: N803
        self.written.append(Item)

    def batch_write_item(self, *, RequestItems: Any) -> dict[str, Any]:  # noqa: N803
        self.written += [each["PutRequest"]["Item"] for each in RequestItems["a-table"]]
        return {}


def write(record: BatchRecord) -> tuple[str, dict[str, Any], Any]:
    """Return the record's kind, the item that its store writes for it, and what the item means."""
    client = OneRowClient()
    table = Table(client, "a-table")  # type: ignore[arg-type]
    batches = DynamoDbBatches(table, _RETENTION)
    sort_key: str = ""
    # Those that are read as a list are one of it.
    means: Any = [record]
    match record:
        case BatchRun():
            kind, means = "batch", batches.save(record)
        case Steering():
            kind, sort_key, means = "steering", "STEERING", record
            batches.create(a_run(), record)
        case Listed(run):
            kind, sort_key, means = "listed batch", listing_key(run)["sk"], [run.batch_id]
            batches.create(run, Steering(run.batch_id))
        case Item():
            kind, sort_key = "batch item", "ITEM#"
            batches.load(a_run(), [record])
        case Place(item):
            kind, sort_key, means = "place", "QUEUE#", [Queued(item.place, item.digest)]
            batches.load(a_run(), [item])
        case Lease():
            kind = "lease"
            DynamoDbLeases(table).put(record)
        case BankHealth():
            kind, means = "bank health", replace(record, version=record.version + 1)
            DynamoDbBankHealths(table, lambda: NOW).save(record)
        case LearnedCap():
            kind = "learned cap"
            DynamoDbBankHealths(table, lambda: NOW).save_learned(record)
        case FeedEvent():
            kind = "feed"
            DynamoDbFeed(table).add(record, NOW)
    [row] = [each for each in client.written if each["sk"]["S"].startswith(sort_key)]
    return kind, shown(row), means


def read(kind: str, item: Mapping[str, Any]) -> Any:
    """Return what the stores read from an item."""
    return _READERS[kind](Table(OneRowClient(stored(item)), "a-table"))  # type: ignore[arg-type]


def shown(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with its compressed attributes as text: another zlib writes other bytes for the same."""
    return {
        name: {"zlib": zlib.decompress(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }


def stored(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as DynamoDB has it."""
    return {
        name: {"B": zlib.compress(value["zlib"].encode())} if "zlib" in value else value for name, value in item.items()
    }


def _batches(table: Table) -> DynamoDbBatches:
    return DynamoDbBatches(table, _RETENTION)


def _healths(table: Table) -> DynamoDbBankHealths:
    return DynamoDbBankHealths(table, lambda: NOW)


_READERS: dict[str, Callable[[Table], Any]] = {
    "batch": lambda table: _batches(table).get(BATCH_ID),
    "steering": lambda table: _batches(table).steering(BATCH_ID),
    "listed batch": lambda table: _batches(table).page(1).batch_ids,
    "batch item": lambda table: _batches(table).items(BATCH_ID, [DIGEST]),
    "place": lambda table: _batches(table).queue(BATCH_ID, BANK, "", 1),
    "lease": lambda table: DynamoDbLeases(table).all(),
    "bank health": lambda table: _healths(table).get(BANK),
    "learned cap": lambda table: _healths(table).learned([BANK]),
    "feed": lambda table: DynamoDbFeed(table).page(minute_of(NOW), end_of(minute_of(NOW)), 1).events,
}
KINDS = frozenset(_READERS)
