"""How a session ends: for each reason a status, a code, an owner and an event."""

from datetime import timedelta

import pytest

from reconnect.model.failures import Owner
from reconnect.model.outcomes import RULES
from reconnect.model.reasons import Reason
from reconnect.model.receipts import Receipt
from reconnect.model.session import TERMINAL, Actor, Session, Status
from reconnect.rules.endings import _REASONS, EVENT_TYPES
from tests.fakes.builders import a_receipt, a_session, an_attempt
from tests.fakes.clock import NOW
from tests.unit.world import World

OLD = Receipt(fresh=False, last_refresh=NOW)

# (reason, status, code, owner): what the documents promise to callers.
ENDINGS = [
    ("ACCOUNTS_STALE", "STALE", "ACCOUNTS_STALE", "nobody"),
    ("NO_ACCOUNTS", "STALE", "NO_ACCOUNTS", "nobody"),
    ("USER_ABSENT", "EXPIRED", "USER_ABSENT", "user"),
    ("BANK_TOO_SLOW", "FAILED", "BANK_TOO_SLOW", "bank"),
    ("WORKFLOW_LOST", "FAILED", "WORKFLOW_LOST", "us"),
    ("AttemptUncertain", "FAILED", "ATTEMPT_UNCERTAIN", "nobody"),
    ("FLINKS_UNAVAILABLE", "FAILED", "FLINKS_UNAVAILABLE", "nobody"),
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
    ("FlinksUnavailable", "FAILED", "INTERNAL_ERROR", "us"),
    ("FlinksReplyUnreadable", "FAILED", "INTERNAL_ERROR", "us"),
    ("KeyError", "FAILED", "INTERNAL_ERROR", "us"),
    ("", "FAILED", "INTERNAL_ERROR", "us"),
]
GONE_AT = NOW + timedelta(minutes=9)


def fetched(last_refresh_minutes: float = 20) -> Receipt:
    """A fresh receipt for data refreshed so many minutes after the attempt began."""
    last_refresh = NOW + timedelta(minutes=last_refresh_minutes)
    return a_receipt(last_refresh=last_refresh)


def after_the_attempt_died(receipt: Receipt) -> Session:
    """A session whose attempt died unanswered, and that read the data later."""
    gone = a_session(Status.FETCHING, receipt=receipt).note(at=GONE_AT, actor=Actor.BANK, cause="attempt_gone")
    return gone.note(at=GONE_AT + timedelta(hours=1), actor=Actor.BANK, cause="refreshed_elsewhere")


@pytest.mark.parametrize(("reason", "status", "code", "owner"), ENDINGS)
def test_each_reason_ends_in_a_status_with_a_code_and_an_owner(
    world: World, reason: str, status: str, code: str, owner: str
) -> None:
    session = world.end(a_session(Status.AWAITING_USER), reason)

    assert session.status == status
    assert session.failure and (session.failure.code, session.failure.owner) == (code, owner)
    assert (session.timeline[-1].cause, session.timeline[-1].actor) == (code, Actor.SERVICE)


def test_each_reason_of_ours_has_an_ending() -> None:
    assert set(_REASONS) == set(Reason)


@pytest.mark.parametrize("reason", ["Runtime.ExitError", "States.Timeout", "StoreUnavailable", "KeyError"])
def test_an_unanswered_start_ends_uncertain_under_every_error_name(world: World, reason: str) -> None:
    unanswered = a_session(Status.AUTHORIZING, attempt=an_attempt(request_id=None))

    codes = [
        session.failure and session.failure.code
        for session in (world.end(each, reason) for each in (a_session(), unanswered, a_session(Status.AUTHORIZING)))
    ]

    # Before a start, and once Flinks has answered it, a crash is an internal error.
    assert codes == ["INTERNAL_ERROR", "ATTEMPT_UNCERTAIN", "INTERNAL_ERROR"]


def test_every_flinks_code_has_an_ending_that_names_it(world: World) -> None:
    failures = {code: world.end(a_session(Status.AWAITING_USER), code).failure for code in RULES}

    assert [code for code, failure in failures.items() if failure is None or failure.code != code] == []
    assert {failure.owner for failure in failures.values() if failure} <= set(Owner)


def test_a_fresh_receipt_ends_in_success(world: World) -> None:
    session = world.end(a_session(Status.FETCHING, receipt=fetched()), "ACCOUNTS_FRESH")

    assert (session.status, session.failure, session.receipt) == (Status.SUCCEEDED, None, fetched())
    assert session.timeline[-1].cause == "ACCOUNTS_FRESH"


@pytest.mark.parametrize("receipt", [None, OLD])
def test_no_session_succeeds_without_a_fresh_receipt(world: World, receipt: Receipt | None) -> None:
    session = world.end(a_session(Status.FETCHING, receipt=receipt), "ACCOUNTS_FRESH")

    assert session.status is Status.STALE
    assert session.failure and session.failure.code == "ACCOUNTS_STALE"


