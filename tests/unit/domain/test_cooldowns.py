"""When the next attempt on a login is allowed."""

from datetime import datetime, timedelta

import pytest

from reconnect.domain.outcomes import RULES, UNKNOWN_ANSWER, Verdict, classify
from reconnect.domain.session import Actor, Session, Status
from tests.fakes.builders import a_cooldown, a_reply, a_session, an_attempt
from tests.fakes.clock import NOW

MINUTE = NOW + timedelta(minutes=1)
ATTEMPT_LIFE = NOW + timedelta(minutes=8)
HOUR = NOW + timedelta(hours=1)
REFUSALS = [
    "INVALID_LOGIN",
    "INVALID_PASSWORD",
    "INVALID_SECURITY_RESPONSE",
    "INVALID_SECURITY_RESPONSE_NO_RETRY",
    "INVALID_USERNAME",
    "UNAUTHORIZED",
]
COOLDOWNS = a_cooldown()


def refused(session: Session, code: str = "INVALID_PASSWORD") -> Session:
    return COOLDOWNS.count_failure(session, classify(a_reply(401, code)), NOW)


@pytest.mark.parametrize("code", [*REFUSALS, *(f"{code}_OF_LATER" for code in REFUSALS)])
def test_credentials_and_answers_that_the_bank_refused_are_counted(code: str) -> None:
    session = refused(a_session(Status.AUTHORIZING), code)

    assert (session.failures, session.next_allowed_at) == (1, None)
    assert session.attempt and session.attempt.is_refused


@pytest.mark.parametrize("code", sorted(RULES.keys() - set(REFUSALS)))
def test_whatever_else_flinks_says_is_not_counted(code: str) -> None:
    session = a_session(Status.AUTHORIZING)

    assert refused(session, code) is session


def test_an_unknown_code_about_the_users_answer_is_counted_and_a_bare_number_is_not() -> None:
    session = a_session(Status.AWAITING_USER)

    counted, not_counted = (
        COOLDOWNS.count_failure(session, Verdict(code, UNKNOWN_ANSWER), NOW) for code in ("BRAND_NEW", "HTTP_418")
    )

    assert (counted.failures, not_counted) == (1, session)


def test_one_attempt_is_counted_once_however_often_it_is_looked_at() -> None:
    session = refused(a_session(Status.AUTHORIZING))

    assert refused(session) is session


def test_the_next_attempt_is_counted_again() -> None:
    first = refused(a_session(Status.AUTHORIZING))

    second = refused(a_session(Status.AUTHORIZING, attempt=an_attempt(number=2), failures=first.failures))

    assert second.failures == 2


@pytest.mark.parametrize(("before", "guarded_until"), [(0, None), (1, None), (2, HOUR), (7, HOUR)])
def test_after_a_few_refusals_in_a_row_the_login_is_left_alone(before: int, guarded_until: datetime | None) -> None:
    session = refused(a_session(Status.AUTHORIZING, failures=before))

    assert (session.failures, session.next_allowed_at) == (before + 1, guarded_until)


@pytest.mark.parametrize("session", [a_session(Status.STARTING), a_session(Status.FAILED)], ids=["no_attempt", "ended"])
def test_nothing_is_counted_without_a_live_attempt(session: Session) -> None:
    assert refused(session) is session


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.REPAIRED])
def test_data_that_is_fresh_is_fresh_enough_for_a_while(status: Status) -> None:
    session = a_session(Status.FETCHING)

    assert COOLDOWNS.after(session, status, "", NOW) == MINUTE


def test_a_success_shows_that_nothing_is_locked() -> None:
    session = a_session(Status.FETCHING, failures=3, next_allowed_at=HOUR)

    assert COOLDOWNS.after(session, Status.SUCCEEDED, "", NOW) == MINUTE


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.CANCELLED, ""),
        (Status.EXPIRED, "USER_ABSENT"),
        (Status.FAILED, "ATTEMPT_UNCERTAIN"),
        (Status.FAILED, "WORKFLOW_LOST"),
        (Status.FAILED, "INTERNAL_ERROR"),
        (Status.STALE, "ACCOUNTS_STALE"),
    ],
)
@pytest.mark.parametrize("at_the_bank", [Status.AUTHORIZING, Status.AWAITING_USER])
def test_an_attempt_whose_end_nobody_saw_may_still_be_running(at_the_bank: Status, status: Status, code: str) -> None:
    assert COOLDOWNS.after(a_session(at_the_bank), status, code, NOW) == ATTEMPT_LIFE


@pytest.mark.parametrize("code", ["DISABLED_LOGIN", "DISABLED_CARD", "RETRY_LATER", "ACCESS_DENIED"])
def test_an_attempt_that_flinks_itself_ended_blocks_nobody(code: str) -> None:
    assert COOLDOWNS.after(a_session(Status.AUTHORIZING), Status.FAILED, code, NOW) is None


@pytest.mark.parametrize(
    "session",
    [
        a_session(Status.STARTING),
        a_session(Status.AUTHORIZING, attempt=None),
        a_session(Status.AWAITING_CLICK),
        a_session(Status.FETCHING),
    ],
    ids=["not_begun", "no_attempt", "attempt_gone", "answered"],
)
def test_where_no_attempt_is_at_the_bank_the_next_may_begin_at_once(session: Session) -> None:
    assert COOLDOWNS.after(session, Status.CANCELLED, "", NOW) is None


def test_the_lockout_guard_outlives_the_session() -> None:
    guarded = a_session(Status.AWAITING_CLICK, failures=3, next_allowed_at=HOUR)

    assert COOLDOWNS.after(guarded, Status.EXPIRED, "USER_ABSENT", NOW) == HOUR


@pytest.mark.parametrize(("guarded_until", "until"), [(HOUR, HOUR), (MINUTE, ATTEMPT_LIFE)])
def test_of_two_pauses_the_longer_one_counts(guarded_until: datetime, until: datetime) -> None:
    session = a_session(Status.AWAITING_USER, next_allowed_at=guarded_until)

    assert COOLDOWNS.after(session, Status.CANCELLED, "", NOW) == until


def test_an_attempt_that_was_given_up_by_our_clock_may_live_on_for_its_lifetime() -> None:
    given_up = a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone")

    allowed = COOLDOWNS.after(given_up, Status.CANCELLED, "", NOW + timedelta(minutes=3))

    assert allowed == ATTEMPT_LIFE


def test_an_attempt_that_flinks_ended_leaves_nothing_to_wait_for() -> None:
    given_up = a_session(Status.AWAITING_CLICK).note(at=NOW, actor=Actor.BANK, cause="attempt_gone")

    assert COOLDOWNS.after(given_up, Status.FAILED, "DISABLED_LOGIN", NOW) is None
