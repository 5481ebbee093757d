"""Lists of sessions: which filters there are, and cursors that nobody can make or change."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.errors import CursorInvalid, InvalidRequest
from reconnect.model.find_request import ListRequest
from reconnect.model.session import WAITING, Actor, Status, TimelineEntry
from reconnect.model.shelves import UNHAPPY
from reconnect.usecases.list_sessions import Listed
from tests.fakes.builders import A_FAILURE, a_session, an_attempt
from tests.fakes.clock import NOW
from tests.unit.world import World

TODAY = NOW.date()
QUERIES: list[dict[str, str]] = [
    {},
    {"needs": "user"},
    {"needs": "user", "institution": "zag"},
    {"institution": "Desjardins"},
    {"endedOn": TODAY.isoformat()},
    {"endedOn": TODAY.isoformat(), "institution": "ZAG"},
    *({"status": status.value} for status in Status if status not in {"SUCCEEDED", "REPAIRED", "CANCELLED"}),
]


@pytest.fixture
def world() -> World:
    return World()


def fill(world: World) -> None:
    """Sessions in every status, at two banks, that came to it today."""
    for status in Status:
        for bank in ("Zag", "Desjardins"):
            failure = A_FAILURE if status in UNHAPPY else None
            session = a_session(
                status,
                session_id=f"{status}-{bank}",
                attempt=an_attempt(institution=bank),
                failure=failure,
                timeline=(TimelineEntry(NOW, Actor.SERVICE, "moved", status),),
            )
            world.sessions.with_session(session)


def page(world: World, **query: str) -> Listed:
    return world.service.list_sessions(ListRequest.parse(query, TODAY))


def whole(world: World, query: dict[str, str], limit: str) -> list[str]:
    """The sessions of all pages."""
    found, cursor = list[str](), dict[str, str]()
    while True:
        listed = page(world, **query, **cursor, limit=limit)
        found += [session.session_id for session in listed.sessions]
        if listed.cursor is None:
            return found
        cursor = {"cursor": listed.cursor}


def expected(query: dict[str, str]) -> set[str]:
    """What the query asks for, without the lists that the service keeps."""
    if "endedOn" in query:
        statuses = set(UNHAPPY)
    elif "needs" in query:
        statuses = set(WAITING)
    else:
        statuses = {Status(query["status"])} if "status" in query else {each for each in Status if not each.is_terminal}
    banks = {bank for bank in ("Zag", "Desjardins") if query.get("institution", bank).casefold() == bank.casefold()}
    return {f"{status}-{bank}" for status in statuses for bank in banks}


@pytest.mark.parametrize("limit", ["1", "3", "100"])
@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_the_pages_of_a_list_hold_each_session_once(world: World, query: dict[str, str], limit: str) -> None:
    fill(world)

    found = whole(world, query, limit)

    assert sorted(found) == sorted(expected(query))


@given(data=st.data())
def test_a_changed_cursor_or_one_of_another_list_is_refused(data: st.DataObject) -> None:
    world = World()
    fill(world)
    cursor = str(page(world, needs="user", limit="1").cursor)
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=0x2FF).filter(lambda each: each != cursor[place]))
    changed = {"needs": "user", "cursor": cursor[:place] + letter + cursor[place + 1 :]}
    of_another = {"needs": "user", "institution": "Zag", "cursor": cursor}

    for query in (changed, of_another, {"cursor": cursor}, {"needs": "user", "cursor": cursor[:-1]}):
        with pytest.raises(CursorInvalid):
            page(world, **query)


def test_a_cursor_survives_one_rotation_of_the_key(world: World) -> None:
    fill(world)
    cursor = str(page(world, limit="1").cursor)
    keys: Any = vars(world)["signing_keys"]

    keys.rotate(b"a new key")
    assert page(world, limit="1", cursor=cursor).sessions
    keys.rotate(b"the newest key")

    with pytest.raises(CursorInvalid):
        page(world, limit="1", cursor=cursor)


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"login": "4711"}, ["login"]),
        ({"status": "SUCCEEDED"}, ["status"]),
        ({"status": "awaiting_user"}, ["status"]),
        ({"needs": "bank"}, ["needs"]),
        ({"needs": "user", "status": "FAILED"}, ["needs"]),
        ({"needs": "user", "endedOn": TODAY.isoformat()}, ["endedOn"]),
        ({"status": "FETCHING", "endedOn": TODAY.isoformat()}, ["endedOn"]),
        ({"endedOn": "yesterday"}, ["endedOn"]),
        ({"endedOn": (TODAY + timedelta(days=1)).isoformat()}, ["endedOn"]),
        ({"endedOn": (TODAY - timedelta(days=63)).isoformat()}, ["endedOn"]),
        ({"institution": ""}, ["institution"]),
        ({"limit": "0"}, ["limit"]),
        ({"limit": "101"}, ["limit"]),
        ({"limit": "٣"}, ["limit"]),
        ({"cursor": ""}, ["cursor"]),
        ({"limit": "1,2", "needs": "user,user", "x": "1"}, ["limit", "needs", "x"]),
    ],
    ids=str,
)
def test_a_filter_that_does_not_exist_is_refused_by_its_name(query: dict[str, str], faults: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ListRequest.parse(query, TODAY)

    assert sorted(refused.value.errors) == faults


def test_sessions_that_ended_on_another_day_are_not_listed(world: World) -> None:
    fill(world)

    assert whole(world, {"endedOn": (TODAY - timedelta(days=1)).isoformat()}, "100") == []
