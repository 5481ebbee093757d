"""Golden items: what a version writes of each record, and what that means to it.

`python -m tests.compat.golden` writes today's. The same module, frozen in a release's snapshot, works with that
release's own code: `write <file>` writes its items, `read <file>` prints what it makes of the items in a file.
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
from tests.compat.records import LOGIN_ID, NOW, Erased, Forgotten, Record, records

FOLDER = Path(__file__).parent / "golden"
TODAY = FOLDER / "today.json"

# Of the file's JSON: items, their three parts, and the attributes of each.
_DEPTH = 3

# Fields that have another name than in the first release, whose golden items name them.
_NAMES = {"has_pending_evidence": "unheard", "event_type": "announcement", "polls": "looks"}

Golden = dict[str, Any]
"""One golden item: its `kind`, the `item` as DynamoDB's JSON, and what it `means`, as `facts` has it."""


class OneItemTable:
    """A DynamoDB client over one item. Its conditions hold, unless somebody asks for what stands there."""

    class exceptions:  # noqa: N801
        """As boto3 has them."""

        class ConditionalCheckFailedException(Exception):
            """The condition does not hold."""

            def __init__(self, item: Any) -> None:
                super().__init__()
                self.response = {"Item": item}

    def __init__(self, item: dict[str, Any] | None = None, *, stands: bool = False) -> None:
        self.item, self._stands = item, stands

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {"Item": self.item} if self.item else {}

    def put_item(self, *, Item: dict[str, Any], **_: Any) -> None:  # noqa: N803
        if self._stands:
            raise self.exceptions.ConditionalCheckFailedException(self.item)
        self.item = Item


def golden_text() -> str:
    """Every record as this code writes it; the same text each time."""
    return _text({name: _golden(record) for name, record in records().items()}, depth=1) + "\n"


def golden_files() -> dict[str, dict[str, Golden]]:
    """The golden items of each release, and of today."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def meaning_of(golden: Golden) -> Any:
    """What this code makes of a golden item: its facts, or the name of the error by which it refuses it."""
    item = golden["item"]
    try:
        match golden["kind"]:
            case "session":
                return facts(from_item(unmarshal(item)))
            case "erased":
                DynamoDbSessions(_table(OneItemTable(item, stands=True)), _clock).create(_any_session())
            case "login":
                return facts(DynamoDbLogins(_table(OneItemTable(item)), _clock).get(LOGIN_ID))
            case "claim":
                key = item["pk"]["S"].partition("#")[2]
                asked = Claim(key, "another-digest", "another-session", NOW + timedelta(hours=24))
                return facts(DynamoDbClaims(_table(OneItemTable(item, stands=True)), _clock).claim(asked))
    except (RecordUnreadable, SessionErased) as refused:
        return type(refused).__name__
    raise AssertionError(f"it was taken for nothing: {golden['kind']}")


def facts(value: Any) -> Any:
    """A record as plain JSON: every field by its name, sets in order, moments as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_NAMES.get(field.name, field.name): facts(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
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
    assert client.item is not None
    return {"kind": kind, "item": _sorted(client.item), "means": means}


def _text(value: Any, depth: int) -> str:
    """A line for each attribute, whatever it holds, so that a change is seen as what it is."""
    if not isinstance(value, dict) or depth > _DEPTH:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    inner = (f"{' ' * depth}{json.dumps(key)}: {_text(value[key], depth + 1)}" for key in sorted(value))
    return "{\n" + ",\n".join(inner) + "\n" + " " * (depth - 1) + "}"


def _sorted(item: dict[str, Any]) -> dict[str, Any]:
    """A set of DynamoDB's has no order."""
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
