"""The feed of events: no event is lost, those of a session are in order, whoever reads and whenever."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconnect.model.errors import CursorInvalid, InvalidRequest, PublishFailed, RecordUnreadable, StoreUnavailable
from reconnect.model.feed import minute_of
from reconnect.model.feed_errors import CursorExpired, FeedOff
from reconnect.model.feed_request import FeedRequest
from reconnect.model.session import Session, Status
from reconnect.usecases.deliver_events import DeliverEvents
from reconnect.usecases.read_feed import FeedRead
from reconnect.views.event_detail import detail
from reconnect.views.feed_view import show_event
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.clock import NOW, Clock
from tests.fakes.feeds import FakeFeed
from tests.unit.world import World

# Until an event can be read.
SETTLED = timedelta(minutes=2)
# As long as a function runs.
LONGEST_WRITE = 30.0


@pytest.fixture
def world() -> World:
    world = World()
    world.set(event_feed=True)
    return world


def publish(world: World, status: Status = Status.AWAITING_USER, **changes: Any) -> Session:
    """Write a session with an event, and deliver it."""
    session = a_session(status, **{"event_type": "ReconnectRequired", "version": 4, **changes})
    world.sessions.with_session(session)
    delivering(world, session)({})
    return session


def delivering(world: World, session: Session) -> DeliverEvents:
    return replace(world.service.deliver_events, read_image=lambda _: session)


def read(world: World, **query: str) -> FeedRead:
    return world.service.read_feed(FeedRequest.parse(query, world.clock()))


def test_an_event_can_be_read_as_the_bus_had_it(world: World) -> None:
    session = publish(world, correlation_ids=frozenset({"order-1"}))
    world.clock.now += SETTLED

    (found,) = read(world).events

    shown = show_event(found.event, found.session, found.link)
    (published,) = world.events.published
    assert (shown["source"], shown["detail-type"]) == ("reconnect", published.detail_type)
    assert shown["time"] == shown["detail"]["occurredAt"]
    assert shown["detail"] == {"eventId": published.event_id, **published.detail}
    assert published.detail == detail(session, found.link)


def test_an_event_keeps_its_link_when_its_session_has_ended(world: World) -> None:
    session = publish(world)
    publish(world, Status.CANCELLED, version=5, event_type="SessionCancelled")
    world.clock.now += SETTLED

    asked, cancelled = read(world).events

    assert asked.link == world.service.signed_urls.link(session)
    assert cancelled.link is None


def test_the_feed_itself_holds_nothing_of_the_person(world: World) -> None:
    session = publish(world, correlation_ids=frozenset({"order-1"}), users=frozenset({"a-seal"}))
    (kept,) = world.feed.events.values()

    held = json.dumps(kept.detail)

    link = world.service.signed_urls.link(session)
    assert link is not None
    assert [each for each in ("order-1", "a-seal", LOGIN_ID, link, "/connect/") if each in held] == []


def test_the_events_of_an_erased_login_are_gone_and_the_others_are_not(world: World) -> None:
    publish(world)
    publish(world, session_id="another", login_id="another-login")
    world.service.erase_login(LOGIN_ID)
    world.clock.now += SETTLED

    assert [each.event.session_id for each in read(world).events] == ["another"]


def test_a_damaged_record_hides_no_event(world: World) -> None:
    publish(world)
    publish(world, session_id="another")
    world.clock.now += SETTLED
    world.sessions = Damaged(world.sessions)  # type: ignore[assignment]

    found = read(world).events

    assert [(each.event.session_id, each.session is None) for each in found] == [(SESSION_ID, True), ("another", False)]


class Damaged:
    """A store in which the record of SESSION_ID cannot be read."""

    def __init__(self, sessions: Any) -> None:
        self._sessions = sessions

    def get_all(self, session_ids: list[str]) -> list[Session]:
        if SESSION_ID in session_ids:
            raise RecordUnreadable(SESSION_ID)
        found: list[Session] = self._sessions.get_all(session_ids)
        return found


def test_an_event_is_in_the_feed_before_a_bus_that_refuses_it() -> None:
    world = World()
    world.set(event_feed=True)
    world.events.refusals = 1

    with pytest.raises(PublishFailed):
        publish(world)

    assert len(world.feed.events) == 1


def test_a_feed_that_cannot_be_written_leaves_the_event_to_the_next_try(world: World) -> None:
    class Down(FakeFeed):
        def add(self, *_: Any) -> None:
            raise StoreUnavailable("PutItem: Throttled")

    world.feed = Down()

    with pytest.raises(StoreUnavailable):
        publish(world)

    assert world.events.published == []


def test_without_the_option_nothing_is_kept_and_nothing_can_be_read() -> None:
    world = World()
    publish(world)

    assert world.feed.events == {}
    with pytest.raises(FeedOff):
        read(world)


def test_a_reader_may_begin_at_a_time(world: World) -> None:
    publish(world)
    world.clock.turn(hours=1)
    since = world.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    publish(world, session_id="later")
    world.clock.now += SETTLED

    assert [each.event.session_id for each in read(world, **{"from": since}).events] == ["later"]


def test_a_cursor_holds_for_as_long_as_events_are_kept(world: World) -> None:
    publish(world)
    world.clock.now += SETTLED
    cursor = read(world).cursor
    world.clock.turn(days=30)
    assert read(world, after=cursor).events == []

    world.clock.turn(hours=1)
    with pytest.raises(CursorExpired):
        read(world, after=cursor)


def test_a_changed_cursor_is_refused(world: World) -> None:
    cursor = read(world).cursor

    for place in range(0, len(cursor), 7):
        other = "A" if cursor[place] != "A" else "B"
        with pytest.raises(CursorInvalid):
            read(world, after=cursor[:place] + other + cursor[place + 1 :])


def test_a_cursor_of_a_list_of_sessions_is_none_of_the_feed(world: World) -> None:
    from tests.unit.usecases.test_list_sessions import fill, page  # noqa: PLC0415

    fill(world)
    listed = page(world, limit="1").cursor
    assert listed is not None

    with pytest.raises(CursorInvalid):
        read(world, after=listed)


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"since": "x"}, {"since"}),
        ({"limit": "101", "after": ""}, {"limit", "after"}),
        ({"from": "yesterday"}, {"from"}),
        ({"from": "2026-03-14T09:00:00"}, {"from"}),
        ({"from": (NOW - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")}, {"from"}),
        ({"from": (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}, {"from"}),
        ({"from": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), "after": "a.b"}, {"from"}),
    ],
)
def test_a_bad_query_is_refused_with_all_its_faults(query: dict[str, str], faults: set[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        FeedRequest.parse(query, NOW)

    assert refused.value.errors.keys() == faults


# One write: seconds since the session's last one, the skew of the writer's clock, and how long the write takes.
WRITES = st.tuples(st.floats(0, 90), st.floats(-1, 1), st.floats(0, LONGEST_WRITE))
SCHEDULES = st.lists(st.lists(WRITES, max_size=6), max_size=4)
# One read: seconds since the last one, the skew of the reader's clock, and the size of a page.
READS = st.lists(st.tuples(st.floats(0, 200), st.floats(-1, 1), st.integers(1, 3)), min_size=1, max_size=12)


@given(schedules=SCHEDULES, reads=READS, begin=st.integers(0, 59))
# The clock of the second writer is two seconds behind that of the first, which has begun a new minute.
@example(schedules=[[(1.5, 1.0, 0.0), (0.0, -1.0, 0.0)]], reads=[(300.0, 0.0, 3)], begin=59)
def test_no_schedule_loses_an_event_or_turns_those_of_a_session_round(
    schedules: list[list[tuple[float, float, float]]], reads: list[tuple[float, float, int]], begin: int
) -> None:
    world = World()
    world.set(event_feed=True)
    start = datetime(2026, 3, 14, 23, 58, begin, tzinfo=UTC)
    landed: dict[str, datetime] = {}
    # The stream's invocations for one session follow each other; those for several do not.
    for number, writes in enumerate(schedules):
        now = start
        for version, (gap, skew, takes) in enumerate(writes, start=1):
            clock = Clock(now + timedelta(seconds=gap + skew))
            world.clock = clock
            session = publish(world, session_id=f"s{number}", version=version)
            waited = clock.now - timedelta(seconds=skew)
            now = waited + timedelta(seconds=takes)
            (place,) = [
                key for key, each in world.feed.events.items() if each.event_id.startswith(f"s{number}.{version}")
            ]
            landed[place] = now
            assert session.version == version

    seen, cursor, now = list[tuple[str, int]](), dict[str, str](), start
    for gap, skew, limit in [*reads, *[(10_000.0, 0.0, 1)] * 40]:
        now += timedelta(seconds=gap)
        world.clock = Clock(now + timedelta(seconds=skew))
        world.feed.is_written = lambda place, at=now: landed[place] <= at  # type: ignore[misc]
        query = cursor or {"from": minute_of(start - timedelta(minutes=5)) + ":00Z"}
        found = read(world, **query, limit=str(limit))
        seen += [(each.event.session_id, each.event.version) for each in found.events]
        cursor = {"after": found.cursor}

    expected = {
        (f"s{number}", version) for number, writes in enumerate(schedules) for version in range(1, len(writes) + 1)
    }
    assert len(seen) == len(set(seen))
    assert set(seen) == expected
    for number in range(len(schedules)):
        versions = [version for session_id, version in seen if session_id == f"s{number}"]
        assert versions == sorted(versions)
