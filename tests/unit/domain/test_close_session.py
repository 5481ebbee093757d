"""The one place where a session ends."""

import pytest

from reconnect.domain.close_session import CloseSession
from reconnect.domain.errors import AnnouncementFailed
from reconnect.domain.outcomes import RULES
from reconnect.domain.receipts import Receipt
from reconnect.domain.session import TERMINAL, Owner, Session, Status
from tests.fakes.builders import CONNECT_URL, LOGIN_ID, REQUEST_ID, SESSION_ID, TASK_TOKEN, a_receipt, a_session
from tests.fakes.clock import NOW, Clock
from tests.fakes.events import FakeEvents
from tests.fakes.sessions import ContestedSessions, FakeSessions

FRESH = a_receipt()
OLD = Receipt(fresh=False, last_refresh=NOW)

# (reason, status, code, owner): what the README promises to callers.
ENDINGS = [
    ("ACCOUNTS_STALE", "STALE", "ACCOUNTS_STALE", "nobody"),
    ("NO_ACCOUNTS", "STALE", "NO_ACCOUNTS", "nobody"),
    ("USER_ABSENT", "EXPIRED", "USER_ABSENT", "user"),
    ("BANK_TOO_SLOW", "FAILED", "BANK_TOO_SLOW", "bank"),
    ("AttemptUncertain", "FAILED", "ATTEMPT_UNCERTAIN", "nobody"),
    ("FLINKS_UNAVAILABLE", "FAILED", "FLINKS_UNAVAILABLE", "nobody"),
    ("FLINKS_UNREADABLE", "FAILED", "FLINKS_UNREADABLE", "nobody"),
    ("ACCOUNTS_INVALID", "FAILED", "ACCOUNTS_INVALID", "us"),
    ("DATA_GONE", "FAILED", "DATA_GONE", "nobody"),
    ("ResultNotStored", "FAILED", "RESULT_NOT_STORED", "us"),
    ("INVALID_LOGIN", "FAILED", "INVALID_LOGIN", "us"),
    ("DISABLED_LOGIN", "FAILED", "DISABLED_LOGIN", "user"),
    ("NEW_ACCOUNT", "FAILED", "NEW_ACCOUNT", "user"),
    ("RETRY_LATER", "FAILED", "RETRY_LATER", "bank"),
    ("TOO_MANY_REQUESTS", "FAILED", "TOO_MANY_REQUESTS", "nobody"),
    ("CONCURRENT_SESSION", "FAILED", "CONCURRENT_SESSION", "nobody"),
    ("ACCESS_DENIED", "FAILED", "ACCESS_DENIED", "us"),
    ("METHOD_NOT_AVAILABLE", "FAILED", "METHOD_NOT_AVAILABLE", "us"),
    ("BRAND_NEW_CODE", "FAILED", "BRAND_NEW_CODE", "us"),
    ("HTTP_503", "FAILED", "HTTP_503", "us"),
    ("States.Timeout", "FAILED", "INTERNAL_ERROR", "us"),
    ("Lambda.Unknown", "FAILED", "INTERNAL_ERROR", "us"),
    ("IllegalTransition", "FAILED", "INTERNAL_ERROR", "us"),
    ("KeyError", "FAILED", "INTERNAL_ERROR", "us"),
    ("", "FAILED", "INTERNAL_ERROR", "us"),
]


class World:
    """The step over fakes; `close(reason)` runs it on the store's one session."""

    def __init__(self, sessions: FakeSessions, events: FakeEvents, clock: Clock) -> None:
        self.sessions, self.events, self._clock = sessions, events, clock

    def close(self, reason: str) -> Session:
        return CloseSession(self.sessions, self.events, self._clock)(SESSION_ID, reason)


@pytest.fixture
def world(sessions: FakeSessions, events: FakeEvents, clock: Clock) -> World:
    return World(sessions.holding(a_session(Status.AWAITING_USER)), events, clock)


