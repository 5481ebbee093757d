"""Records every request that AWS would bill, if the launcher enables it: the request and the items it touched.

One JSON object per line, in a file in the engine's temporary folder. The meter computes the cost.
"""

import json
import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from devtools.engine import private_names
from devtools.engine.replacing import set_attribute
from devtools.engine.settings import LEDGER_VARIABLE

Entry = dict[str, Any]
Item = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Answer]]

_WRITES = ("PutItem", "UpdateItem", "DeleteItem")
_GOOD = 200


def install() -> None:
    """Start the ledger if the launcher enabled it."""
    path = os.environ.get(LEDGER_VARIABLE)
    if not path:
        return
    ledger = Ledger(Path(path))
    for name, wrap in (
        (private_names.EVENTS_REQUEST, partial(ledger.recording, "events")),
        (private_names.S3_REQUEST, partial(ledger.recording, "s3")),
        (private_names.SECRETS_REQUEST, partial(ledger.recording, "secretsmanager")),
        (private_names.HTTP_API_REQUEST, ledger.recording_http),
        (private_names.DYNAMODB_REQUEST, lambda original: TableRequests(original, ledger).handle),
    ):
        set_attribute(name, wrap(name.load()))


class Ledger:
    """The ledger's file, and the services whose billing depends only on the request."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, entry: Entry) -> None:
        """Add one request."""
        with self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def recording(self, service: str, original: Handler) -> Handler:
        """Wrap the handler of a service to record its successful requests, which are billed."""

        async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any, **more: Any) -> Any:
            answer = await original(method, path, headers, body, query, **more)
            if answer[0] == _GOOD:
                action = _action(headers) or method
                sizes = [len(json.dumps(each)) for each in json.loads(body)["Entries"]] if action == "PutEvents" else []
                self.write({"service": service, "action": action, "sizes": sizes})
            return answer

        return handle

    def recording_http(self, original: Handler) -> Handler:
        """Wrap the HTTP API's handler to record every request; each is billed, whatever its status."""

        async def handle(*arguments: Any, **more: Any) -> Any:
            _api, _stage, _path, method, _headers, body, *_ = arguments
            self.write({"service": "execute-api", "action": method, "sizes": [len(body)]})
            return await original(*arguments, **more)

        return handle


class TableRequests:
    """Wraps DynamoDB to record each item that a request touches, before and after.

    Requests in PartiQL are not recorded; the service makes none.
    """

    def __init__(self, original: Handler, ledger: Ledger) -> None:
        self._original, self._ledger = original, ledger

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        """Serve one request as DynamoDB would, then record it."""
        action, data = _action(headers), json.loads(body or "{}")
        writes = _writes_of(action, data)
        # None of the calls below yields to the event loop, so no other write comes between a read and the write.
        keys = [await self._key(each) for each in writes]
        before = [await self._read(each["TableName"], key) for each, key in zip(writes, keys, strict=True)]
        answer = await self._original(method, path, headers, body, query)
        entry = {"service": "dynamodb", "action": action, "refused": answer[0] != _GOOD}
        if writes:
            touched = [
                {
                    "old": old,
                    "new": await self._read(each["TableName"], key),
                    "asked": each.get("Item"),
                    "schema": await self._schema(each["TableName"]),
                }
                for each, key, old in zip(writes, keys, before, strict=True)
            ]
            self._ledger.write({**entry, "touched": touched})
        elif (read := await self._read_by(action, data, answer)) is not None:
            self._ledger.write({**entry, **read})
        return answer

    async def _read_by(self, action: str, data: Entry, answer: Answer) -> Entry | None:
        """The items that were read; for a Query, the items returned."""
        if action in ("Query", "Scan") and answer[0] == _GOOD:
            return {"read": json.loads(answer[2]).get("Items", []), "consistent": data.get("ConsistentRead", False)}
        if action == "GetItem":
            gets = [(data["TableName"], data)]
        elif action == "TransactGetItems":
            gets = [(each["Get"]["TableName"], each["Get"]) for each in data["TransactItems"]]
        elif action == "BatchGetItem":
            gets = [
                (name, {**table, "Key": key}) for name, table in data["RequestItems"].items() for key in table["Keys"]
            ]
        else:
            return None
        read = [await self._read(table, each["Key"]) for table, each in gets]
        return {"read": read, "consistent": any(each.get("ConsistentRead") for _, each in gets)}

    async def _key(self, operation: Entry) -> Item:
        if "Key" in operation:
            return dict(operation["Key"])
        schema = await self._schema(operation["TableName"])
        return {name: operation["Item"][name] for name in schema["keys"]}

    async def _read(self, table: str, key: Item) -> Item | None:
        answer = await self._call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
        return answer.get("Item")

    async def _schema(self, table: str) -> Entry:
        """The table's key, and each index's key and projection."""
        described = (await self._call("DescribeTable", {"TableName": table}))["Table"]
        indexes = [*described.get("GlobalSecondaryIndexes", []), *described.get("LocalSecondaryIndexes", [])]
        return {
            "keys": [part["AttributeName"] for part in described["KeySchema"]],
            "indexes": [
                {
                    "keys": [part["AttributeName"] for part in index["KeySchema"]],
                    "projection": index["Projection"].get("ProjectionType", "ALL"),
                    "included": index["Projection"].get("NonKeyAttributes", []),
                }
                for index in indexes
            ],
        }

    async def _call(self, action: str, data: Entry) -> Entry:
        headers = {"x-amz-target": f"DynamoDB_20120810.{action}"}
        _, _, body = await self._original("POST", "/", headers, json.dumps(data).encode(), {})
        answer: Entry = json.loads(body)
        return answer


def _action(headers: dict[str, str]) -> str:
    return headers.get("x-amz-target", "").rpartition(".")[2]


def _writes_of(action: str, data: Entry) -> list[Entry]:
    """Each write in a request, as an operation with TableName, and Key or Item."""
    if action in _WRITES:
        return [data]
    if action == "TransactWriteItems":
        return [operation for each in data["TransactItems"] for operation in each.values()]
    if action == "BatchWriteItem":
        return [
            {"TableName": table, **operation}
            for table, requests in data["RequestItems"].items()
            for request in requests
            for operation in request.values()
        ]
    return []
