"""Writes down every request that AWS would bill, if the launcher asks for it: what was asked, and what it touched.

One JSON object a line, in a file of the engine's scratch folder. What it costs is not decided here.
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
    """Begin the ledger, or do nothing if none was asked for."""
    path = os.environ.get(LEDGER_VARIABLE)
    if not path:
        return
    ledger = Ledger(Path(path))
    for name, wrap in (
        (private_names.EVENTS_REQUEST, partial(ledger.noting, "events")),
        (private_names.S3_REQUEST, partial(ledger.noting, "s3")),
        (private_names.SECRETS_REQUEST, partial(ledger.noting, "secretsmanager")),
        (private_names.HTTP_API_REQUEST, ledger.noting_http),
        (private_names.DYNAMODB_REQUEST, lambda original: TableRequests(original, ledger).handle),
    ):
        set_attribute(name, wrap(name.load()))


class Ledger:
    """The file, and the simple services: what they bill stands in the request."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, entry: Entry) -> None:
        """Add one request."""
        with self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def noting(self, service: str, original: Handler) -> Handler:
        """The handler of a service, wrapped; only what was answered well is billed."""

        async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any, **more: Any) -> Any:
            answer = await original(method, path, headers, body, query, **more)
            if answer[0] == _GOOD:
                action = _action(headers) or method
                sizes = [len(json.dumps(each)) for each in json.loads(body)["Entries"]] if action == "PutEvents" else []
                self.write({"service": service, "action": action, "sizes": sizes})
            return answer

        return handle

    def noting_http(self, original: Handler) -> Handler:
        """The HTTP API, wrapped; each request is billed, whatever the answer."""

        async def handle(*arguments: Any, **more: Any) -> Any:
            _api, _stage, _path, method, _headers, body, *_ = arguments
            self.write({"service": "execute-api", "action": method, "sizes": [len(body)]})
            return await original(*arguments, **more)

        return handle


class TableRequests:
    """DynamoDB, wrapped: each item that a request touches is noted as it was before and after.

    Requests in PartiQL are not noted; nothing here makes any.
    """

    def __init__(self, original: Handler, ledger: Ledger) -> None:
        self._original, self._ledger = original, ledger

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        """Serve one request as DynamoDB would, then note it."""
        action, data = _action(headers), json.loads(body or "{}")
        writes = _writes_of(action, data)
        # None of the calls below lets go of the event loop, so nothing comes between a look and the write.
        keys = [await self._key(each) for each in writes]
        before = [await self._look(each["TableName"], key) for each, key in zip(writes, keys, strict=True)]
        answer = await self._original(method, path, headers, body, query)
        entry = {"service": "dynamodb", "action": action, "refused": answer[0] != _GOOD}
        if writes:
            touched = [
                {
                    "old": old,
                    "new": await self._look(each["TableName"], key),
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
        """The items that were read; those of a Query as they were handed over."""
        if action in ("Query", "Scan") and answer[0] == _GOOD:
            return {"read": json.loads(answer[2]).get("Items", []), "consistent": data.get("ConsistentRead", False)}
        if action == "GetItem":
            asked = [(data["TableName"], data)]
        elif action == "TransactGetItems":
            asked = [(each["Get"]["TableName"], each["Get"]) for each in data["TransactItems"]]
        elif action == "BatchGetItem":
            asked = [
                (name, {**table, "Key": key}) for name, table in data["RequestItems"].items() for key in table["Keys"]
            ]
        else:
            return None
        read = [await self._look(table, each["Key"]) for table, each in asked]
        return {"read": read, "consistent": any(each.get("ConsistentRead") for _, each in asked)}

    async def _key(self, operation: Entry) -> Item:
        if "Key" in operation:
            return dict(operation["Key"])
        schema = await self._schema(operation["TableName"])
        return {name: operation["Item"][name] for name in schema["keys"]}

    async def _look(self, table: str, key: Item) -> Item | None:
        answer = await self._ask("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
        return answer.get("Item")

    async def _schema(self, table: str) -> Entry:
        """The table's key, and of each index its key and what it holds."""
        described = (await self._ask("DescribeTable", {"TableName": table}))["Table"]
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

    async def _ask(self, action: str, data: Entry) -> Entry:
        headers = {"x-amz-target": f"DynamoDB_20120810.{action}"}
        _, _, body = await self._original("POST", "/", headers, json.dumps(data).encode(), {})
        answer: Entry = json.loads(body)
        return answer


def _action(headers: dict[str, str]) -> str:
    return headers.get("x-amz-target", "").rpartition(".")[2]


def _writes_of(action: str, data: Entry) -> list[Entry]:
    """Each write in a request, as an operation that names TableName, and Key or Item."""
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
