"""The one DynamoDB table: its keys, conditional writes, and plain Python values in and out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.adapters.dynamodb.formats import IS_KNOWN, KNOWN, check_format
from reconnect.model.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

# As many as DynamoDB reads in one request.
_READ_AT_ONCE = 100
_ANY = "attribute_not_exists(pk) OR attribute_exists(pk)"

# As many connections as the sweeper has threads: one beyond the pool is closed after each call.
TABLE_CONFIG = Config(max_pool_connections=16)

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class Table:
    """Items of plain Python values, by key. Each call raises StoreUnavailable if DynamoDB fails.

    An item in a newer format is never overwritten, and reading it raises RecordUnreadable.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client, self._name = client, name

    def read(self, key: Mapping[str, str], *, is_consistent: bool = True) -> Item | None:
        """Read an item, strongly consistent or for half the price; None if there is none."""
        with self._asking("GetItem"):
            asked = self._client.get_item(TableName=self._name, Key=marshal(key), ConsistentRead=is_consistent)
        item = asked.get("Item")
        return _known(unmarshal(item)) if item else None

    def read_all(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        """Read items, a hundred in a request, in any order, strongly consistent; those that exist."""
        found: list[Item] = []
        for at in range(0, len(keys), _READ_AT_ONCE):
            some = [marshal(key) for key in keys[at : at + _READ_AT_ONCE]]
            wanted: Any = {self._name: {"Keys": some, "ConsistentRead": True}}
            with self._asking("BatchGetItem"):
                answer = self._client.batch_get_item(RequestItems=wanted)
            if answer.get("UnprocessedKeys"):
                raise StoreUnavailable("BatchGetItem: some items were not read")
            found += [_known(unmarshal(item)) for item in answer["Responses"].get(self._name, ())]
        return found

    def put(self, item: Item, condition: str, **values: Any) -> Item | None:
        """Write an item if the condition holds; otherwise return the existing one ({} if there is none)."""
        with self._asking("PutItem"):
            try:
                self._client.put_item(
                    TableName=self._name,
                    Item=marshal(item),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **_when(condition, values),
                )
            except self._client.exceptions.ConditionalCheckFailedException as refused:
                return _known(_existing(refused))
        return None

    def write(self, item: Item) -> None:
        """Write an item, whatever is there."""
        self.put(item, _ANY)

    def write_all(self, items: Sequence[Item]) -> None:
        """Write up to 25 new items in one request, whatever is there. Raises StoreUnavailable if any was not written;
        those that were stay.
        """
        puts: Any = [{"PutRequest": {"Item": marshal(item)}} for item in items]
        with self._asking("BatchWriteItem"):
            answer = self._client.batch_write_item(RequestItems={self._name: puts})
        if answer.get("UnprocessedItems"):
            raise StoreUnavailable("BatchWriteItem: some items were not written")

    def overwrite(self, item: Item, read_version: int) -> bool:
        """Write the next version of an item; False if another writer changed it since it was read."""
        existing = self.put(item, "version = :read", read=read_version)
        # The SDK repeats a write whose reply was lost; then the existing item is our own.
        return existing is None or existing == unmarshal(marshal(item))

    def update(self, key: Mapping[str, str], expression: str, condition: str, **values: Any) -> Item | None:
        """Change an item in place if the condition holds, and return it; None if it does not hold."""
        with self._asking("UpdateItem"):
            try:
                answer = self._client.update_item(
                    TableName=self._name,
                    Key=marshal(key),
                    UpdateExpression=expression,
                    ReturnValues="ALL_NEW",
                    **_when(condition, values),
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return unmarshal(answer["Attributes"])

    def delete(self, key: Mapping[str, str], condition: str = _ANY, **values: Any) -> bool:
        """Remove an item if the condition holds, which it does without one; False if it does not."""
        with self._asking("DeleteItem"):
            try:
                self._client.delete_item(TableName=self._name, Key=marshal(key), **_when(condition, values))
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def query_index(
        self, index: str, condition: str, limit: int | None = None, *, last: bool = False, **values: Any
    ) -> list[Item]:
        """Query an index for the first `limit` items, or the last ones in reverse order, or all; it has only keys."""
        return self._query(condition, values, limit, IndexName=index, ScanIndexForward=not last)

    def query_page(
        self, index: str, condition: str, limit: int, after: Item | None = None, **values: Any
    ) -> tuple[list[Item], Item | None]:
        """Query an index for one page of at most `limit` keys; return them, and the last one if there may be more."""
        start = {"ExclusiveStartKey": marshal(after)} if after else {}
        return self._first_of(self._pages(condition, values, limit, IndexName=index, **start))

    def query_partition(self, pk: str, last: int | None = None) -> list[Item]:
        """Query the items of one partition, as of a second ago: all of them, or the `last` ones in reverse order."""
        return self._query("pk = :pk", {"pk": pk}, last, ScanIndexForward=last is None)

    def query_range(
        self, pk: str, first: str, last: str, limit: int, *, is_reversed: bool = False
    ) -> tuple[list[Item], bool]:
        """Query a partition, strongly consistent, for the items from `first` to `last`: one page of at most `limit`.

        Return them, and whether there are no more. `is_reversed`: from `last` to `first`.
        """
        pages = self._range(pk, first, last, limit, ScanIndexForward=not is_reversed)
        items, behind = self._first_of(pages)
        return items, behind is None

    def query_before(self, pk: str, before: str, limit: int) -> tuple[list[Item], bool]:
        """Query a partition backwards, strongly consistent, from the last item whose sort key is less than `before`:
        one page of at most `limit`. Return them, and whether there are no more.
        """
        condition, values = "pk = :pk AND sk < :before", {"pk": pk, "before": before}
        backwards: Item = {"ConsistentRead": True, "ScanIndexForward": False}
        items, behind = self._first_of(self._pages(condition, values, limit, **backwards))
        return items, behind is None

    def each_in_range(self, pk: str, first: str, last: str) -> Iterator[Item]:
        """Read the items of a partition between two sort keys page by page, strongly consistent."""
        with self._asking("Query"):
            for page in self._range(pk, first, last):
                yield from map(unmarshal, page["Items"])

    def _range(self, pk: str, first: str, last: str, limit: int | None = None, **options: Any) -> Iterator[Any]:
        values = {"pk": pk, "first": first, "last": last}
        return self._pages("pk = :pk AND sk BETWEEN :first AND :last", values, limit, ConsistentRead=True, **options)

    def _first_of(self, pages: Iterator[Any]) -> tuple[list[Item], Item | None]:
        with self._asking("Query"):
            page = next(pages)
        last = page.get("LastEvaluatedKey")
        return [unmarshal(item) for item in page["Items"]], unmarshal(last) if last else None

    def _query(self, condition: str, values: Item, limit: int | None, **options: Any) -> list[Item]:
        pages = self._pages(condition, values, limit, **options)
        with self._asking("Query"):
            return [unmarshal(item) for item in islice((item for page in pages for item in page["Items"]), limit)]

    def _pages(self, condition: str, values: Item, limit: int | None, **options: Any) -> Iterator[Any]:
        """Query page by page, each of at most `limit` items.

        Not with the SDK's paginator, which looks through the folders of all services when the first one is made.
        """
        asked: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": _named(values),
            **({"Limit": limit} if limit else {}),
            **options,
        }
        while True:
            page = self._client.query(**asked)
            yield page
            if not page.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def count_in_index(self, index: str, condition: str, **values: Any) -> int:
        """Count the items of an index in one request, which ends after a megabyte of them."""
        with self._asking("Query"):
            return self._client.query(
                TableName=self._name,
                IndexName=index,
                Select="COUNT",
                KeyConditionExpression=condition,
                ExpressionAttributeValues=_named(values),
            )["Count"]

    @contextmanager
    def _asking(self, call: str) -> Iterator[None]:
        try:
            yield
        except AWS_FAILURES as failure:
            raise StoreUnavailable(f"{call}: {name_of(failure)}") from None


def _when(condition: str, values: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": f"({condition}) AND {IS_KNOWN}",
        "ExpressionAttributeValues": _named({**values, **KNOWN}),
    }


def _known(item: Item) -> Item:
    check_format(item)
    return item


def _named(values: Item) -> Item:
    return marshal({f":{name}": value for name, value in values.items()})


def _existing(refused: Any) -> Item:
    return unmarshal(refused.response.get("Item") or {})


def marshal(item: Mapping[str, Any]) -> Item:
    """Python values in DynamoDB's format."""
    return {name: _serialize(value) for name, value in item.items()}


def unmarshal(item: Mapping[str, Any]) -> Item:
    """DynamoDB's format as Python values."""
    return {name: _deserialize(value) for name, value in item.items()}
