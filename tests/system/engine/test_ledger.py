"""The engine's ledger: it records every request, and its units are DynamoDB's own."""

from collections.abc import Iterator
from typing import Any

import pytest

from devtools.engine import LocalEngine
from devtools.meter.dynamodb import Units, units_of

LARGE = "x" * 2500
LARGE_BODY = {":b": {"S": LARGE}}


@pytest.fixture(scope="module")
def ledgered() -> Iterator[LocalEngine]:
    with LocalEngine.start(with_ledger=True) as engine:
        engine.client("dynamodb").create_table(
            TableName="sessions",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "due")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_due",
                    "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        yield engine


def an_item(name: str, **attributes: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "SESSION"}} | {key: {"S": text} for key, text in attributes.items()}


def requests_of(engine: LocalEngine, action: str) -> list[dict[str, Any]]:
    return [entry for entry in engine.ledger() if entry["action"] == action]


REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a new item, in the index": ("put_item", {"Item": an_item("a", due="1", text=LARGE)}),
    "a smaller item, moved in the index": ("put_item", {"Item": an_item("a", due="2")}),
    "an update that leaves the index": (
        "update_item",
        {"Key": an_item("a"), "UpdateExpression": "REMOVE due SET body = :b", "ExpressionAttributeValues": LARGE_BODY},
    ),
    "a strongly consistent read": ("get_item", {"Key": an_item("a"), "ConsistentRead": True}),
    "a read that may be late": ("get_item", {"Key": an_item("a")}),
    "a query": (
        "query",
        {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "a"}}},
    ),
    "a delete": ("delete_item", {"Key": an_item("a")}),
    "a delete of nothing": ("delete_item", {"Key": an_item("nobody")}),
}  # fmt: skip


def test_every_request_takes_the_units_that_dynamodb_reports(ledgered: LocalEngine) -> None:
    client, reported, counted = ledgered.client("dynamodb"), {}, {}

    for name, (call, request) in REQUESTS.items():
        answer = getattr(client, call)(TableName="sessions", ReturnConsumedCapacity="TOTAL", **request)
        reported[name] = answer["ConsumedCapacity"]["CapacityUnits"]
        units = units_of(list(ledgered.ledger())[-1])
        counted[name] = units.write + units.index + units.read

    assert counted == reported
    assert counted["a new item, in the index"] == 3 + 1


def test_a_transaction_takes_the_units_that_dynamodb_reports(ledgered: LocalEngine) -> None:
    puts = [{"Put": {"TableName": "sessions", "Item": an_item(name, due="1", text=LARGE)}} for name in ("t", "u")]

    answer = ledgered.client("dynamodb").transact_write_items(TransactItems=puts, ReturnConsumedCapacity="TOTAL")

    (entry,) = requests_of(ledgered, "TransactWriteItems")
    units = units_of(entry)
    assert units == Units(write=2 * 2 * 3, index=2)
    assert units.write + units.index == answer["ConsumedCapacity"][0]["CapacityUnits"]


def test_a_refused_write_is_in_the_ledger_as_refused(ledgered: LocalEngine) -> None:
    client = ledgered.client("dynamodb")
    new = {"TableName": "sessions", "ConditionExpression": "attribute_not_exists(pk)"}
    client.put_item(**new, Item=an_item("r"))

    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(**new, Item=an_item("r", text=LARGE))

    assert [entry["refused"] for entry in requests_of(ledgered, "PutItem")[-2:]] == [False, True]
    assert units_of(requests_of(ledgered, "PutItem")[-1]) == Units(write=3)


def test_a_batch_is_recorded_item_by_item(ledgered: LocalEngine) -> None:
    requests = [{"PutRequest": {"Item": an_item("b1")}}, {"DeleteRequest": {"Key": an_item("b1", sk="OTHER")}}]

    ledgered.client("dynamodb").batch_write_item(RequestItems={"sessions": requests})

    (entry,) = requests_of(ledgered, "BatchWriteItem")
    assert units_of(entry) == Units(write=2)


def test_an_engine_without_a_ledger_records_nothing(engine: LocalEngine) -> None:
    assert list(engine.ledger()) == []
