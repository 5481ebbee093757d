"""When the next attempt on a login is allowed: three independent reasons to wait."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.causes import Cause
from reconnect.model.outcomes import RULES, UNKNOWN_ANSWER, Verdict, classify
from reconnect.model.session import TERMINAL, Actor, Session, Status
from reconnect.model.waits import WaitReason
from tests.fakes.builders import REQUEST_ID, a_cooldown, a_reply, a_session, an_attempt
from tests.fakes.clock import NOW

HOUR = NOW + timedelta(hours=1)
LIFETIME = timedelta(minutes=8)
START_TIMEOUT = timedelta(seconds=215)
REFUSALS = [
    "INVALID_LOGIN",
    "INVALID_PASSWORD",
    "INVALID_SECURITY_RESPONSE",
    "INVALID_SECURITY_RESPONSE_NO_RETRY",
    "INVALID_USERNAME",
    "UNAUTHORIZED",
]
COOLDOWNS = a_cooldown()
WORKING = [Status.AUTHORIZING, Status.AWAITING_USER, Status.FETCHING]

seconds = st.integers(0, 3_600).map(lambda number: timedelta(seconds=number))


def refused(session: Session, code: str = "INVALID_PASSWORD") -> Session:
    return COOLDOWNS.count_failure(session, classify(a_reply(401, code)), NOW)


def after(session: Session, status: Status = Status.CANCELLED, now: datetime = NOW) -> tuple[Any, Any]:
    """The wait after this session ends in this status."""
    ended = COOLDOWNS.when_ended(session, status, now)
    return ended.next_allowed_at, ended.wait_reason


def test_credentials_and_answers_that_the_bank_refused_are_counted() -> None:
    codes = [*REFUSALS, *(f"{code}_OF_LATER" for code in REFUSALS)]

    sessions = {code: refused(a_session(Status.AUTHORIZING), code) for code in codes}

    assert {code for code, session in sessions.items() if session.failures != 1 or session.next_allowed_at} == set()
    assert {code for code, session in sessions.items() if not (session.attempt and session.attempt.is_refused)} == set()


def test_no_other_flinks_code_is_counted() -> None:
    session = a_session(Status.AUTHORIZING)

    assert {code for code in RULES if refused(session, code) is not session} == set(REFUSALS) & RULES.keys()


def test_an_unknown_refusal_code_counts_and_a_bare_number_does_not() -> None:
    session = a_session(Status.AWAITING_USER)

    counted, not_counted = (
        COOLDOWNS.count_failure(session, Verdict(code, UNKNOWN_ANSWER), NOW) for code in ("BRAND_NEW", "HTTP_418")
    )

    assert (counted.failures, not_counted) == (1, session)


def test_one_attempt_is_counted_once_however_often_it_is_polled() -> None:
    session = refused(a_session(Status.AUTHORIZING))

    assert refused(session) is session


def test_the_next_attempt_is_counted_again() -> None:
    first = refused(a_session(Status.AUTHORIZING))

    second = refused(a_session(Status.AUTHORIZING, attempt=an_attempt(number=2), failures=first.failures))

    assert second.failures == 2


@pytest.mark.parametrize(
    ("before", "guard"),
    [
        (0, (None, None)),
        (1, (None, None)),
        (2, (HOUR, WaitReason.LOCKOUT_GUARD)),
        (7, (HOUR, WaitReason.LOCKOUT_GUARD)),
    ],
)
def test_a_few_refusals_in_a_row_set_the_lockout_guard(before: int, guard: tuple[Any, Any]) -> None:
    session = refused(a_session(Status.AUTHORIZING, failures=before))

    assert session.failures == before + 1
    assert (session.next_allowed_at, session.wait_reason) == guard


@pytest.mark.parametrize("session", [a_session(Status.STARTING), a_session(Status.FAILED)], ids=["no_attempt", "ended"])
def test_nothing_is_counted_without_a_live_attempt(session: Session) -> None:
    assert refused(session) is session


@given(
    status=st.sampled_from(sorted(TERMINAL)),
    last_status=st.sampled_from(WORKING),
    is_over=st.booleans(),
    is_answered=st.booleans(),
    guarded_for=st.none() | seconds,
    age=seconds,
)
def test_a_login_waits_for_the_reason_that_ends_last(
    status: Status, last_status: Status, is_over: bool, is_answered: bool, guarded_for: timedelta | None, age: timedelta
) -> None:
    attempt = an_attempt(started_at=NOW - age, request_id=REQUEST_ID if is_answered else None, is_over=is_over)
    session = a_session(last_status, attempt=attempt)
    if guarded_for is not None:
        session = replace(session, next_allowed_at=NOW + guarded_for, wait_reason=WaitReason.LOCKOUT_GUARD)
    is_success = status in {Status.SUCCEEDED, Status.REPAIRED}

    waits: list[tuple[datetime, WaitReason]] = []
    if is_success:
        waits.append((NOW + timedelta(minutes=1), WaitReason.COOLDOWN))
    elif guarded_for is not None:
        waits.append((NOW + guarded_for, WaitReason.LOCKOUT_GUARD))
    if not is_over:
        alive_until = NOW + LIFETIME if is_answered else NOW - age + START_TIMEOUT + LIFETIME
        waits.append((alive_until, WaitReason.OPEN_ATTEMPT))
    ends = [until for until, _ in waits]
    expected = [wait for wait in waits if wait[0] == max(ends)] if waits else [(None, None)]
    assert after(session, status) in expected


def test_a_success_with_an_open_question_waits_for_the_question_too() -> None:
    """The login was refreshed elsewhere; our own attempt is still open at the bank."""
    open_until = (NOW + LIFETIME, WaitReason.OPEN_ATTEMPT)

    assert after(a_session(Status.AWAITING_USER), Status.SUCCEEDED) == open_until


def test_a_success_clears_the_lockout_guard() -> None:
    guarded = {"failures": 3, "next_allowed_at": HOUR, "wait_reason": WaitReason.LOCKOUT_GUARD}
    answered = a_session(Status.FETCHING, attempt=an_attempt(is_over=True), **guarded)

    assert after(answered, Status.SUCCEEDED) == (NOW + timedelta(minutes=1), WaitReason.COOLDOWN)


def test_without_a_cooldown_a_success_leaves_no_wait() -> None:
    answered = a_session(Status.FETCHING, attempt=an_attempt(is_over=True))

    ended = a_cooldown(after_success=timedelta()).when_ended(answered, Status.SUCCEEDED, NOW)

    assert (ended.next_allowed_at, ended.wait_reason) == (None, None)


@pytest.mark.parametrize("status", [Status.STARTING, Status.AUTHORIZING])
def test_without_an_attempt_the_next_may_begin_at_once(status: Status) -> None:
    assert after(a_session(status, attempt=None)) == (None, None)


def test_a_guard_that_an_older_version_wrote_is_kept() -> None:
    guarded = a_session(Status.AWAITING_CLICK, next_allowed_at=HOUR, attempt=an_attempt(is_over=True))

    assert after(guarded, Status.EXPIRED) == (HOUR, WaitReason.LOCKOUT_GUARD)


GIVEN_UP = a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone")


def test_an_abandoned_attempt_stays_open_for_its_lifetime() -> None:
    soon, later = NOW + timedelta(minutes=3), NOW + timedelta(hours=5)

    assert after(GIVEN_UP, Status.CANCELLED, soon) == (NOW + LIFETIME, WaitReason.OPEN_ATTEMPT)
    assert after(GIVEN_UP, Status.EXPIRED, later) == (None, None)


def test_a_late_action_of_the_user_does_not_revive_a_dead_attempt() -> None:
    came_back = GIVEN_UP.note(at=NOW + timedelta(hours=2), actor=Actor.USER, cause="redirected")

    assert after(came_back, Status.CANCELLED, NOW + timedelta(hours=2)) == (None, None)


@pytest.mark.parametrize(
    ("actor", "cause", "is_sign"),
    [
        (Actor.USER, "connect_event", True),
        (Actor.USER, "page_redirected", True),
        (Actor.USER, Cause.LINK_OPENED, False),
        (Actor.SERVICE, "reminded", False),
    ],
)
def test_an_action_in_connect_extends_the_wait(actor: Actor, cause: str, is_sign: bool) -> None:
    did_at = NOW + timedelta(minutes=5)
    used = GIVEN_UP.note(at=did_at, actor=actor, cause=cause)

    until, reason = after(used, now=NOW + timedelta(minutes=6))

    assert (until, reason) == ((did_at if is_sign else NOW) + LIFETIME, WaitReason.OPEN_ATTEMPT)


def test_an_attempt_that_flinks_ended_leaves_no_wait() -> None:
    over = replace(GIVEN_UP, attempt=an_attempt(is_over=True))

    assert after(over, Status.FAILED) == (None, None)


def test_an_answer_after_the_end_starts_a_whole_attempt_lifetime() -> None:
    assert COOLDOWNS.answered_late(HOUR) == (HOUR + LIFETIME, WaitReason.OPEN_ATTEMPT)
