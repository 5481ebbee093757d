"""A stand-in for DynamoDB that holds a million items: the requests by which the service finds things, and their number.

The local engine looks at every item for each query, and keeps each in memory as Python values. This one has the table's
indexes as SQLite's, in a file, and knows only the conditions that our adapters write.
"""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Item = dict[str, Any]

# The hash and the range key of the table and of each index, as in the template.
_KEYS = {"": ("pk", "sk"), "due": ("live", "due_at"), "login": ("login", ""), "shelf": ("shelf", "shelf_place")}
_COLUMNS = ("pk", "sk", "live", "due_at", "login", "shelf", "shelf_place")
# A page of a query ends after a megabyte.
_PAGE_BYTES = 1_000_000


class RowStore:
    """The part of a DynamoDB client that reads.

    `requests`: how many there were, by call or by index. `seconds`: how long this stand-in took for them.
    """

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(path)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("PRAGMA synchronous = OFF")
        # In kilobytes; with less, filling takes twice as long.
        self._rows.execute("PRAGMA cache_size = -400000")
        columns = ", ".join(f"{name} TEXT" for name in _COLUMNS)
        self._rows.execute(f"CREATE TABLE rows ({columns}, body TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID")
        self.requests: Counter[str] = Counter()
        self.seconds = 0.0

    def fill(self, items: Iterable[str]) -> None:
        """Store items in DynamoDB's own JSON, then build the indexes."""
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        self._rows.executemany(f"INSERT INTO rows VALUES ({marks})", map(_row_of, items))  # noqa: S608 - no input
        for index, (hash_key, range_key) in _KEYS.items():
            if index:
                keys = ", ".join(filter(None, (hash_key, range_key)))
                self._rows.execute(f"CREATE INDEX by_{index} ON rows ({keys}) WHERE {hash_key} IS NOT NULL")

    def count(self) -> int:
        """How many items there are."""
        return int(self._rows.execute("SELECT COUNT(*) FROM rows").fetchone()[0])

    def get_item(self, Key: Item, **_: Any) -> Item:  # noqa: N803 - as boto3 names it
        """One item."""
        with self._serving("GetItem"):
            found = self._read(Key)
        return {"Item": found} if found else {}

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> Item:  # noqa: N803
        """Many items."""
        ((table, wanted),) = RequestItems.items()
        with self._serving("BatchGetItem"):
            return {"Responses": {table: [found for key in wanted["Keys"] if (found := self._read(key))]}}

    def query(self, **asked: Any) -> Item:
        """One page of the table or of an index."""
        with self._serving(f"page of {asked.get('IndexName', 'the table')}"):
            return self._page(asked, asked.get("Limit"), asked.get("ExclusiveStartKey"))

    @contextmanager
    def _serving(self, request: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.requests[request] += 1
        self.seconds += time.perf_counter() - began

    def _read(self, key: Item) -> Item | None:
        found = self._rows.execute("SELECT body FROM rows WHERE pk = ? AND sk = ?", (key["pk"]["S"], key["sk"]["S"]))
        row = found.fetchone()
        return json.loads(row[0]) if row else None

    def _page(self, asked: Item, limit: int | None, after: Item | None) -> Item:
        index = asked.get("IndexName", "")
        hash_key, range_key = _KEYS[index]
        order = [*filter(None, (hash_key, range_key)), *(("pk", "sk") if index else ())]
        where, values = [f"{hash_key} = ?"], [asked["ExpressionAttributeValues"][f":{hash_key}"]["S"]]
        if "begins_with" in asked["KeyConditionExpression"]:
            start = asked["ExpressionAttributeValues"][":bank"]["S"]
            where, values = [*where, f"{range_key} >= ? AND {range_key} < ?"], [*values, start, f"{start}\U0010ffff"]
        is_forward = asked.get("ScanIndexForward", True)
        if after is not None:
            marks = ", ".join("?" * len(order))
            where.append(f"({', '.join(order)}) {'>' if is_forward else '<'} ({marks})")
            values += [after[name]["S"] for name in order]
        direction = "ASC" if is_forward else "DESC"
        rows = self._rows.execute(
            f"SELECT body FROM rows WHERE {' AND '.join(where)} "  # noqa: S608 - names of columns
            f"ORDER BY {', '.join(f'{name} {direction}' for name in order)}",
            values,
        )
        found, size = list[Item](), 0
        for (body,) in rows:
            if len(found) == limit or size > _PAGE_BYTES:
                return {"Items": found, "LastEvaluatedKey": {name: found[-1][name] for name in order}}
            item = json.loads(body)
            # An index holds its keys and the table's.
            found.append({name: item[name] for name in order} if index else item)
            size += len(body)
        return {"Items": found}


def _row_of(body: str) -> tuple[str | None, ...]:
    item = json.loads(body)
    return (*(item[name]["S"] if name in item else None for name in _COLUMNS), body)
