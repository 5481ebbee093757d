"""A person who is not there is asked at most once a week, in the day, over all logins; the page lets them choose."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconnect.model.asking import ask_name, asked_at, contact_keys
from reconnect.model.attempt import Ask
from reconnect.model.contact_entries import NOT_HELD, AskState, Hold, HoldReason
from reconnect.model.errors import RecordUnreadable
from reconnect.model.open_request import OpenRequest
from reconnect.model.presence import Presence
from reconnect.model.reasons import Reason
from reconnect.model.session import Session, Status
from reconnect.model.signing import Link
from reconnect.views.session_view import show
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY, a_refreshed_reply, a_reply, a_session, causes
from tests.fakes.clock import NOW
from tests.fakes.contacts import FakeContacts
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.unit import world as unit

WEEK = timedelta(days=7)
LINK_END = NOW + timedelta(days=30)
# Three in the morning in Toronto, in winter time, and eight.
NIGHT, MORNING = datetime(2026, 3, 3, 8, tzinfo=UTC), datetime(2026, 3, 3, 13, tzinfo=UTC)


class World(unit.World):
    """Sessions of absent users, each with a login of its own; none was refreshed elsewhere."""

    def park(self, name: str = SESSION_ID, **changes: Any) -> Session:
        """Put a session into the store, and run its step Park."""
        given: dict[str, Any] = {
            "session_id": name,
            "execution_name": name,
            "login_id": f"login of {name}",
            "presence": Presence.ABSENT,
            "created_at": self.clock(),
            "link_expires_at": self.clock() + timedelta(days=30),
            "users": frozenset({"a-seal"}),
        }
        self.sessions.with_session(a_session(Status.AUTHORIZING, **{**given, **changes}))
        self.service.build_connect_url.park(name, name, Ask.ANSWER)
        return self.sessions.get(name)

    def asked(self) -> list[str]:
        """The sessions whose events were published, in order."""
        return [each.session_id for each in self.sessions.published]

    def sweep_at(self, at: datetime) -> None:
        """Run the sweeper at that time."""
        self.clock.now = at
        self.service.sweep_sessions()

    def choose(self, days: object, name: str = SESSION_ID) -> None:
        """Press "Remind me later" on the page."""
        link = Link(name, self.sessions.get(name).link_expires_at).sign(SIGNING_KEY)
        self.service.connect_page.take_evidence(link, {"page": "remind_later", "days": days})


@pytest.fixture
def world() -> World:
    return World()


def test_one_person_is_asked_once_a_week_over_all_their_logins(world: World) -> None:
    world.set(reminder_hours="")
    world.park("one")
    held = world.park("two")

    assert world.asked() == ["one"]
    assert held.asking.hold == Hold(NOW + WEEK, HoldReason.ASKED_RECENTLY)
    assert (held.is_parked, held.due_at) == (True, NOW + WEEK)

    world.sweep_at(NOW + WEEK - timedelta(seconds=1))
    assert world.asked() == ["one"]

    world.sweep_at(NOW + WEEK)
    assert sorted(world.asked()) == ["one", "two"]
    assert world.sessions.get("two").asking == NOT_HELD


def test_one_login_is_asked_once_a_week_over_all_its_callers(world: World) -> None:
    world.park("one", login_id=LOGIN_ID, users=frozenset())
    world.service.stop_session("one", Reason.CANCELLED)
    world.park("two", login_id=LOGIN_ID.upper(), users=frozenset({"another-seal"}))

    assert world.sessions.event_types == ["ReconnectRequired", "SessionCancelled"]


def test_an_ask_is_recorded_for_the_login_and_for_each_of_its_users(world: World) -> None:
    session = world.park("one", users=frozenset({"a-seal", "another-seal"}))

    assert len(world.contacts.get(contact_keys(session))) == 3


def test_other_persons_are_asked_independently(world: World) -> None:
    world.park("one")
    world.park("two", users=frozenset({"another-seal"}))

    assert world.asked() == ["one", "two"]


def test_a_reminder_is_an_ask_like_the_first_one(world: World) -> None:
    world.park("one")
    world.sweep_at(NOW + WEEK)
    world.park("two")

    assert world.sessions.event_types == ["ReconnectRequired", "ReconnectReminder"]
    assert world.sessions.get("two").asking.hold == Hold(NOW + 2 * WEEK, HoldReason.ASKED_RECENTLY)


def test_at_night_the_first_event_waits_for_the_morning(world: World) -> None:
    world.set(quiet_hours="21-8")
    world.clock.now = NIGHT
    hold = world.park().asking.hold

    assert world.asked() == []
    assert hold and hold.reason == HoldReason.QUIET_HOURS
    assert MORNING <= hold.until < MORNING + timedelta(hours=1)

    world.sweep_at(hold.until)
    assert world.sessions.event_types == ["ReconnectRequired"]
    assert asked_at(world.session) == hold.until


def test_of_two_sessions_held_in_the_night_one_asks_in_the_morning(world: World) -> None:
    world.set(quiet_hours="21-8")
    world.clock.now = NIGHT
    for name in ("one", "two"):
        world.park(name)

    world.sweep_at(MORNING + timedelta(hours=1))

    assert len(world.asked()) == 1
    assert {each.asking.hold and each.asking.hold.reason for each in world.sessions.all} == {
        None,
        HoldReason.ASKED_RECENTLY,
    }


def test_a_held_session_shows_why_and_until_when(world: World) -> None:
    world.park("one")
    shown = show(world.park("two"))

    assert (shown["askedNotBefore"], shown["holdReason"]) == ("2026-03-21T09:26:53.589793Z", "asked_recently")
    assert show(world.sessions.get("one"))["askedNotBefore"] is show(world.sessions.get("one"))["holdReason"] is None


def test_a_held_session_whose_link_ends_before_is_never_published(world: World) -> None:
    world.flinks = FakeFlinks(cached_authorize=a_reply(401, "INVALID_LOGIN"))
    world.park("one")
    world.park("two", link_expires_at=NOW + timedelta(days=3))

    world.sweep_at(NOW + timedelta(days=3))

    assert world.sessions.event_types == ["ReconnectRequired", "SessionExpired"]
    assert asked_at(world.sessions.get("two")) is None


def test_data_that_was_refreshed_elsewhere_needs_no_ask(world: World) -> None:
    world.park("one")
    world.park("two")
    world.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW + timedelta(hours=1)))

    world.sweep_at(NOW + WEEK)

    assert "two" not in world.asked()
    assert world.sessions.get("two").status is Status.AUTHORIZING


@pytest.mark.parametrize("presence", [None, Presence.ATTENDED])
def test_a_user_who_may_be_there_is_asked_at_once_and_not_recorded(world: World, presence: Presence | None) -> None:
    world.set(quiet_hours="0-23")
    world.contacts = Untouched()
    world.with_session(Status.AUTHORIZING, presence=presence)

    world.ask()

    assert world.sessions.event_types == ["ReconnectRequired"]


def test_without_a_policy_every_session_asks_at_once_and_writes_nothing(world: World) -> None:
    world.set(quiet_hours="0-23", contact_interval_days=0)
    world.contacts = Untouched()
    for name in ("one", "two"):
        world.park(name)
    world.choose(1, "one")

    assert world.asked() == ["one", "two"]


def test_a_repeat_of_parking_after_a_crash_is_the_same_ask(world: World) -> None:
    class Dying(FakeSessions):
        def save(self, _: Session) -> Session:
            raise KeyboardInterrupt

    kept, world.sessions = world.sessions, Dying(world.logins)
    with pytest.raises(KeyboardInterrupt):
        world.park()
    world.sessions = kept
    world.clock.turn(minutes=1)

    world.park()

    assert world.sessions.event_types == ["ReconnectRequired"]
    assert {each.not_before for each in world.contacts.get(contact_keys(world.session))} == {world.clock() + WEEK}


def test_a_ledger_that_cannot_be_read_holds_the_ask_for_an_hour(world: World) -> None:
    class Unreadable(FakeContacts):
        def get(self, _: object) -> Any:
            raise RecordUnreadable("a contact")

    world.contacts = Unreadable()

    assert world.park().asking.hold == Hold(NOW + timedelta(hours=1), HoldReason.ASKED_RECENTLY)


def test_a_user_who_comes_while_the_event_is_held_is_not_told_to_come(world: World) -> None:
    world.park("one")
    world.park("two")
    link = Link("two", LINK_END.replace(microsecond=0)).sign(SIGNING_KEY)

    assert world.service.connect_page.begin(link)[0].status is Status.AUTHORIZING
    world.service.build_connect_url.await_redirect("two", "a-token", Ask.ANSWER)

    assert world.asked() == ["one"]


def test_a_user_who_came_and_left_is_asked_when_it_is_allowed(world: World) -> None:
    world.park("one")
    world.park("two")
    link = Link("two", LINK_END.replace(microsecond=0)).sign(SIGNING_KEY)
    world.clock.turn(days=7)
    session = world.service.connect_page.begin(link)[0]

    world.service.build_connect_url.park("two", session.execution_name, None)

    assert world.asked() == ["one", "two"]
    assert asked_at(world.sessions.get("two")) == world.clock()


def test_support_sends_a_held_link_and_nothing_is_held_any_more(world: World) -> None:
    world.park("one")
    world.park("two")
    world.clock.turn(hours=1)

    world.service.help_user.remind("two", "anna")

    assert world.sessions.event_types == ["ReconnectRequired", "ReconnectRequired"]
    assert not world.sessions.get("two").asking.hold


@pytest.mark.parametrize("days", [1, 3])
def test_a_user_chooses_when_to_be_reminded(world: World, days: int) -> None:
    world.park("one")
    world.clock.turn(hours=1)
    world.choose(days, "one")
    chosen = world.clock() + timedelta(days=days)

    assert world.sessions.get("one").asking == AskState(remind_at=chosen)
    world.sweep_at(chosen - timedelta(seconds=1))
    assert world.asked() == ["one"]
    world.sweep_at(chosen)

    assert world.sessions.event_types == ["ReconnectRequired", "ReconnectReminder"]
    assert world.sessions.get("one").asking == NOT_HELD


def test_nobody_else_asks_before_a_reminder_that_the_user_chose_or_after_it(world: World) -> None:
    world.set(contact_interval_days=1)
    world.park("one")
    world.choose(3, "one")
    world.clock.turn(days=2)

    assert world.park("two").asking.hold == Hold(NOW + timedelta(days=4), HoldReason.SNOOZED)


def test_the_same_choice_twice_is_one(world: World) -> None:
    world.park()
    world.choose(1)
    world.clock.turn(minutes=1)
    world.choose(1)

    assert causes(world.session).count("snoozed") == 1
    assert world.session.asking.remind_at == NOW + timedelta(days=1)


@pytest.mark.parametrize("days", [0, 2, -1, 10**9, "1", None, True, {}])
def test_any_other_number_of_days_changes_nothing(world: World, days: object) -> None:
    before = world.park()

    world.choose(days)

    assert world.session == before


def test_the_page_offers_only_days_before_the_links_end(world: World) -> None:
    session = world.park(link_expires_at=NOW + timedelta(days=2))

    assert world.service.connect_page.view(session)["remindDays"] == [1]


def test_the_page_says_that_a_reminder_will_come_and_can_still_be_used(world: World) -> None:
    world.park()
    world.choose(3)

    view = world.service.connect_page.view(world.session)
    assert (view["stage"], view["heading"]) == ("expired", "We will remind you")


def test_no_choice_is_offered_while_the_bank_waits_for_the_answer(world: World) -> None:
    session = world.with_session(Status.AWAITING_USER, link_expires_at=LINK_END)

    assert world.service.connect_page.view(session)["remindDays"] == []


def test_a_callers_user_is_known_by_a_seal_also_after_another_caller_joined(world: World) -> None:
    opened = world.service.open_session(OpenRequest(login_id=LOGIN_ID, user_ref="anna", correlation_id="night"))
    world.service.open_session(OpenRequest(login_id=LOGIN_ID, user_ref="user-7"))

    session = world.sessions.get(opened.session.session_id)
    assert len(session.users) == 2
    assert session.users < session.found_by


def test_the_name_of_an_ask_changes_once_its_event_is_out(world: World) -> None:
    before = replace(world.park(), timeline=(), reminders=0)

    assert ask_name(before).endswith("/first")
    assert ask_name(world.session).endswith("/0")


class Untouched(FakeContacts):
    """A ledger that nobody may read or write."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(name)
