"""Any value in any field: the session succeeds, the document is kept, every row is exported.

Rows are counted in the generated document itself, not by the code that reads it.
"""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from reconnect.adapters.dynamodb.session_items import from_item, to_item
from reconnect.adapters.flinks.replies import parse_reply
from reconnect.model.observations import Observation, add_poll
from reconnect.model.session import Status
from reconnect.model.step import Fetched, Step
from reconnect.views.session_view import show
from reconnect_cli.result_files import write_files
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_refreshed_reply
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeLogins
from tests.unit.world import World

REMOVED = object()
Place = tuple[str | int, ...]


def a_transaction(number: int) -> dict[str, Any]:
    return {
        "Id": f"t{number}",
        "Date": f"2026-03-{number + 1:02}",
        "Code": None,
        "Description": "TIM HORTONS",
        "Debit": 4.1,
        "Credit": None,
        "Balance": 100,
    }


def a_document() -> dict[str, Any]:
    return {
        "HttpStatusCode": 200,
        "Accounts": [
            {
                "Id": f"account-{number}",
                "Title": "Chequing",
                "Type": "Chequing",
                "AccountNumber": "1234567",
                "OverdraftLimit": 0,
                "Currency": "CAD",
                "Balance": {"Available": None, "Current": 1234.5, "Limit": 7},
                "Holder": {"Name": "Jane Doe", "Email": None, "Address": {"City": "Montréal", "Country": "CA"}},
                "Transactions": [a_transaction(3 * number), a_transaction(3 * number + 1)],
            }
            for number in range(2)
        ],
        "Login": {"Username": "x", "Id": LOGIN_ID, "LastRefresh": NOW.replace(tzinfo=None).isoformat()},
        "Institution": "FlinksCapital",
        "InstitutionId": 14,
        "RequestId": "00000000-0000-4000-8000-0000000000aa",
    }


def places_in(value: Any, place: Place = ()) -> list[Place]:
    """Every place in a document whose value can be changed: the rows, their fields, and the fields of those."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, each in inner for found in ((*place, name), *places_in(each, (*place, name)))]


def put(document: Any, place: Place, value: Any) -> None:
    """Put a value at the place, or remove its value; a place that another change removed stays removed."""
    *way, last = place
    for name in way:
        if not (isinstance(document, dict) and name in document) and not (
            isinstance(document, list) and isinstance(name, int) and name < len(document)
        ):
            return
        inner: Any = document
        document = inner[name]
    if isinstance(document, dict) and isinstance(last, str):
        document[last] = value
        if value is REMOVED:
            del document[last]
    elif isinstance(document, list) and isinstance(last, int) and last < len(document):
        document[last : last + 1] = [] if value is REMOVED else [value]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**30, 10**60)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=12)
    | st.sampled_from(["", "0001-01-01T00:00:00", "05/01/2026", "12,50 $", "1e400", "a-login", "2026-01-05", "1_000"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Id", "Name"]), inner, max_size=3),
    max_leaves=6,
)
changes = st.lists(
    st.tuples(
        st.sampled_from([place for place in places_in(a_document()) if place != ("HttpStatusCode",)]),
        json_values | st.just(REMOVED),
    ),
    min_size=1,
    max_size=4,
)


def is_of_another_login(document: dict[str, Any]) -> bool:
    login = document.get("Login")
    login_id = login.get("Id") if isinstance(login, dict) else None
    return isinstance(login_id, str) and login_id != "" and login_id.casefold() != LOGIN_ID.casefold()


def says_another_date(document: dict[str, Any]) -> bool:
    """Whether its date is readable and not the proved one."""
    login = document.get("Login")
    written = login.get("LastRefresh") if isinstance(login, dict) else None
    try:
        return isinstance(written, str) and datetime.fromisoformat(written) != NOW.replace(tzinfo=None)
    except (ValueError, TypeError):
        return False


def rows_in(document: dict[str, Any]) -> tuple[int, int]:
    accounts = document.get("Accounts")
    accounts = accounts if isinstance(accounts, list) else []
    lists = [account.get("Transactions") for account in accounts if isinstance(account, dict)]
    return len(accounts), sum(len(each) for each in lists if isinstance(each, list))


def fetch(world: World, raw: bytes) -> Step:
    """Fetch as the workflow does, from a Flinks that always sends this."""
    reply = parse_reply(200, json.loads(raw, parse_float=str))
    reply = replace(reply, document=raw) if reply.has_accounts else reply
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail=reply)
    seen: tuple[Observation, ...] = ()
    for fetches in range(60):
        step = world.service.fetch_accounts(SESSION_ID, fetches, seen)
        if step.outcome != Fetched.PENDING:
            return step
        seen = add_poll(seen, NOW, step.code)
    raise AssertionError("the fetches do not end")


@settings(deadline=None, max_examples=150)
@given(changes=changes)
@example(changes=[(("Accounts", 0, "Transactions", 1, "Date"), None)])
@example(changes=[(("Accounts", 0, "Transactions", 1, "Date"), "")])
@example(changes=[(("Accounts", 0), None), (("Accounts", 1, "Id"), "account-0")])
@example(changes=[(("Accounts", 1, "Id"), "account-0")])
@example(changes=[(("Institution",), {"Id": 999999999, "Name": "FlinksInvestment"})])
@example(changes=[(("Accounts", 0, "Holder"), [{"Name": "Jane"}, {"Name": "John"}])])
@example(changes=[(("Accounts",), {}), (("Login",), REMOVED)])
@example(changes=[(("Accounts", 0, "Id"), "\ud800"), (("Institution",), "\ud800")])
def test_no_field_value_costs_the_document(changes: list[tuple[Place, Any]]) -> None:
    document = a_document()
    for place, value in changes:
        put(document, place, value)
    raw = json.dumps(document).encode()
    logins = FakeLogins()
    world = World(logins=logins)
    world.with_session(Status.AUTHORIZING)

    step = fetch(world, raw)

    session = world.session
    assert from_item(to_item(session)) == session
    assert json.dumps(show(session))
    if is_of_another_login(document):
        assert (step.code, world.results.documents) == ("ACCOUNTS_INVALID", {})
    elif says_another_date(document):
        assert (step.code, world.results.documents) == ("ACCOUNTS_STALE", {})
    elif document.get("Accounts", []) == []:
        assert (step.code, world.results.documents) == ("NO_ACCOUNTS", {})
    else:
        assert (session.status, list(world.results.documents.values())) == (Status.SUCCEEDED, [raw])
        assert session.receipt
        assert (session.receipt.account_count, session.receipt.transaction_count or 0) == rows_in(document)
    assert exported(raw, "parquet") == exported(raw, "csv") == rows_in(document)


def exported(raw: bytes, form: str) -> tuple[int, int]:
    """Count the rows of the two files with another library."""
    with TemporaryDirectory() as folder:
        assert write_files(raw, "json", Path(folder))[0].read_bytes() == raw
        accounts, transactions = write_files(raw, form, Path(folder))
        return rows_of(accounts), rows_of(transactions)


def rows_of(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(parquet.read_table(path).num_rows)
    parsing = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    return int(csv.read_csv(path, parse_options=parsing).num_rows)
