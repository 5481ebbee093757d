"""A user who has not come yet is reminded: step by step, never at night, wherever they live."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.session import Actor, Session, Status
from reconnect.rules.reminders import Reminders
from tests.fakes.builders import a_session

HOUR = timedelta(hours=1)
# A Wednesday noon in Toronto, in winter.
ASKED = datetime(2026, 1, 14, 17, tzinfo=UTC)
TORONTO = "America/Toronto"


def reminders(*hours: float, quiet: tuple[int, int] = (0, 0), time_zone: str = TORONTO) -> Reminders:
    return Reminders(tuple(hour * HOUR for hour in hours), time(quiet[0]), time(quiet[1]), time_zone)


def asked(at: datetime = ASKED, status: Status = Status.AWAITING_USER, **changes: object) -> Session:
    session = a_session(status, **{"created_at": at, "link_expires_at": at + timedelta(days=7), **changes})
    return session.note(at=at, actor=Actor.BANK, cause="challenge_shown")


def local(text: str) -> datetime:
    """A moment with its distance from UTC, as 2026-03-08T08:00-04:00."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("sent", "hours"), [(0, 24), (1, 72)])
def test_each_reminder_has_its_step_counted_from_the_first_call(sent: int, hours: int) -> None:
    assert reminders(24, 72).next_at(asked(reminders=sent), ASKED) == ASKED + hours * HOUR


def test_after_the_last_step_no_reminder_is_sent() -> None:
    assert reminders(24, 72).next_at(asked(reminders=2), ASKED) is None


def test_a_deployer_may_want_no_reminders() -> None:
    assert reminders().next_at(asked(), ASKED) is None


def test_a_later_question_does_not_begin_the_steps_again() -> None:
    session = asked().note(at=ASKED + 9 * HOUR, actor=Actor.BANK, cause="attempt_gone")

    assert reminders(24).next_at(session, ASKED) == ASKED + 24 * HOUR


@pytest.mark.parametrize("cause", ["challenge_shown", "credentials_required", "attempt_gone"])
@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_whatever_the_user_was_asked_they_are_reminded(cause: str, status: Status) -> None:
    session = a_session(status).note(at=ASKED, actor=Actor.BANK, cause=cause)

    assert reminders(1).next_at(session, ASKED) == ASKED + HOUR


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.AWAITING_USER, Status.AWAITING_CLICK}))
def test_no_reminder_is_sent_while_no_user_is_awaited(status: Status) -> None:
    assert reminders(24).next_at(asked(status=status), ASKED) is None


def test_a_user_who_was_never_called_is_not_reminded() -> None:
    assert reminders(24).next_at(a_session(Status.AWAITING_USER), ASKED) is None


def test_a_user_who_connected_another_login_has_come_and_is_not_reminded() -> None:
    assert reminders(24).next_at(asked(quarantined=True), ASKED) is None


@pytest.mark.parametrize(("hours", "is_sent"), [(7 * 24 - 1, True), (7 * 24, False), (7 * 24 + 1, False)])
def test_no_reminder_leads_to_an_ended_link(hours: int, is_sent: bool) -> None:
    assert (reminders(hours).next_at(asked(), ASKED) is not None) is is_sent


def test_no_reminder_leads_to_a_link_that_ends_during_the_night() -> None:
    session = asked(local("2026-01-14T22:00-05:00"), link_expires_at=local("2026-01-16T03:00-05:00"))

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) is None


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        ("20:59", "2026-01-15T20:59-05:00"),
        ("21:00", "2026-01-16T08:00-05:00"),
        ("23:59", "2026-01-16T08:00-05:00"),
        ("00:00", "2026-01-15T08:00-05:00"),
        ("07:59", "2026-01-15T08:00-05:00"),
        ("08:00", "2026-01-15T08:00-05:00"),
        ("12:00", "2026-01-15T12:00-05:00"),
    ],
)
def test_a_reminder_that_falls_into_the_night_waits_for_the_morning(due: str, sent: str) -> None:
    session = asked(local(f"2026-01-14T{due}-05:00"))

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) == local(sent)


@pytest.mark.parametrize(
    ("due", "sent"), [("11:59", "11:59"), ("12:00", "14:00"), ("13:59", "14:00"), ("14:00", "14:00")]
)
def test_quiet_hours_may_lie_within_one_day(due: str, sent: str) -> None:
    session = asked(local(f"2026-01-14T{due}-05:00"))

    assert reminders(24, quiet=(12, 14)).next_at(session, ASKED) == local(f"2026-01-15T{sent}-05:00")


@pytest.mark.parametrize("quiet", [(0, 0), (8, 8)])
def test_quiet_hours_without_a_length_are_never(quiet: tuple[int, int]) -> None:
    midnight = asked(local("2026-01-14T00:00-05:00"))

    assert reminders(24, quiet=quiet).next_at(midnight, ASKED) == local("2026-01-15T00:00-05:00")


