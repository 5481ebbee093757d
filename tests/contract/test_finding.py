"""The contract of finding sessions: by a name, on a list, many at once; each by one request to the store."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from reconnect.model.find_request import FindRequest, ListRequest
from reconnect.model.login import Login
from reconnect.model.references import seal_user
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.shelves import LIVE_SESSIONS, NEEDS_USER, Shelf, ended_on
from reconnect.ports import Sessions
from reconnect.usecases.find_logins import FindLogins
from reconnect.usecases.list_sessions import ListSessions
from tests.contract.stores import InDynamoDb, Store
from tests.fakes.builders import A_FAILURE, IDEMPOTENCY_KEY, LOGIN_ID, SIGNING_KEY, a_session, an_attempt
from tests.fakes.clock import NOW, Clock
from tests.fakes.keys import FakeKeys

DAY = NOW.date()


def stored(sessions: Sessions, name: str, status: Status = Status.AWAITING_USER, **changes: Any) -> Session:
    """A session in the store, at a bank, as it came to its status now."""
    timeline = (TimelineEntry(NOW, Actor.SERVICE, "moved", status),)
    return sessions.create(a_session(status, session_id=name, timeline=timeline, **changes))


def at(bank: str, minutes: int = 0) -> dict[str, Any]:
    """Waiting at this bank since so many minutes."""
    return {"attempt": an_attempt(institution=bank), "created_at": NOW - timedelta(minutes=minutes)}


def whole(sessions: Sessions, shelf: Shelf, limit: int) -> list[str]:
    """Every page of a list."""
    found, after = list[str](), None
    while True:
        page = sessions.page(shelf, limit, after)
        found += page.session_ids
        if (after := page.last) is None:
            return found


def test_a_name_leads_to_its_newest_sessions_first(store: Store) -> None:
    for number in range(30):
        session = a_session(session_id=f"session-{number:02}", created_at=NOW + timedelta(minutes=number))
        store.references.add(session, {"a-seal", f"seal-of-{number}"})

    assert store.references.find("a-seal") == [f"session-{number:02}" for number in range(29, 4, -1)]
    assert store.references.find("seal-of-7") == ["session-07"]
    assert store.references.find("unknown") == []


def test_a_forgotten_name_leads_nowhere_and_other_sessions_keep_it(store: Store) -> None:
    sessions = [a_session(session_id=name, found_by=frozenset({"a-seal"})) for name in ("one", "another")]
    for session in (*sessions, *sessions):
        store.references.add(session, session.found_by)

    store.references.forget(sessions[0])
    store.references.forget(sessions[0])

    assert store.references.find("a-seal") == ["another"]


def test_a_caller_who_joins_adds_the_names_by_which_they_find_it(store: Store) -> None:
    store.sessions.create(a_session(found_by=frozenset({"a-seal"})))

    joined = store.sessions.join(a_session().session_id, frozenset(), frozenset({"another-seal"}))
    again = store.sessions.join(a_session().session_id, frozenset(), frozenset({"another-seal"}))

    assert joined.found_by == {"a-seal", "another-seal"}
    assert again == joined


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_list_of_those_who_need_their_user_is_by_bank_and_age(sessions: Sessions, limit: int) -> None:
    stored(sessions, "young", **at("Desjardins", 1))
    stored(sessions, "old", Status.AWAITING_CLICK, **at("desjardins", 9))
    stored(sessions, "elsewhere", **at("Zag", 99))
    stored(sessions, "working", Status.AUTHORIZING, **at("Desjardins"))
    stored(sessions, "done", Status.SUCCEEDED, **at("Desjardins"))

    assert whole(sessions, Shelf(NEEDS_USER), limit) == ["old", "young", "elsewhere"]
    assert whole(sessions, Shelf(NEEDS_USER, "desjardins"), limit) == ["old", "young"]
    assert whole(sessions, Shelf(NEEDS_USER, "desj"), limit) == []


def test_a_session_leaves_the_list_when_it_does_not_need_its_user(sessions: Sessions) -> None:
    waiting = stored(sessions, "one", **at("Zag"))
    clicked = sessions.save(waiting.move(Status.AUTHORIZING, at=NOW, actor=Actor.USER, cause="clicked"))

    assert sessions.page(Shelf(NEEDS_USER), 10).session_ids == ()

    sessions.save(clicked.move(Status.AWAITING_CLICK, at=NOW, actor=Actor.SERVICE, cause="attempt_gone"))
    assert sessions.page(Shelf(NEEDS_USER), 10).session_ids == ("one",)


def test_sessions_without_data_are_listed_under_the_day_of_their_end(sessions: Sessions) -> None:
    for status in (Status.FAILED, Status.STALE, Status.EXPIRED, Status.SUCCEEDED, Status.CANCELLED):
        failure = A_FAILURE if status in {Status.FAILED, Status.STALE, Status.EXPIRED} else None
        stored(sessions, status.lower(), status, failure=failure, **at("Zag"))

    assert set(whole(sessions, Shelf(ended_on(DAY)), 2)) == {"failed", "stale", "expired"}
    assert whole(sessions, Shelf(ended_on(DAY - timedelta(days=1))), 2) == []


def test_the_live_sessions_are_listed_page_by_page(sessions: Sessions) -> None:
    for number in range(5):
        stored(sessions, f"live-{number}", Status.AUTHORIZING, due_at=NOW + timedelta(minutes=number))
    stored(sessions, "over", Status.CANCELLED)

    assert whole(sessions, LIVE_SESSIONS, 2) == [f"live-{number}" for number in range(5)]


def test_many_sessions_are_read_in_their_order_without_those_that_are_gone(sessions: Sessions) -> None:
    for name in ("b", "a", "erased"):
        sessions.create(a_session(session_id=name))
    sessions.erase("erased")

    assert [session.session_id for session in sessions.get_all(["a", "erased", "unknown", "b"])] == ["a", "b"]
    assert sessions.get_all([]) == []


@pytest.mark.engine
def test_a_list_costs_one_page_of_an_index_and_one_read(dynamodb: InDynamoDb) -> None:
    for number in range(30):
        stored(dynamodb.sessions, f"session-{number:02}", **at("Zag", number))
    listing = ListSessions(sessions=dynamodb.sessions, keys=FakeKeys(SIGNING_KEY))
    requests = dynamodb.count_requests()

    first = listing(ListRequest.parse({"needs": "user", "limit": "20"}, DAY))
    rest = listing(ListRequest.parse({"needs": "user", "limit": "20", "cursor": str(first.cursor)}, DAY))

    assert (len(first.sessions), len(rest.sessions), rest.cursor) == (20, 10, None)
    assert requests == ["Query", "BatchGetItem"] * 2


@pytest.mark.engine
@pytest.mark.parametrize(
    ("request_for", "expected"),
    [
        (FindRequest(login_id=LOGIN_ID), ["GetItem", "BatchGetItem"]),
        (FindRequest(user_ref="user-1"), ["Query", "BatchGetItem", "GetItem", "BatchGetItem"]),
    ],
)
def test_a_login_is_found_without_a_scan(
    dynamodb: InDynamoDb, clock: Clock, request_for: FindRequest, expected: list[str]
) -> None:
    login, seal = Login(login_id=LOGIN_ID), seal_user(IDEMPOTENCY_KEY, "user-1")
    for number in range(15):
        session = stored(dynamodb.sessions, f"session-{number:02}", created_at=NOW + timedelta(minutes=number))
        dynamodb.references.add(session, [seal])
        login = dynamodb.logins.save(login.hold(session.session_id))
    find = FindLogins(
        sessions=dynamodb.sessions,
        references=dynamodb.references,
        logins=dynamodb.logins,
        clock=clock,
        idempotency_key=lambda: IDEMPOTENCY_KEY,
    )
    requests = dynamodb.count_requests()

    [found] = find(request_for)

    assert [session.session_id for session in found.sessions] == [f"session-{number:02}" for number in range(14, 4, -1)]
    assert requests == expected


@pytest.mark.engine
def test_an_ordinary_session_is_on_no_list_and_under_no_name(dynamodb: InDynamoDb) -> None:
    stored(dynamodb.sessions, "working", Status.AUTHORIZING)
    stored(dynamodb.sessions, "done", Status.SUCCEEDED)
    stored(dynamodb.sessions, "cancelled", Status.CANCELLED)

    assert dynamodb.items(IndexName="shelf") == {}
    assert {key.partition("#")[0] for key in dynamodb.items()} == {"SESSION"}


@pytest.mark.engine
def test_a_reminder_or_a_longer_link_changes_no_entry_of_a_list(dynamodb: InDynamoDb) -> None:
    waiting = stored(dynamodb.sessions, "one", **at("Zag"))
    before = dynamodb.items(IndexName="shelf")
    noted = waiting.note(at=NOW, actor=Actor.CALLER, cause="link_extended user/anna")
    dynamodb.sessions.save(replace(noted, link_expires_at=NOW + timedelta(days=20)))

    assert dynamodb.items(IndexName="shelf") == before != {}
    assert ended_on(date(2026, 3, 14)) == "ENDED#2026-03-14"