def test_a_cancelled_session_names_the_caller_and_no_failure(world: World) -> None:
    session = world.end(a_session(Status.AWAITING_CLICK), "CANCELLED")

    assert (session.status, session.failure) == (Status.CANCELLED, None)
    assert (session.timeline[-1].actor, session.timeline[-1].cause) == (Actor.CALLER, "CANCELLED")


def test_data_refreshed_after_our_attempt_died_is_repaired_elsewhere(world: World) -> None:
    session = world.end(after_the_attempt_died(fetched()), "ACCOUNTS_FRESH")

    assert (session.status, session.failure, session.event_type) == (Status.REPAIRED, None, "SessionRepaired")


@pytest.mark.parametrize("minutes", [1, 9])
def test_data_refreshed_before_our_attempt_was_found_dead_is_our_success(world: World, minutes: int) -> None:
    session = world.end(after_the_attempt_died(fetched(minutes)), "ACCOUNTS_FRESH")

    assert session.status is Status.SUCCEEDED


def test_a_user_who_returned_after_the_attempt_died_repaired_it_with_us(world: World) -> None:
    came_back = after_the_attempt_died(fetched()).note(at=GONE_AT, actor=Actor.USER, cause="redirected_late")

    assert world.end(came_back, "ACCOUNTS_FRESH").status is Status.SUCCEEDED


def test_a_user_who_only_opened_the_link_has_not_repaired_it(world: World) -> None:
    opened = after_the_attempt_died(fetched()).note(at=GONE_AT, actor=Actor.USER, cause="link_opened")

    assert world.end(opened, "ACCOUNTS_FRESH").status is Status.REPAIRED


def test_a_user_who_came_before_the_attempt_died_has_not_repaired_it(world: World) -> None:
    session = a_session(Status.FETCHING, receipt=fetched()).note(at=NOW, actor=Actor.USER, cause="redirected")
    gone = session.note(at=GONE_AT, actor=Actor.BANK, cause="attempt_gone")

    assert world.end(gone, "ACCOUNTS_FRESH").status is Status.REPAIRED


def test_an_attempt_of_our_own_after_the_dead_one_is_our_own_success(world: World) -> None:
    later = an_attempt(number=2, started_at=GONE_AT + timedelta(minutes=1))
    session = a_session(Status.FETCHING, attempt=later, receipt=fetched())

    session = session.note(at=GONE_AT, actor=Actor.BANK, cause="attempt_gone")

    assert world.end(session, "ACCOUNTS_FRESH").status is Status.SUCCEEDED


@pytest.mark.parametrize("status", sorted(TERMINAL))
@pytest.mark.parametrize("reason", ["DISABLED_LOGIN", "CANCELLED", "ACCOUNTS_FRESH"])
def test_an_ended_session_never_changes(world: World, status: Status, reason: str) -> None:
    ended = a_session(status, receipt=fetched())

    assert world.end(ended, reason) is ended


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK, Status.FETCHING])
def test_an_ended_session_keeps_no_secret_and_is_never_due_again(world: World, status: Status) -> None:
    session = world.end(a_session(status), "USER_ABSENT")

    assert (session.task_token, session.connect_url, session.data_request_id) == (None, None, None)
    assert session.attempt and session.attempt.request_id is None
    assert session.due_at is None


@pytest.mark.parametrize(
    ("reason", "event_type"),
    [
        ("ACCOUNTS_FRESH", "SessionSucceeded"),
        ("ACCOUNTS_STALE", "SessionStale"),
        ("USER_ABSENT", "SessionExpired"),
        ("DISABLED_LOGIN", "SessionFailed"),
        ("CANCELLED", "SessionCancelled"),
    ],
)
def test_each_ending_has_its_event(world: World, reason: str, event_type: str) -> None:
    assert world.end(a_session(Status.FETCHING, receipt=fetched()), reason).event_type == event_type


def test_every_ending_has_an_event_of_its_own() -> None:
    assert EVENT_TYPES.keys() == TERMINAL
    assert len(set(EVENT_TYPES.values())) == len(TERMINAL)


def test_a_success_resets_the_refusals(world: World) -> None:
    answered = a_session(Status.FETCHING, receipt=fetched(), failures=2, attempt=an_attempt(is_over=True))

    session = world.end(answered, "ACCOUNTS_FRESH")

    assert (session.failures, session.next_allowed_at) == (0, NOW + timedelta(minutes=1))


def test_any_other_ending_keeps_the_refusals(world: World) -> None:
    assert world.end(a_session(Status.AWAITING_USER, failures=2), "USER_ABSENT").failures == 2
