"""How often a person may be asked: once in an interval, in the day, and never a user who may be there."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.asking import ask_name
from reconnect.model.contact_entries import NOT_HELD, AskState, Contact, Hold, HoldReason
from reconnect.model.presence import Presence
from reconnect.model.session import Actor, Session, Status
from reconnect.rules.contact import ContactPolicy
from reconnect.rules.reminders import Reminders
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = ("America/Toronto", "America/St_Johns", "UTC", "Pacific/Auckland")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(ZoneInfo("UTC")))


def policy(days: int = 7, quiet: tuple[int, int] = (0, 0), ladder: tuple[int, ...] = (24, 72)) -> ContactPolicy:
    hours = tuple(each * HOUR for each in ladder)
    return ContactPolicy(days * DAY, Reminders(hours, time(quiet[0]), time(quiet[1]), "America/Toronto"))


def parked(at: datetime = NOW, *, days: float = 30, **changes: Any) -> Session:
    given = {"presence": Presence.ABSENT, "task_token": None, "created_at": at, "link_expires_at": at + days * DAY}
    session = a_session(Status.AWAITING_CLICK, **{**given, **changes})
    return session.note(at=at, actor=Actor.SERVICE, cause="parked")


def waiting(until: datetime, **changes: Any) -> Session:
    """A session whose first event is held back."""
    return parked(asking=AskState(Hold(until, HoldReason.ASKED_RECENTLY)), **changes)


@given(at=MOMENTS, zone=st.sampled_from(ZONES), start=st.integers(0, 23), end=st.integers(0, 23), seed=st.text())
def test_no_absent_user_is_asked_in_their_quiet_hours(at: datetime, zone: str, start: int, end: int, seed: str) -> None:
    session = waiting(at, created_at=at, link_expires_at=at + 30 * DAY, time_zone=zone, session_id=seed)
    rule = policy(quiet=(start, end))

    hold = rule.hold(session, at)

    local = (hold.until if hold else at).astimezone(ZoneInfo(zone)).time()
    is_quiet = start <= local.hour < end if start <= end else local.hour >= start or local.hour < end
    assert not is_quiet
    # A day has at most 25 hours, and the night's crowd goes out within one more.
    assert hold is None or at < hold.until <= at + 26 * HOUR


@given(hours=st.floats(0.01, 400), own=st.booleans())
def test_what_the_ledger_forbids_is_held_until_then(hours: float, own: bool) -> None:
    session = waiting(NOW)
    until = NOW + timedelta(hours=hours)

    assert policy().hold(session, NOW, [Contact(until, ask_name(session))]) is None
    assert policy().hold(session, until, [Contact(until, "other/first")]) is None
    reason = HoldReason.SNOOZED if own else HoldReason.ASKED_RECENTLY
    assert policy().hold(session, NOW, [Contact(until, None if own else "other/first")]) == Hold(until, reason)


@given(st.lists(st.integers(-100, 400), min_size=1))
def test_of_all_that_the_ledger_forbids_the_longest_counts(hours: list[int]) -> None:
    contacts = [Contact(NOW + each * HOUR, f"{each}/first") for each in hours]

    hold = policy().hold(waiting(NOW), NOW, contacts)

    assert (hold.until if hold else None) == (NOW + max(hours) * HOUR if max(hours) > 0 else None)


@pytest.mark.parametrize(
    ("days", "presence", "is_covered"), [(7, "absent", True), (7, "attended", False), (0, "absent", False)]
)
def test_only_absent_users_are_covered_and_only_with_an_interval(days: int, presence: str, is_covered: bool) -> None:
    assert policy(days).covers(parked(presence=Presence(presence))) is is_covered


def test_a_parked_sessions_reminder_waits_for_the_interval_too() -> None:
    assert policy(7).next_at(parked(), NOW) == NOW + 7 * DAY
    assert policy(2).next_at(parked(), NOW) == NOW + 2 * DAY
    assert policy(0).next_at(parked(), NOW) == NOW + DAY


def test_no_reminder_comes_if_the_link_ends_within_the_interval() -> None:
    assert policy(7).next_at(parked(days=7), NOW) is None


def test_a_session_of_a_user_who_may_be_there_is_reminded_as_before() -> None:
    assert policy(7).next_at(parked(presence=None), NOW) == NOW + DAY


@pytest.mark.parametrize("days", [1, 30])
def test_a_held_session_is_due_when_it_may_ask_or_never(days: int) -> None:
    due = policy().next_at(waiting(NOW + days * DAY), NOW)

    assert due == (NOW + DAY if days == 1 else None)


def test_a_held_session_whose_user_is_there_asks_nobody() -> None:
    session = replace(waiting(NOW + DAY), status=Status.AWAITING_USER, task_token="a-token")

    assert policy().next_at(session, NOW) is None


def test_a_reminder_that_the_user_chose_comes_although_they_were_just_asked() -> None:
    assert policy(7).next_at(parked(asking=AskState(remind_at=NOW + DAY)), NOW) == NOW + DAY
    assert policy(7, ladder=()).next_at(parked(asking=AskState(remind_at=NOW + DAY)), NOW) == NOW + DAY


def test_a_session_that_came_back_with_another_login_asks_nobody() -> None:
    assert policy().next_at(waiting(NOW + DAY, quarantined=True), NOW) is None
    assert policy().snooze_days(parked(quarantined=True), NOW) == ()


@pytest.mark.parametrize(("days", "offered"), [(1, ()), (2, (1,)), (3.1, (1, 3))])
def test_only_days_before_the_links_end_are_offered(days: float, offered: tuple[int, ...]) -> None:
    assert policy().snooze_days(parked(days=days, asking=NOT_HELD), NOW) == offered
