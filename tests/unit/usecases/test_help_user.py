"""Support's verbs: the link is sent again, or lives longer; who asked is in the timeline."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.causes import Cause
from reconnect.model.errors import (
    InvalidRequest,
    LinkExpired,
    RemindedRecently,
    SessionEnded,
    SessionNotFound,
    UserNotNeeded,
)
from reconnect.model.find_request import read_lifetime
from reconnect.model.session import WAITING, Actor, Session, Status, TimelineEntry
from reconnect.model.signing import Link
from reconnect.runtime.callers import name_in_timeline
from reconnect.views.session_view import show
from tests.fakes.builders import SESSION_ID, SIGNING_KEY
from tests.fakes.clock import NOW
from tests.unit.world import World

ANNA, BEN = "assumed-role/Support/anna", "user/ben"
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def world() -> World:
    return World()


def asked(at: datetime = YESTERDAY) -> tuple[TimelineEntry, ...]:
    """A timeline in which the user was first needed then."""
    opened = TimelineEntry(YESTERDAY, Actor.CALLER, "session_opened", Status.STARTING)
    return opened, TimelineEntry(at, Actor.BANK, "challenge_shown", Status.AWAITING_USER)


def waiting(world: World, **changes: object) -> Session:
    return world.with_session(Status.AWAITING_CLICK, **{"timeline": asked(), **changes})


def test_a_reminder_on_request_publishes_the_link_and_names_who_asked(world: World) -> None:
    waiting(world)

    session = world.service.help_user.remind(SESSION_ID, ANNA)

    assert world.sessions.event_types == ["ReconnectReminder"]
    last = show(session)["timeline"][-1]
    assert (last["actor"], last["cause"], last["by"]) == ("caller", "remind_requested", ANNA)
    assert session.reminders == 0, "the scheduled reminders go on"


def test_a_repeated_request_for_a_reminder_sends_one(world: World) -> None:
    waiting(world)

    for _ in range(3):
        world.service.help_user.remind(SESSION_ID, ANNA)
        world.clock.turn(seconds=20)

    assert world.sessions.event_types == ["ReconnectReminder"]


@given(minutes=st.integers(0, 20), by=st.sampled_from(["first question", "scheduled", BEN]))
def test_the_user_is_not_sent_the_link_twice_within_ten_minutes(minutes: int, by: str) -> None:
    world, at = World(), NOW - timedelta(minutes=minutes)
    causes = {"scheduled": "reminded", BEN: f"remind_requested {BEN}"}
    entries = (
        (*asked(), TimelineEntry(at, Actor.CALLER, causes[by], Status.AWAITING_CLICK)) if by in causes else asked(at)
    )
    waiting(world, timeline=entries)

    if minutes >= 10:
        assert world.service.help_user.remind(SESSION_ID, ANNA)
        return
    with pytest.raises(RemindedRecently) as refused:
        world.service.help_user.remind(SESSION_ID, ANNA)

    assert refused.value.next_allowed_at == at + timedelta(minutes=10)
    assert world.sessions.saves == []


@pytest.mark.parametrize("status", [status for status in Status if status not in WAITING])
def test_no_link_is_sent_while_the_user_is_not_needed(world: World, status: Status) -> None:
    world.with_session(status)

    with pytest.raises(UserNotNeeded):
        world.service.help_user.remind(SESSION_ID, ANNA)


def test_no_link_is_sent_after_another_login_came_back(world: World) -> None:
    waiting(world, quarantined=True)

    with pytest.raises(UserNotNeeded):
        world.service.help_user.remind(SESSION_ID, ANNA)


def test_an_unknown_session_gets_no_help(world: World) -> None:
    with pytest.raises(SessionNotFound):
        world.service.help_user.remind(SESSION_ID, ANNA)
    with pytest.raises(SessionNotFound):
        world.service.help_user.extend(SESSION_ID, 720, ANNA)


@given(hours=st.integers(1, 720), status=st.sampled_from([each for each in Status if not each.is_terminal]))
def test_a_link_is_only_ever_extended_and_counted_from_the_opening(hours: int, status: Status) -> None:
    world = World()
    before = world.with_session(status)
    world.clock.turn(minutes=30)

    once = world.service.help_user.extend(SESSION_ID, hours, ANNA)
    again = world.service.help_user.extend(SESSION_ID, hours, ANNA)

    assert once == again
    assert once.link_expires_at == max(before.link_expires_at, (NOW + timedelta(hours=hours)).replace(microsecond=0))
    is_noted = any(entry.cause.startswith(Cause.LINK_EXTENDED) for entry in once.timeline)
    assert is_noted == (once.link_expires_at > before.link_expires_at)
    assert world.sessions.event_types == []


@pytest.mark.parametrize("status", [status for status in Status if status.is_terminal])
def test_the_link_of_an_ended_session_is_not_extended(world: World, status: Status) -> None:
    world.with_session(status)

    with pytest.raises(SessionEnded):
        world.service.help_user.extend(SESSION_ID, 720, ANNA)


def test_a_link_that_has_ended_is_not_extended(world: World) -> None:
    waiting(world, link_expires_at=NOW)

    with pytest.raises(SessionEnded):
        world.service.help_user.extend(SESSION_ID, 720, ANNA)


def test_the_link_in_the_users_mailbox_lives_until_the_new_end(world: World) -> None:
    session = waiting(world, link_expires_at=NOW + timedelta(hours=1))
    sent = Link(SESSION_ID, session.link_expires_at).sign(SIGNING_KEY)
    world.service.help_user.extend(SESSION_ID, 48, ANNA)

    world.clock.turn(hours=47)
    assert world.service.connect_page.read(sent).session_id == SESSION_ID
    assert world.service.connect_page.begin(sent)[0].status is Status.AUTHORIZING
    world.clock.turn(hours=2)

    for call in (world.service.connect_page.read, world.service.connect_page.begin):
        with pytest.raises(LinkExpired):
            call(sent)


def test_a_link_of_a_session_that_was_not_extended_ends_as_it_says(world: World) -> None:
    waiting(world)
    earlier = Link(SESSION_ID, NOW - timedelta(seconds=1)).sign(SIGNING_KEY)

    with pytest.raises(LinkExpired):
        world.service.connect_page.read(earlier)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::123456789012:assumed-role/Support/anna", ANNA),
        ("arn:aws:iam::123456789012:user/ben", BEN),
        ("unsigned", "unsigned"),
        ("arn:aws:iam::123456789012:user/with spaces\n", "user/with_spaces_"),
    ],
)
def test_a_caller_is_named_without_the_account(arn: str, name: str) -> None:
    assert name_in_timeline(arn) == name


@pytest.mark.parametrize(
    "body", [None, {}, {"linkLifetimeHours": None}, {"linkLifetimeHours": 721}, {"linkLifetimeHours": True}]
)
def test_an_extension_without_a_sensible_lifetime_is_refused(body: object) -> None:
    with pytest.raises(InvalidRequest):
        read_lifetime(body)