@pytest.mark.parametrize(("reason", "status", "code", "owner"), ENDINGS)
def test_each_reason_ends_in_a_status_with_a_code_and_an_owner(
    world: World, reason: str, status: str, code: str, owner: str
) -> None:
    session = world.close(reason)

    assert session.status == status
    assert session.failure and (session.failure.code, session.failure.owner) == (code, owner)
    assert session == world.sessions.get(SESSION_ID)
    assert session.timeline[-1].cause == code


def test_a_fresh_receipt_ends_in_success_and_nothing_to_do(world: World) -> None:
    world.sessions.holding(a_session(Status.FETCHING, receipt=FRESH))

    session = world.close("ACCOUNTS_FRESH")

    assert (session.status, session.failure, session.receipt) == (Status.SUCCEEDED, None, FRESH)
    assert world.events.types == ["SessionSucceeded"]


@pytest.mark.parametrize("receipt", [None, OLD])
def test_nobody_is_told_of_a_success_that_no_fresh_receipt_proves(world: World, receipt: Receipt | None) -> None:
    world.sessions.holding(a_session(Status.FETCHING, receipt=receipt))

    session = world.close("ACCOUNTS_FRESH")

    assert session.status is Status.STALE
    assert session.failure and session.failure.code == "ACCOUNTS_STALE"


@pytest.mark.parametrize("reason", sorted(RULES))
def test_every_flinks_code_has_an_ending_that_names_it(world: World, reason: str) -> None:
    session = world.close(reason)

    assert session.failure and session.failure.code == reason
    assert session.failure.owner in Owner


def test_the_end_is_announced_with_the_code_and_without_any_id_of_flinks(world: World) -> None:
    world.close("DISABLED_LOGIN")

    [announcement] = world.events.announced
    assert announcement.detail_type == "SessionFailed"
    assert announcement.detail["failureCode"] == "DISABLED_LOGIN"
    assert announcement.detail["nextStep"]["owner"] == "user"
    assert not any(secret in str(announcement) for secret in (LOGIN_ID, REQUEST_ID, TASK_TOKEN, CONNECT_URL))


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK, Status.FETCHING])
def test_an_ended_session_keeps_no_secret(world: World, status: Status) -> None:
    world.sessions.holding(a_session(status))

    world.close("USER_ABSENT")

    stored = world.sessions.get(SESSION_ID)
    assert (stored.task_token, stored.connect_url, stored.data_request_id) == (None, None, None)
    assert stored.attempt and stored.attempt.request_id is None


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_session_that_has_ended_is_only_announced_again(world: World, status: Status) -> None:
    world.sessions.holding(a_session(status))
    before = world.sessions.get(SESSION_ID)

    session = world.close("DISABLED_LOGIN")

    assert session == before == world.sessions.get(SESSION_ID)
    assert world.events.types == [f"Session{status.capitalize()}"]


def test_a_crash_between_the_end_and_its_announcement_swallows_nothing(world: World) -> None:
    world.events.refusals = 1
    with pytest.raises(AnnouncementFailed):
        world.close("USER_ABSENT")

    world.close("States.Timeout")
    world.close("States.Timeout")

    assert world.events.types == ["SessionExpired", "SessionExpired"]
    assert len({announcement.event_id for announcement in world.events.announced}) == 1


def test_an_end_wins_over_other_writers(clock: Clock, events: FakeEvents) -> None:
    sessions = ContestedSessions(clock, races=4).holding(a_session(Status.AWAITING_USER))

    assert World(sessions, events, clock).close("USER_ABSENT").status is Status.EXPIRED


@pytest.mark.parametrize("reason", ["USER_ABSENT", "DISABLED_LOGIN", "FLINKS_UNAVAILABLE"])
def test_an_end_is_announced_without_a_link_that_leads_nowhere(world: World, reason: str) -> None:
    world.close(reason)

    assert world.events.announced[0].detail["link"] is None


@pytest.mark.parametrize("reason", ["FlinksUnavailable", "FlinksReplyUnreadable"])
def test_an_error_of_flinks_that_escaped_a_step_is_a_fault_of_ours(world: World, reason: str) -> None:
    session = world.close(reason)

    assert session.failure and (session.failure.code, session.failure.owner) == ("INTERNAL_ERROR", Owner.US)
