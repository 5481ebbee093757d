"""The contract of the feed of events: every event in its order, page by page, none twice and none left out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconnect.adapters.dynamodb.table import marshal
from reconnect.model.errors import RecordUnreadable
from reconnect.model.feed import FeedEvent, end_of, minute_of, place_of
from tests.contract.stores import InDynamoDb, Store
from tests.fakes.clock import NOW

DETAIL = {"version": 1, "institution": {"id": 14, "names": {"fr": "Banque Érable"}}, "nextAllowedAt": None}
LATER = end_of(minute_of(NOW + timedelta(days=40)))


def an_event(session_id: str = "one", version: int = 1) -> FeedEvent:
    return FeedEvent(session_id, version, "ReconnectRequired", DETAIL)


def test_an_event_is_read_as_it_was_put_there(store: Store) -> None:
    store.feed.add(an_event(), NOW)

    page = store.feed.page(minute_of(NOW), LATER, 10)

    assert page.events == (an_event(),)
    assert (page.last, page.is_last) == (LATER, True)


def test_the_same_event_in_the_same_minute_is_one(store: Store) -> None:
    for seconds in (0, 1):
        store.feed.add(an_event(), NOW + timedelta(seconds=seconds))

    assert store.feed.page(minute_of(NOW), LATER, 10).events == (an_event(),)


def test_nothing_is_read_behind_its_end_or_before_its_beginning(store: Store) -> None:
    for number, minutes in enumerate((-1, 0, 1, 2)):
        store.feed.add(an_event(version=number), NOW + timedelta(minutes=minutes))

    page = store.feed.page(minute_of(NOW), end_of(minute_of(NOW + timedelta(minutes=1))), 10)

    assert [event.version for event in page.events] == [1, 2]


@pytest.mark.parametrize("after", [LATER, end_of(minute_of(NOW + timedelta(days=41)))])
def test_a_reader_who_is_ahead_of_the_end_stays_where_it_is(store: Store, after: str) -> None:
    store.feed.add(an_event(), NOW)

    page = store.feed.page(after, LATER, 10)

    assert (page.events, page.last, page.is_last) == ((), after, True)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_any_size_give_all_events_in_order(store: Store, limit: int) -> None:
    # Versions whose texts would be in another order than their numbers, over midnight and over days without an event.
    put = [
        (an_event(session_id, version), at)
        for session_id in ("one", "two")
        for version, at in enumerate(
            [NOW, NOW + timedelta(hours=15), NOW + timedelta(days=3), NOW + timedelta(days=3, seconds=1)], start=8
        )
    ]
    for event, at in put:
        store.feed.add(event, at)

    found, last, is_over = list[FeedEvent](), minute_of(NOW), False
    while not is_over:
        page = store.feed.page(last, LATER, limit)
        assert len(page.events) <= limit
        found, last, is_over = [*found, *page.events], page.last, page.is_last

    assert found == [event for event, _ in sorted(put, key=lambda each: place_of(*each))]


@given(
    versions=st.tuples(st.integers(1, 999_999), st.integers(1, 999_999)),
    times=st.tuples(*[st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))] * 2),
)
@settings(suppress_health_check=[HealthCheck.differing_executors])
def test_places_of_a_session_are_in_the_order_of_minutes_and_versions(
    versions: tuple[int, int], times: tuple[datetime, datetime]
) -> None:
    keys = [(minute_of(at), version) for version, at in zip(versions, times, strict=True)]
    places = [place_of(an_event(version=version), at) for version, at in zip(versions, times, strict=True)]

    assert (places[0] < places[1]) == (keys[0] < keys[1])
    assert all(minute < place < end_of(minute) for (minute, _), place in zip(keys, places, strict=True))


@pytest.mark.engine
def test_a_page_within_a_day_is_one_request(dynamodb: InDynamoDb) -> None:
    dynamodb.feed.add(an_event(), NOW)
    requests = dynamodb.count_requests()

    dynamodb.feed.page(minute_of(NOW), end_of(minute_of(NOW)), 10)

    assert requests == ["Query"]


@pytest.mark.engine
def test_a_damaged_event_is_left_out_and_one_of_a_newer_format_is_waited_for(dynamodb: InDynamoDb) -> None:
    for version in (1, 2, 3):
        dynamodb.feed.add(an_event(version=version), NOW)
    damage(dynamodb, 2, detail="{")
    page = dynamodb.feed.page(minute_of(NOW), LATER, 10)
    assert [event.version for event in page.events] == [1, 3]

    damage(dynamodb, 2, fmt=99)
    with pytest.raises(RecordUnreadable):
        dynamodb.feed.page(minute_of(NOW), LATER, 10)


def damage(dynamodb: InDynamoDb, version: int, **changes: object) -> None:
    day, _, minute = place_of(an_event(version=version), NOW).partition("T")
    item = dynamodb.table.read({"pk": f"FEED#{day}", "sk": minute})
    assert item is not None
    dynamodb.put(marshal({**item, **changes}))
