"""Golden items: the item that a version writes for each record, and how the version reads it.

`python -m tests.compat.golden` writes today's. The same module, frozen in a release's snapshot, works with that
release's own code: `write <file>` writes its items, `read <file>` prints how it reads the items in a file.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from reconnect.adapters.dynamodb.logins import DynamoDbClaims, DynamoDbLogins
from reconnect.adapters.dynamodb.session_items import from_item
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Table, unmarshal
from reconnect.model.errors import RecordUnreadable, SessionErased
from reconnect.model.idempotency import Claim
from reconnect.model.login import Login
from reconnect.model.session import Session
from tests.compat.batch_golden import KINDS, read, write
from tests.compat.records import LOGIN_ID, NOW, Erased, Forgotten, Record, records

FOLDER = Path(__file__).parent / "golden"
TODAY = FOLDER / "today.json"

# The levels of the file's JSON that are indented: items, their three parts, and the attributes of each.
_DEPTH = 3

# Renamed fields, with the names in the golden items of the first release.
_NAMES = {"has_pending_evidence": "unheard", "event_type": "announcement", "polls": "looks"}

Golden = dict[str, Any]
"""One golden item: its `kind`, the `item` as DynamoDB's JSON, and what it `means`, as `facts` has it."""


class OneItemTable:
    """A DynamoDB client with one item. Conditional writes succeed, unless `exists` is set."""

    class exceptions:  # noqa: N801
        """The exceptions, as boto3 names them."""

        class ConditionalCheckFailedException(Exception):
            """The condition is not met."""

            def __init__(self, item: Any) -> None:
                super().__init__()
                self.response = {"Item": item}

    def __init__(self, item: dict[str, Any] | None = None, *, exists: bool = False) -> None:
        self.item, self._exists = item, exists

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {"Item": self.item} if self.item else {}

    def put_item(self, *, Item: dict[str, Any], **_: Any) -> None:  # noqa: N803
        if self._exists:
            raise self.exceptions.ConditionalCheckFailedException(self.item)
        self.item = Item


def golden_text() -> str:
    """Return every record as this code writes it; the text is reproducible."""
    return _text({name: _golden(record) for name, record in records().items()}, depth=1) + "\n"


def golden_files() -> dict[str, dict[str, Golden]]:
    """Return the golden items of each release, and of today."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def meaning_of(golden: Golden) -> Any:
    """Return how this code reads a golden item: its facts, or the name of the error that refuses it."""
    kind, item = golden["kind"], golden["item"]
    try:
        return facts(read(kind, item)) if kind in KINDS else _meaning_of(kind, item)
    except (RecordUnreadable, SessionErased) as refused:
        return type(refused).__name__


def _meaning_of(kind: str, item: dict[str, Any]) -> Any:
    match kind:
        case "session":
            return facts(from_item(unmarshal(item)))
        case "erased":
            DynamoDbSessions(_table(OneItemTable(item, exists=True)), _clock).create(_any_session())
        case "login":
            return facts(DynamoDbLogins(_table(OneItemTable(item)), _clock).get(LOGIN_ID))
        case "claim":
            key = item["pk"]["S"].partition("#")[2]
            asked = Claim(key, "another-digest", "another-session", NOW + timedelta(hours=24))
            return facts(DynamoDbClaims(_table(OneItemTable(item, exists=True)), _clock).claim(asked))
    raise AssertionError(f"unknown kind: {kind}")


def facts(value: Any) -> Any:
    """Return a record as plain JSON: every field by its name, sets sorted, times as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_NAMES.get(field.name, field.name): facts(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | timedelta):
        return value.total_seconds() if isinstance(value, timedelta) else value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(map(facts, value))
    if isinstance(value, dict):
        return {name: facts(each) for name, each in value.items()}
    return [facts(each) for each in value] if isinstance(value, tuple | list) else value


def _golden(record: Record) -> Golden:
    client = OneItemTable()
    sessions, logins = DynamoDbSessions(_table(client), _clock), DynamoDbLogins(_table(client), _clock)
    match record:
        case Session():
            written = sessions.save(record)
            kind, means = "session", facts(replace(written, event_type=record.event_type))
        case Erased(session_id):
            sessions.erase(session_id)
            kind, means = "erased", SessionErased.__name__
        case Login():
            kind, means = "login", facts(logins.save(record))
        case Forgotten(login):
            logins.erase(login)
            left = Login(login_id=login.login_id, next_allowed_at=login.next_allowed_at, wait_reason=login.wait_reason)
            kind, means = "login", facts(left)
        case Claim():
            DynamoDbClaims(_table(client), _clock).claim(record)
            kind, means = "claim", facts(record)
        case _:
            kind, item, meant = write(record)
            return {"kind": kind, "item": item, "means": facts(meant)}
    assert client.item is not None
    return {"kind": kind, "item": _sorted(client.item), "means": means}


def _text(value: Any, depth: int) -> str:
    """Return JSON with one line for each attribute, so that a diff shows each change."""
    if not isinstance(value, dict) or depth > _DEPTH:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    inner = (f"{' ' * depth}{json.dumps(key)}: {_text(value[key], depth + 1)}" for key in sorted(value))
    return "{\n" + ",\n".join(inner) + "\n" + " " * (depth - 1) + "}"


def _sorted(item: dict[str, Any]) -> dict[str, Any]:
    """Sort the sets, which have no order in DynamoDB."""
    return {name: {"SS": sorted(value["SS"])} if "SS" in value else value for name, value in item.items()}


def _table(client: OneItemTable) -> Table:
    return Table(client, "a-table")  # type: ignore[arg-type]


def _any_session() -> Session:
    return next(record for record in records().values() if isinstance(record, Session))


def _clock() -> datetime:
    return NOW


def _print_meanings(golden: Iterable[tuple[str, Golden]]) -> None:
    print(json.dumps({name: meaning_of(each) for name, each in golden}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["read", path]:
            _print_meanings(json.loads(Path(path).read_text()).items())
        case ["write", path]:
            Path(path).write_text(golden_text())
        case []:
            FOLDER.mkdir(exist_ok=True)
            TODAY.write_text(golden_text())
        case _:
            raise SystemExit(__doc__)
