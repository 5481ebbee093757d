"""A user who has not come yet is reminded: step by step, never at night in their time zone."""

from collections import Counter
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
# The id whose reminder goes out first after the quiet hours.
FIRST = ""


def reminders(*hours: float, quiet: tuple[int, int] = (0, 0), time_zone: str = TORONTO) -> Reminders:
    return Reminders(tuple(hour * HOUR for hour in hours), time(quiet[0]), time(quiet[1]), time_zone)


def asked(at: datetime = ASKED, status: Status = Status.AWAITING_USER, **changes: object) -> Session:
    given = {"session_id": FIRST, "created_at": at, "link_expires_at": at + timedelta(days=7), **changes}
    session = a_session(status, **given)
    return session.note(at=at, actor=Actor.BANK, cause="challenge_shown")


def local(text: str) -> datetime:
    """A time with its UTC offset, such as 2026-03-08T08:00-04:00."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("sent", "hours"), [(0, 24), (1, 72)])
def test_reminders_are_counted_from_the_first_request(sent: int, hours: int) -> None:
    assert reminders(24, 72).next_at(asked(reminders=sent), ASKED) == ASKED + hours * HOUR


def test_after_the_last_step_no_reminder_is_sent() -> None:
    assert reminders(24, 72).next_at(asked(reminders=2), ASKED) is None


def test_a_deployer_may_want_no_reminders() -> None:
    assert reminders().next_at(asked(), ASKED) is None


def test_a_later_question_does_not_restart_the_reminders() -> None:
    session = asked().note(at=ASKED + 9 * HOUR, actor=Actor.BANK, cause="attempt_gone")

    assert reminders(24).next_at(session, ASKED) == ASKED + 24 * HOUR


@pytest.mark.parametrize("cause", ["challenge_shown", "credentials_required", "attempt_gone"])
@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK])
def test_the_user_is_reminded_of_every_kind_of_request(cause: str, status: Status) -> None:
    session = a_session(status).note(at=ASKED, actor=Actor.BANK, cause=cause)

    assert reminders(1).next_at(session, ASKED) == ASKED + HOUR


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.AWAITING_USER, Status.AWAITING_CLICK}))
def test_no_reminder_is_sent_while_no_user_is_awaited(status: Status) -> None:
    assert reminders(24).next_at(asked(status=status), ASKED) is None


def test_a_user_who_was_never_asked_is_not_reminded() -> None:
    assert reminders(24).next_at(a_session(Status.AWAITING_USER), ASKED) is None


def test_a_user_who_connected_another_login_is_not_reminded() -> None:
    assert reminders(24).next_at(asked(quarantined=True), ASKED) is None


@pytest.mark.parametrize(("hours", "is_sent"), [(7 * 24 - 1, True), (7 * 24, False), (7 * 24 + 1, False)])
def test_no_reminder_is_sent_for_an_ended_link(hours: int, is_sent: bool) -> None:
    assert (reminders(hours).next_at(asked(), ASKED) is not None) is is_sent


def test_no_reminder_is_sent_for_a_link_that_ends_in_the_night() -> None:
    session = asked(local("2026-01-14T22:00-05:00"), link_expires_at=local("2026-01-16T03:00-05:00"))

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) is None


def test_reminders_that_a_night_held_back_are_spread_evenly_over_an_hour() -> None:
    night, morning = local("2026-01-14T22:00-05:00"), local("2026-01-16T08:00-05:00")
    at = reminders(24, quiet=(21, 8))

    sent = [at.next_at(asked(night, session_id=f"session-{number}"), ASKED) for number in range(600)]

    minutes = Counter((each - morning) // timedelta(minutes=1) for each in sent if each)
    assert minutes.keys() <= set(range(60))
    assert max(minutes.values()) <= 25


def test_a_reminder_is_not_spread_past_the_links_end() -> None:
    end = local("2026-01-16T08:01-05:00")
    sent = [
        reminders(24, quiet=(21, 8)).next_at(
            asked(local("2026-01-14T22:00-05:00"), session_id=f"session-{number}", link_expires_at=end), ASKED
        )
        for number in range(30)
    ]

    assert all(each is not None and each < end for each in sent)


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
def test_a_reminder_due_at_night_waits_for_the_morning(due: str, sent: str) -> None:
    session = asked(local(f"2026-01-14T{due}-05:00"))

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) == local(sent)


@pytest.mark.parametrize(
    ("due", "sent"), [("11:59", "11:59"), ("12:00", "14:00"), ("13:59", "14:00"), ("14:00", "14:00")]
)
def test_quiet_hours_may_lie_within_one_day(due: str, sent: str) -> None:
    session = asked(local(f"2026-01-14T{due}-05:00"))

    assert reminders(24, quiet=(12, 14)).next_at(session, ASKED) == local(f"2026-01-15T{sent}-05:00")


@pytest.mark.parametrize("quiet", [(0, 0), (8, 8)])
def test_quiet_hours_of_length_zero_never_apply(quiet: tuple[int, int]) -> None:
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
def test_quiet_hours_are_in_the_users_time_zone(time_zone: str | None, sent: str) -> None:
    session = asked(local("2026-01-14T09:00-05:00"), time_zone=time_zone)

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) == local(sent)


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        # The clocks go forward at 2:00 on 8 March: the night is an hour shorter, and ends at the same local time.
        ("2026-03-07T22:00-05:00", "2026-03-08T08:00-04:00"),
        ("2026-03-08T01:59-05:00", "2026-03-08T08:00-04:00"),
        ("2026-03-08T03:00-04:00", "2026-03-08T08:00-04:00"),
        # They go back at 2:00 on 1 November: one hour repeats.
        ("2026-10-31T22:00-04:00", "2026-11-01T08:00-05:00"),
        ("2026-11-01T01:30-04:00", "2026-11-01T08:00-05:00"),
        ("2026-11-01T01:30-05:00", "2026-11-01T08:00-05:00"),
    ],
)
def test_the_night_ends_at_the_same_local_time_on_clock_changes(due: str, sent: str) -> None:
    session = asked(local(due) - 24 * HOUR)

    assert reminders(24, quiet=(21, 8)).next_at(session, ASKED) == local(sent)


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        # A night that ends at 2:00 ends at 3:00 where 2:00 is skipped, and after an hour that repeats.
        ("2026-03-08T01:30-05:00", "2026-03-08T03:00-04:00"),
        ("2026-11-01T01:30-04:00", "2026-11-01T02:00-05:00"),
    ],
)
def test_a_night_that_ends_at_a_clock_change_ends_once(due: str, sent: str) -> None:
    session = asked(local(due) - 24 * HOUR)

    assert reminders(24, quiet=(21, 2)).next_at(session, ASKED) == local(sent)


def test_a_late_reminder_waits_for_the_morning_at_night() -> None:
    """A sweep may be late, or the session busy: a reminder that was due by day can come up at night."""
    session = asked(local("2026-01-14T20:30-05:00"))

    due = reminders(24, quiet=(21, 8)).next_at(session, local("2026-01-15T21:15-05:00"))

    assert due == local("2026-01-16T08:00-05:00")


def test_a_late_reminder_is_sent_at_once_by_day() -> None:
    now = ASKED + 30 * HOUR

    assert reminders(24).next_at(asked(), now) == now


@pytest.mark.parametrize(("hours", "count"), [(0, 0), (23, 0), (24, 1), (71, 1), (72, 2), (999, 2)])
def test_one_reminder_replaces_all_that_are_overdue(hours: int, count: int) -> None:
    assert reminders(24, 72).due_by(asked(), ASKED + hours * HOUR) == count


def test_nothing_is_due_for_a_user_who_was_never_asked() -> None:
    assert reminders(24).due_by(a_session(Status.AWAITING_USER), ASKED + 99 * HOUR) == 0


@given(
    minutes=st.integers(0, 400 * 24 * 60),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    time_zone=st.sampled_from([TORONTO, "America/St_Johns", "Europe/Paris", "Australia/Lord_Howe", "UTC"]),
    session_id=st.text(),
)
def test_no_reminder_is_sent_early_or_in_the_quiet_hours(
    minutes: int, quiet: tuple[int, int], time_zone: str, session_id: str
) -> None:
    due = ASKED + timedelta(minutes=minutes)
    session, first = asked(due - HOUR, session_id=session_id), asked(due - HOUR)
    at = reminders(1, quiet=quiet, time_zone=time_zone)

    sent, first_at = at.next_at(session, ASKED), at.next_at(first, ASKED)

    assert sent is not None and due <= sent <= due + timedelta(hours=25)
    assert first_at is not None and first_at <= sent < first_at + HOUR
    hour, (start, end) = sent.astimezone(ZoneInfo(time_zone)).hour, quiet
    assert not (start <= hour < end if start <= end else hour >= start or hour < end)


# The times in 2026 at which the clocks go back: an hour, half an hour or two hours repeat.
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
    session_id=st.text(),
)
def test_a_night_ending_in_a_repeated_hour_sends_no_reminder_early(
    minutes: int, night: int, end: int, time_zone: str, session_id: str
) -> None:
    change = local(CLOCKS_GO_BACK[time_zone])
    quiet_until = (change + end * HOUR / 4).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    quiet_from = quiet_until - timedelta(minutes=night)
    due = change + timedelta(minutes=minutes)

    session = asked(due - HOUR, session_id=session_id)
    sent = Reminders((HOUR,), quiet_from.time(), quiet_until.time(), time_zone).next_at(session, due - HOUR)

    assert sent is not None and due <= sent <= due + timedelta(hours=27)
    at, start, stop = sent.astimezone(ZoneInfo(time_zone)).time(), quiet_from.time(), quiet_until.time()
    assert not (start <= at < stop if start <= stop else at >= start or at < stop)
