"""Support's views over a table of a million rows: how many requests each takes, and how long."""

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast

from devtools.bench.measuring import percentile
from devtools.bench.row_store import RowStore
from devtools.figures import Comparison, Figure
from reconnect.adapters.dynamodb.formats import in_format
from reconnect.adapters.dynamodb.logins import DynamoDbLogins
from reconnect.adapters.dynamodb.named_sessions import DynamoDbReferences
from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Table, marshal
from reconnect.adapters.dynamodb.values import epoch
from reconnect.model.attempt import Attempt
from reconnect.model.failures import Failure, Owner
from reconnect.model.find_request import FindRequest, ListRequest
from reconnect.model.login import Login
from reconnect.model.references import seal_user
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.timestamps import to_iso
from reconnect.usecases.find_logins import FindLogins
from reconnect.usecases.list_sessions import ListSessions
from reconnect.views.login_view import show_listed, show_login

_ROWS = 1_000_000
# Of each login a record; of each session a record and the name of its user, which leads to it.
_LOGINS = 100_000
_SESSIONS = (_ROWS - _LOGINS) // 2
_USERS = 50_000
_CALLS = 100
_SECRET = b"a-secret-of-the-bench"
# As long as a read of DynamoDB takes at worst in a usual hour; the stand-in takes microseconds.
REQUEST_SECONDS = 0.01
MOST_SECONDS = 0.3
_BANKS = ("Zag", "Maple Bank", "Banque Érable", "FlinksCapital")
_NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
_OPENED = _NOW - timedelta(days=2)
# Of a thousand sessions, how many are in these statuses; the others succeeded.
_SHARES = {Status.AWAITING_USER: 10, Status.AWAITING_CLICK: 20, Status.AUTHORIZING: 5, Status.FAILED: 80}


class CountsRequests(Protocol):
    """A stand-in for DynamoDB that counts its requests, and the seconds that it took for them itself."""

    requests: Counter[str]
    seconds: float


@dataclass(frozen=True)
class Measured:
    """A view: the seconds of its calls, with what its requests would take, and the most of them in one call."""

    name: str
    seconds: list[float]
    requests: int
    pages: int


def measure() -> Iterator[str]:
    """A login's view and the lists of sessions over 1,000,000 rows, with the requests that they make."""
    with _filled() as rows:
        for view in _measured(rows):
            yield (
                f"{view.name}: {view.requests} requests at most, {view.pages} pages of an index, "
                f"p95 {percentile(view.seconds, 95):.3f} s with {REQUEST_SECONDS * 1000:.0f} ms a request"
            )


def figures() -> Iterator[Figure]:
    """The worst of the views of a login, and of the lists."""
    with _filled() as rows:
        yield Figure("rows of the table behind the login view and the lists", rows.count(), _ROWS, Comparison.EXACTLY)
        views = list(_measured(rows))
    for kind in ("login", "list"):
        chosen = [view for view in views if view.name.startswith(kind)]
        name = {"login": "login view", "list": "list of sessions"}[kind]
        yield Figure(f"{name}, requests", max(view.requests for view in chosen))
        yield Figure(f"{name}, pages of an index", max(view.pages for view in chosen), 1)
        slowest = max(percentile(view.seconds, 95) for view in chosen)
        yield Figure(f"{name}, p95 with {REQUEST_SECONDS * 1000:.0f} ms a request", slowest, MOST_SECONDS, unit="s")


@contextmanager
def _filled() -> Iterator[RowStore]:
    with tempfile.TemporaryDirectory(prefix="many-rows-") as folder:
        rows = RowStore(Path(folder) / "rows.sqlite")
        rows.fill(_items())
        yield rows


def _measured(rows: RowStore) -> Iterator[Measured]:
    table = Table(cast(Any, rows), "rows")
    sessions = DynamoDbSessions(table, lambda: _NOW)
    find = FindLogins(
        sessions=sessions,
        references=DynamoDbReferences(table),
        logins=DynamoDbLogins(table, lambda: _NOW),
        clock=lambda: _NOW,
        idempotency_key=lambda: _SECRET,
    )
    listing = ListSessions(sessions=sessions, keys=_Keys())
    chance = random.Random(17)  # noqa: S311 - the same choice each time

    def finding(choose: Callable[[], FindRequest]) -> Callable[[], int]:
        return lambda: sum(len(show_login(each, _NOW)["sessions"]) for each in find(choose()))

    def login() -> FindRequest:
        return FindRequest(login_id=_login_id(chance.randrange(_LOGINS)))

    def user() -> FindRequest:
        return FindRequest(user_ref=_user(chance.randrange(_USERS)))

    def paging(**query: str) -> Callable[[], int]:
        """Go on from page to page, and begin again behind the last one."""
        cursors: list[str | None] = [None]

        def call() -> int:
            cursor = {"cursor": cursors[-1]} if cursors[-1] else {}
            listed = listing(ListRequest.parse({"limit": "100", **query, **cursor}, _NOW.date()))
            cursors.append(listed.cursor)
            return len([show_listed(each) for each in listed.sessions])

        return call

    yield timed(rows, "login found by LoginId", finding(login))
    yield timed(rows, "login found by userRef", finding(user))
    yield timed(rows, "list of those who need their user", paging(needs="user"))
    yield timed(rows, "list of those at one bank", paging(needs="user", institution=_BANKS[0]))
    yield timed(rows, "list of live sessions", paging())
    yield timed(rows, "list of those that failed on a day", paging(endedOn=_OPENED.date().isoformat()))