@pytest.mark.parametrize(
    ("time_zone", "sent"),
    [
        (None, "2026-01-15T09:00-05:00"),
        ("America/Vancouver", "2026-01-15T08:00-08:00"),
        ("America/St_Johns", "2026-01-15T10:30-03:30"),
        ("Asia/Kolkata", "2026-01-15T19:30+05:30"),
        ("Asia/Tokyo", "2026-01-16T08:00+09:00"),
    ],
)
def test_the_night_is_the_users_own(time_zone: str | None, sent: str) -> None:
    session = asked(local("2026-01-14T09:00-05:00"), time_zone=time_zone)

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) == local(sent)


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        # The clocks go forward at 2:00 on 8 March: the night is an hour shorter, and the morning keeps its name.
        ("2026-03-07T22:00-05:00", "2026-03-08T08:00-04:00"),
        ("2026-03-08T01:59-05:00", "2026-03-08T08:00-04:00"),
        ("2026-03-08T03:00-04:00", "2026-03-08T08:00-04:00"),
        # They go back at 2:00 on 1 November: one hour comes twice.
        ("2026-10-31T22:00-04:00", "2026-11-01T08:00-05:00"),
        ("2026-11-01T01:30-04:00", "2026-11-01T08:00-05:00"),
        ("2026-11-01T01:30-05:00", "2026-11-01T08:00-05:00"),
    ],
)
def test_the_morning_is_the_morning_also_where_the_clocks_change(due: str, sent: str) -> None:
    session = asked(local(due) - 24 * HOUR)

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) == local(sent)


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        # A night that ends at 2:00 ends at 3:00 where 2:00 is left out, and after the hour that comes twice.
        ("2026-03-08T01:30-05:00", "2026-03-08T03:00-04:00"),
        ("2026-11-01T01:30-04:00", "2026-11-01T02:00-05:00"),
    ],
)
def test_a_night_that_ends_when_the_clocks_change_ends_all_the_same(due: str, sent: str) -> None:
    session = asked(local(due) - 24 * HOUR)

    assert reminders(24, quiet=(21, 2)).next_at(session, ASKED) == local(sent)


def test_a_reminder_missed_before_the_night_waits_for_the_morning() -> None:
    """A sweep may come late, or find the session busy: then it is night by now, although it was not when it was due."""
    session = asked(local("2026-01-14T20:30-05:00"))

    due = reminders(24, quiet=(21, 8)).next_at(session, local("2026-01-15T21:15-05:00"))

    assert due == local("2026-01-16T08:00-05:00")


def test_a_reminder_that_is_late_by_day_goes_out_at_once() -> None:
    now = ASKED + 30 * HOUR

    assert reminders(24).next_at(asked(), now) == now


@pytest.mark.parametrize(("hours", "count"), [(0, 0), (23, 0), (24, 1), (71, 1), (72, 2), (999, 2)])
def test_one_reminder_replaces_all_that_were_due_by_now(hours: int, count: int) -> None:
    assert reminders(24, 72).due_by(asked(), ASKED + hours * HOUR) == count


def test_nothing_is_due_for_a_user_who_was_never_called() -> None:
    assert reminders(24).due_by(a_session(Status.AWAITING_USER), ASKED + 99 * HOUR) == 0


@given(
    minutes=st.integers(0, 400 * 24 * 60),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    time_zone=st.sampled_from([TORONTO, "America/St_Johns", "Europe/Paris", "Australia/Lord_Howe", "UTC"]),
)
def test_no_reminder_ever_goes_out_in_the_quiet_hours_or_before_it_is_due(
    minutes: int, quiet: tuple[int, int], time_zone: str
) -> None:
    due = ASKED + timedelta(minutes=minutes)
    session = asked(due - HOUR)

    sent = reminders(1, quiet=quiet, time_zone=time_zone).next_at(session, ASKED)

    assert sent is not None and due <= sent <= due + timedelta(hours=25)
    hour, (start, end) = sent.astimezone(ZoneInfo(time_zone)).hour, quiet
    assert not (start <= hour < end if start <= end else hour >= start or hour < end)


# The moments in 2026 at which the clocks go back: an hour, half an hour or two hours come twice.
CLOCKS_GO_BACK = {
    TORONTO: "2026-11-01T06:00+00:00",
    "America/St_Johns": "2026-11-01T04:30+00:00",
    "Europe/Paris": "2026-10-25T01:00+00:00",
    "Australia/Lord_Howe": "2026-04-04T15:00+00:00",
    "Pacific/Chatham": "2026-04-04T14:00+00:00",
    "Antarctica/Troll": "2026-10-25T01:00+00:00",
}


@given(
    minutes=st.integers(-3 * 60, 3 * 60),
    night=st.integers(1, 12 * 60),
    end=st.integers(-8, 8),
    time_zone=st.sampled_from(sorted(CLOCKS_GO_BACK)),
)
def test_a_night_ending_in_a_repeated_hour_sends_no_reminder_early(
    minutes: int, night: int, end: int, time_zone: str
) -> None:
    change = local(CLOCKS_GO_BACK[time_zone])
    quiet_until = (change + end * HOUR / 4).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    quiet_from = quiet_until - timedelta(minutes=night)
    due = change + timedelta(minutes=minutes)

    sent = Reminders((HOUR,), quiet_from.time(), quiet_until.time(), time_zone).next_at(asked(due - HOUR), due - HOUR)

    assert sent is not None and due <= sent <= due + timedelta(hours=26)
    at, start, stop = sent.astimezone(ZoneInfo(time_zone)).time(), quiet_from.time(), quiet_until.time()
    assert not (start <= at < stop if start <= stop else at >= start or at < stop)