def timed(rows: CountsRequests, name: str, call: Callable[[], int]) -> Measured:
    """Call often, and count what each call takes: our own time, and for each request what DynamoDB takes at worst."""
    seconds, requests, pages, shown = list[float](), 0, 0, 0
    for _ in range(_CALLS):
        rows.requests.clear()
        began = time.perf_counter() - rows.seconds
        shown += call()
        made = rows.requests.total()
        seconds.append(time.perf_counter() - rows.seconds - began + made * REQUEST_SECONDS)
        requests = max(requests, made)
        pages = max([pages, *(number for what, number in rows.requests.items() if what.startswith("page of"))])
    if not shown:
        raise RuntimeError(f"{name} shows nothing")
    return Measured(name, seconds, requests, pages)


class _Keys:
    def known(self) -> tuple[bytes, ...]:
        return (_SECRET,)

    def again(self) -> tuple[bytes, ...]:
        return (_SECRET,)


def _items() -> Iterator[str]:
    """Items as the adapters write them: of each kind of session one is made, and the others from its text."""
    chance = random.Random(13)  # noqa: S311 - the same rows each time
    of_login: dict[int, list[str]] = {number: [] for number in range(_LOGINS)}
    kinds = [status for status, share in _SHARES.items() for _ in range(share)]
    kinds += [Status.SUCCEEDED] * (1000 - len(kinds))
    made = {(status, bank): _session_text(status, bank) for status in {*kinds} for bank in _BANKS}
    session, opened, second = _session_id(0), to_iso(_OPENED), str(epoch(_OPENED))
    for number in range(_SESSIONS):
        login, name = number % _LOGINS, _session_id(number + 1)
        at = _OPENED + timedelta(milliseconds=number * 300)
        text = made[chance.choice(kinds), chance.choice(_BANKS)].replace(session, name)
        text = text.replace(_login_id(_LOGINS), _login_id(login)).replace(opened, to_iso(at))
        yield text.replace(f"#{second}", f"#{epoch(at)}")
        of_login[login].append(name)
        reference = {"pk": f"REF#{seal_user(_SECRET, _user(login % _USERS))}", "sk": f"{to_iso(at)}#{name}"}
        yield json.dumps(marshal(in_format({**reference, "expires_at": second})))
    yield from _login_items(of_login)


def _login_items(of_login: dict[int, list[str]]) -> Iterator[str]:
    """What the adapter writes for each login, with the ids of its sessions."""
    written: list[dict[str, Any]] = []

    class Writing:
        class exceptions:  # noqa: N801 - as boto3 names it
            class ConditionalCheckFailedException(Exception): ...

        def put_item(self, Item: dict[str, Any], **_: Any) -> None:  # noqa: N803
            written.append(Item)

    logins = DynamoDbLogins(Table(cast(Any, Writing()), "rows"), lambda: _NOW)
    for number, names in of_login.items():
        recent = tuple(reversed(names))
        logins.save(Login(login_id=_login_id(number), recent=recent, last_session_id=recent[0], last_refresh=_NOW))
        yield json.dumps(written.pop())


def _session_text(status: Status, bank: str) -> str:
    ended, at = status in {Status.SUCCEEDED, Status.FAILED}, _OPENED + timedelta(seconds=40)
    session = Session(
        session_id=_session_id(0),
        login_id=_login_id(_LOGINS),
        execution_name=_session_id(0),
        status=status,
        created_at=_OPENED,
        link_expires_at=_OPENED + timedelta(days=7),
        due_at=None if ended else _OPENED,
        version=4,
        attempt=Attempt(1, _OPENED, institution=bank, institution_id=14),
        failure=Failure("DISABLED_LOGIN", Owner.USER, "Log in again.") if status is Status.FAILED else None,
        timeline=(
            TimelineEntry(_OPENED, Actor.CALLER, "session_opened", Status.STARTING),
            TimelineEntry(at, Actor.BANK, "SECURITY_CHALLENGE", status, 3),
            TimelineEntry(at, Actor.SERVICE, "moved", status),
        ),
    )
    return json.dumps(marshal(to_item(session)))


def _session_id(number: int) -> str:
    return f"{number:032x}"


def _login_id(number: int) -> str:
    return f"ec992039-f5a6-555f-ba96-{number:012x}"


def _user(number: int) -> str:
    return f"user-{number}"
