"""One poll of a live attempt."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable, IllegalTransition, SessionEnded
from reconnect.model.flinks_options import AuthorizeMode
from reconnect.model.outcomes import FlinksReply, Outcome
from reconnect.model.session import Actor, Session, Status
from reconnect.model.step import Step
from tests.fakes.builders import (
    CONNECT_URL,
    REQUEST_ID,
    SESSION_ID,
    TASK_TOKEN,
    a_pacing,
    a_refreshed_reply,
    a_reply,
    a_session,
    an_attempt,
    causes,
)
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions
from tests.unit import world as unit

ASYNC, SYNC = AuthorizeMode.ASYNC, AuthorizeMode.SYNC
QUESTION = a_reply(203)
GONE = a_reply(400, "SESSION_NONEXISTENT")
OLD_DATA = a_reply(200, request_id="r")
FRESH_DATA = a_refreshed_reply()


class World(unit.World):
    """`poll(...)` runs the step on one session."""

    def poll(self, session: Session, flinks: FakeFlinks, mode: AuthorizeMode = ASYNC, **options: Any) -> Step:
        self.sessions.with_session(session)
        self.flinks = flinks
        self.set(flinks_authorize_mode=mode)
        return self.service.poll_authorize(SESSION_ID, options.get("polls", 0), options.get("retries", 0))


@pytest.fixture
def world(sessions: FakeSessions, clock: Clock, counted: list[str]) -> World:
    return World(clock=clock, sessions=sessions, counted=counted)


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (a_reply(202, "OPERATION_PENDING"), Outcome.PENDING, "OPERATION_PENDING"),
        (a_reply(200), Outcome.AUTHORIZED, "AUTHORIZED"),
        (a_reply(203), Outcome.MFA_REQUIRED, "SECURITY_CHALLENGE"),
        (a_reply(401, "INVALID_PASSWORD"), Outcome.CREDENTIALS_REQUIRED, "INVALID_PASSWORD"),
        (a_reply(401, "INVALID_LOGIN"), Outcome.CREDENTIALS_REQUIRED, "INVALID_LOGIN"),
        (a_reply(401, "RETRY_LATER"), Outcome.TRY_LATER, "RETRY_LATER"),
        (a_reply(401, "CONCURRENT_SESSION"), Outcome.BUSY, "CONCURRENT_SESSION"),
        (a_reply(400, "SESSION_NONEXISTENT"), Outcome.ATTEMPT_GONE, "SESSION_NONEXISTENT"),
        (a_reply(401, "DISABLED_LOGIN"), Outcome.REFUSED, "DISABLED_LOGIN"),
        (a_reply(401, "ACCESS_DENIED"), Outcome.MISCONFIGURED, "ACCESS_DENIED"),
        (a_reply(418), Outcome.REFUSED, "HTTP_418"),
    ],
)
def test_a_poll_returns_what_flinks_answered(world: World, reply: FlinksReply, outcome: Outcome, code: str) -> None:
    flinks = FakeFlinks(read_authorize=reply)

    step = world.poll(a_session(Status.AUTHORIZING), flinks)

    assert (step.outcome, step.code) == (outcome, code)
    assert flinks.asked_about[0] == REQUEST_ID


def test_a_poll_changes_nothing(world: World, sessions: FakeSessions) -> None:
    world.poll(a_session(Status.AWAITING_USER), FakeFlinks(read_authorize=QUESTION))

    assert sessions.saves == []


@pytest.mark.parametrize(("polls", "wait"), [(0, 2), (1, 2), (2, 3), (4, 8), (6, 20), (99, 20)])
def test_polls_slow_down_while_the_bank_works(world: World, polls: int, wait: int) -> None:
    step = world.poll(a_session(Status.AUTHORIZING), FakeFlinks(), polls=polls)

    assert step.wait_seconds == wait


def test_a_busy_bank_is_left_alone_for_longer_each_time(world: World) -> None:
    busy = world.poll(a_session(Status.AUTHORIZING), FakeFlinks(read_authorize=a_reply(401, "RETRY_LATER")), retries=1)

    assert (busy.wait_seconds, busy.max_retries) == (150, 3)


@pytest.mark.parametrize("is_there", [False, True])
def test_polls_of_a_question_are_rare_because_the_page_polls_it(world: World, is_there: bool) -> None:
    asked = a_session(Status.AWAITING_USER)
    there = asked.note(at=NOW, actor=Actor.USER, cause="link_opened") if is_there else asked

    assert world.poll(there, FakeFlinks(read_authorize=QUESTION)).wait_seconds == 40


@pytest.mark.parametrize(("is_there", "wait"), [(False, 40), (True, 15)])
def test_a_user_who_is_there_is_polled_often_where_the_page_cannot(world: World, is_there: bool, wait: int) -> None:
    asked = a_session(Status.AWAITING_USER)
    there = asked.note(at=NOW, actor=Actor.USER, cause="link_opened") if is_there else asked

    step = world.poll(there, FakeFlinks(cached_authorize=a_reply(203)), SYNC)

    assert (step.outcome, step.wait_seconds) == (Outcome.MFA_REQUIRED, wait)


def test_a_user_who_arrives_during_a_poll_speeds_up_the_next(world: World, sessions: FakeSessions) -> None:
    class ComesMeanwhile(FakeFlinks):
        def cached_authorize(self, login_id: str) -> FlinksReply:
            sessions.save(sessions.get(SESSION_ID).note(at=NOW, actor=Actor.USER, cause="link_opened"))
            return super().cached_authorize(login_id)

    assert (
        world.poll(a_session(Status.AWAITING_USER), ComesMeanwhile(cached_authorize=QUESTION), SYNC).wait_seconds == 15
    )


def test_a_throttled_poll_starts_no_other_attempt(world: World) -> None:
    step = world.poll(a_session(Status.AUTHORIZING), FakeFlinks(read_authorize=a_reply(401, "TOO_MANY_REQUESTS")))

    assert step.outcome == Outcome.PENDING, "the attempt is open at the bank; a second one would collide with it"


def test_an_unknown_code_is_counted(world: World, counted: list[str]) -> None:
    world.poll(a_session(Status.AUTHORIZING), FakeFlinks(read_authorize=a_reply(401, "BRAND_NEW")))

    assert counted == ["FlinksCodeUnknown"]


@pytest.mark.parametrize("code", ["BRAND_NEW", "INVALID_SECURITY_RESPONSE_NO_RETRY", ""])
@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AUTHORIZING])
def test_after_any_verdict_on_an_answer_the_user_may_try_again(world: World, code: str, status: Status) -> None:
    asked = a_session(status, attempt=an_attempt(asked=Ask.ANSWER, asked_at=NOW))

    step = world.poll(asked, FakeFlinks(read_authorize=a_reply(401, code)))

    assert (step.outcome, step.code) == (Outcome.ATTEMPT_GONE, code or "HTTP_401")


def test_an_unknown_code_about_an_answer_is_counted_like_a_refused_one(
    world: World, sessions: FakeSessions, counted: list[str]
) -> None:
    world.poll(a_session(Status.AWAITING_USER), FakeFlinks(read_authorize=a_reply(401, "BRAND_NEW")))

    assert counted == ["FlinksCodeUnknown"]
    assert sessions.get(SESSION_ID).failures == 1


def test_an_answer_that_the_data_proves_counts_under_any_code(world: World) -> None:
    flinks = FakeFlinks(read_authorize=a_reply(401, "BRAND_NEW"), cached_authorize=FRESH_DATA)

    assert world.poll(a_session(Status.AWAITING_USER), flinks).outcome == Outcome.AUTHORIZED


def test_a_forgotten_attempt_with_fresh_data_is_done(world: World) -> None:
    flinks = FakeFlinks(read_authorize=GONE, cached_authorize=FRESH_DATA)

    assert world.poll(a_session(Status.AWAITING_USER), flinks).outcome == Outcome.AUTHORIZED


def test_a_forgotten_attempt_with_old_data_is_gone(world: World) -> None:
    flinks = FakeFlinks(read_authorize=GONE, cached_authorize=OLD_DATA)

    assert world.poll(a_session(Status.AWAITING_USER), flinks).outcome == Outcome.ATTEMPT_GONE


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [(0, Outcome.MFA_REQUIRED), (480, Outcome.MFA_REQUIRED), (480.001, Outcome.ATTEMPT_GONE)],
)
def test_a_question_is_open_for_the_life_of_the_attempt(
    world: World, clock: Clock, seconds: float, outcome: Outcome
) -> None:
    clock.turn(seconds=seconds)

    assert world.poll(a_session(Status.AWAITING_USER), FakeFlinks(read_authorize=QUESTION)).outcome == outcome


def test_a_question_that_was_answered_at_the_last_moment_is_not_over(world: World, clock: Clock) -> None:
    clock.turn(minutes=9)
    flinks = FakeFlinks(read_authorize=QUESTION, cached_authorize=FRESH_DATA)

    assert world.poll(a_session(Status.AWAITING_USER), flinks).outcome == Outcome.AUTHORIZED


def test_a_question_that_was_never_shown_is_not_over(world: World, clock: Clock) -> None:
    clock.turn(minutes=9)

    assert world.poll(a_session(Status.AUTHORIZING), FakeFlinks(read_authorize=QUESTION)).outcome == (
        Outcome.MFA_REQUIRED
    )


def test_a_new_sign_in_is_found_only_by_the_data(world: World) -> None:
    session = a_session(Status.AWAITING_USER, attempt=an_attempt(asked=Ask.SIGN_IN, asked_at=NOW))
    flinks = FakeFlinks(cached_authorize=[OLD_DATA, FRESH_DATA])

    outcomes = [world.poll(session, flinks).outcome for _ in range(2)]

    assert outcomes == [Outcome.CREDENTIALS_REQUIRED, Outcome.AUTHORIZED]
    assert flinks.count("read_authorize") == 0, "the RequestId is that of the refused attempt"


def test_without_a_status_call_the_data_shows_whether_the_user_finished(world: World) -> None:
    flinks = FakeFlinks(cached_authorize=[OLD_DATA, FRESH_DATA])

    outcomes = [world.poll(a_session(Status.AWAITING_USER), flinks, SYNC).outcome for _ in range(2)]

    assert outcomes == [Outcome.MFA_REQUIRED, Outcome.AUTHORIZED]
    assert flinks.count("read_authorize") == 0


def test_without_a_status_call_a_running_start_is_waited_for(world: World) -> None:
    step = world.poll(a_session(Status.AUTHORIZING), FakeFlinks(cached_authorize=OLD_DATA), SYNC)

    assert step.outcome == Outcome.PENDING


@pytest.mark.parametrize("mode", [ASYNC, SYNC])
def test_an_ended_attempt_stays_ended_after_a_late_redirect(world: World, clock: Clock, mode: AuthorizeMode) -> None:
    clock.turn(minutes=9)
    flinks = FakeFlinks(read_authorize=GONE, cached_authorize=OLD_DATA)

    step = world.poll(a_session(Status.AWAITING_CLICK), flinks, mode)

    assert step.outcome == Outcome.ATTEMPT_GONE, "the link is still valid, and the user may still click"


def test_an_attempt_without_a_request_id_is_judged_by_the_data(world: World) -> None:
    session = a_session(Status.AUTHORIZING, attempt=an_attempt(request_id=None))
    flinks = FakeFlinks(cached_authorize=FRESH_DATA)

    assert world.poll(session, flinks).outcome == Outcome.AUTHORIZED
    assert flinks.count("read_authorize") == 0


@pytest.mark.parametrize("failure", [FlinksUnavailable("down"), FlinksReplyUnreadable("HTML")])
@pytest.mark.parametrize(
    ("asked", "outcome"),
    [(None, Outcome.PENDING), (Ask.ANSWER, Outcome.MFA_REQUIRED), (Ask.SIGN_IN, Outcome.CREDENTIALS_REQUIRED)],
)
@pytest.mark.parametrize("mode", [ASYNC, SYNC])
def test_a_failed_poll_leaves_everything_as_it_was(
    world: World,
    sessions: FakeSessions,
    counted: list[str],
    failure: Exception,
    asked: Any,
    outcome: str,
    mode: AuthorizeMode,
) -> None:
    attempt = an_attempt(asked=asked, asked_at=asked and NOW, is_refused=asked is Ask.SIGN_IN)
    session = a_session(Status.AUTHORIZING, attempt=attempt)

    step = world.poll(session, FakeFlinks(read_authorize=failure, cached_authorize=failure), mode)

    assert step.outcome == outcome
    assert (counted, sessions.saves) == (["FlinksCallFailed"], [])


@pytest.mark.parametrize(
    "reply",
    [GONE, a_reply(401, "DISABLED_LOGIN"), a_reply(401, "RETRY_LATER"), a_reply(401, "BRAND_NEW"), a_reply(500)],
)
def test_no_attempt_is_given_up_while_the_data_cannot_be_read(world: World, reply: FlinksReply) -> None:
    flinks = FakeFlinks(read_authorize=reply, cached_authorize=FlinksUnavailable("down"))

    step = world.poll(a_session(Status.AWAITING_USER), flinks)

    assert step.outcome == Outcome.MFA_REQUIRED


@pytest.mark.parametrize(
    "reply",
    [
        GONE,
        a_reply(401, "INVALID_SECURITY_RESPONSE"),
        a_reply(401, "DISABLED_LOGIN"),
        a_reply(401, "RETRY_LATER"),
        a_reply(401, "CONCURRENT_SESSION"),
        a_reply(401, "ACCESS_DENIED"),
        a_reply(401, "BRAND_NEW"),
        a_reply(500),
    ],
)
def test_an_attempt_is_given_up_only_after_a_read_of_the_data(
    world: World, sessions: FakeSessions, counted: list[str], reply: FlinksReply
) -> None:
    flinks = FakeFlinks(read_authorize=reply, cached_authorize=FRESH_DATA)

    step = world.poll(a_session(Status.AWAITING_USER), flinks)

    session = sessions.get(SESSION_ID)
    assert (step.outcome, step.code, step.max_retries) == (Outcome.AUTHORIZED, "DATA_REFRESHED", 0)
    assert (counted, session.status, session.failures) == ([], Status.AWAITING_USER, 0)
    assert (session.task_token, session.connect_url) == (TASK_TOKEN, CONNECT_URL)


@pytest.mark.parametrize("reply", [a_reply(202), QUESTION, a_reply(200)])
def test_a_poll_of_a_running_attempt_costs_one_call(world: World, reply: FlinksReply) -> None:
    flinks = FakeFlinks(read_authorize=reply)

    world.poll(a_session(Status.AWAITING_USER), flinks)

    assert flinks.calls == ["read_authorize"]


@pytest.mark.parametrize("code", ["RETRY_LATER", "CONCURRENT_SESSION"])
def test_a_bank_that_goes_down_during_a_visit_withdraws_the_question(
    world: World, sessions: FakeSessions, code: str
) -> None:
    step = world.poll(a_session(Status.AWAITING_USER), FakeFlinks(read_authorize=a_reply(401, code)))

    session = sessions.get(SESSION_ID)
    assert step.code == code
    assert (session.status, session.connect_url, session.task_token) == (Status.AUTHORIZING, None, None)
    assert causes(session)[-1] == "put_off"


def test_a_bank_that_is_down_before_a_question_withdraws_nothing(world: World, sessions: FakeSessions) -> None:
    before = a_session(Status.AUTHORIZING)

    world.poll(before, FakeFlinks(read_authorize=a_reply(401, "RETRY_LATER")))

    session = sessions.get(SESSION_ID)
    assert (session.status, session.timeline) == (Status.AUTHORIZING, before.timeline)


@pytest.mark.parametrize(
    ("reply", "is_over"),
    [
        (a_reply(400, "SESSION_NONEXISTENT"), True),
        (a_reply(401, "INVALID_PASSWORD"), True),
        (a_reply(401, "DISABLED_LOGIN"), True),
        (a_reply(401, "RETRY_LATER"), True),
        (a_reply(202), False),
        (QUESTION, False),
        (a_reply(401, "TOO_MANY_REQUESTS"), False),
        (a_reply(401, "CONCURRENT_SESSION"), False),
        (a_reply(401, "ACCESS_DENIED"), False),
        (a_reply(401, "BRAND_NEW"), False),
        (a_reply(500), False),
        (FlinksUnavailable("down"), False),
    ],
)
@pytest.mark.parametrize("data", [OLD_DATA, FRESH_DATA], ids=["old_data", "fresh_data"])
def test_an_attempt_is_over_when_flinks_reports_its_request_id(
    world: World, sessions: FakeSessions, reply: Any, is_over: bool, data: FlinksReply
) -> None:
    world.poll(a_session(Status.AWAITING_USER), FakeFlinks(read_authorize=reply, cached_authorize=data))

    attempt = sessions.get(SESSION_ID).attempt
    assert attempt and attempt.is_over is is_over


def test_an_answer_about_an_earlier_attempt_ends_no_later_one(world: World, sessions: FakeSessions) -> None:
    class BeginsAnotherMeanwhile(FakeFlinks):
        def read_authorize(self, request_id: str) -> FlinksReply:
            sessions.save(replace(sessions.get(SESSION_ID), attempt=an_attempt(number=2)))
            return super().read_authorize(request_id)

    world.poll(a_session(Status.AUTHORIZING), BeginsAnotherMeanwhile(read_authorize=GONE))

    attempt = sessions.get(SESSION_ID).attempt
    assert attempt and (attempt.number, attempt.is_over) == (2, False)


def test_a_redirect_during_that_poll_does_not_move_the_session_twice(world: World, sessions: FakeSessions) -> None:
    class ComesBackMeanwhile(FakeFlinks):
        def read_authorize(self, request_id: str) -> FlinksReply:
            now = sessions.get(SESSION_ID)
            back = now.move(Status.AUTHORIZING, at=NOW, actor=Actor.USER, cause="redirected")
            sessions.save(replace(back, task_token=None))
            return super().read_authorize(request_id)

    world.poll(a_session(Status.AWAITING_USER), ComesBackMeanwhile(read_authorize=a_reply(401, "RETRY_LATER")))

    assert causes(sessions.get(SESSION_ID))[-1] == "redirected"


@pytest.mark.parametrize("cached", [a_reply(401, "QUESTION_NOT_FOUND"), a_reply(203)])
def test_without_a_status_call_the_cached_flow_repeats_the_open_question(world: World, cached: FlinksReply) -> None:
    step = world.poll(a_session(Status.AUTHORIZING), FakeFlinks(cached_authorize=cached), SYNC)

    assert (step.outcome, step.code) == (Outcome.MFA_REQUIRED, "SECURITY_CHALLENGE")


def test_the_banks_name_is_stored_once(world: World, sessions: FakeSessions) -> None:
    flinks = FakeFlinks(read_authorize=a_reply(203, institution="FlinksCapital"))
    world.poll(a_session(Status.AUTHORIZING), flinks)
    first = sessions.get(SESSION_ID)

    world.poll(first, FakeFlinks(read_authorize=a_reply(203, institution="Another")))

    assert first.attempt and first.attempt.institution == "FlinksCapital"
    assert len(sessions.saves) == 1


@pytest.mark.parametrize(("seconds", "wait"), [(0, 15), (360, 15), (480, 20), (1080, 45), (9999, 45)])
def test_polls_slow_down_the_longer_the_user_takes(clock: Clock, seconds: int, wait: int) -> None:
    signing_in = an_attempt(asked=Ask.SIGN_IN, asked_at=NOW)
    clock.turn(seconds=seconds)

    assert a_pacing().before_backstop(signing_in, clock(), is_attended=True) == wait


def test_polls_slow_down_after_eight_minutes_of_the_user(world: World, clock: Clock) -> None:
    there = a_session(Status.AWAITING_USER).note(at=NOW, actor=Actor.USER, cause="link_opened")
    clock.turn(minutes=8)

    assert world.poll(there, FakeFlinks(cached_authorize=QUESTION), SYNC).wait_seconds == 20


def test_before_the_first_attempt_there_is_nothing_to_poll(world: World) -> None:
    with pytest.raises(IllegalTransition):
        world.poll(a_session(Status.STARTING), FakeFlinks())


@pytest.mark.parametrize(
    ("status", "code"), [(401, "INVALID_PASSWORD"), (401, "INVALID_LOGIN"), (400, "INVALID_SECURITY_RESPONSE")]
)
def test_what_the_bank_refuses_is_counted_once_in_an_attempt(
    world: World, sessions: FakeSessions, status: int, code: str
) -> None:
    flinks = FakeFlinks(read_authorize=a_reply(status, code))
    world.poll(a_session(Status.AUTHORIZING), flinks)

    world.poll(sessions.get(SESSION_ID), flinks)

    assert sessions.get(SESSION_ID).failures == 1
    assert len(sessions.saves) == 1


@pytest.mark.parametrize("reply", [a_reply(202), QUESTION, a_reply(200), GONE, a_reply(401, "DISABLED_LOGIN")])
def test_a_poll_without_a_refusal_counts_none(world: World, sessions: FakeSessions, reply: FlinksReply) -> None:
    world.poll(a_session(Status.AUTHORIZING), FakeFlinks(read_authorize=reply))

    assert sessions.get(SESSION_ID).failures == 0


def test_a_refusal_that_the_data_disproves_is_not_counted(world: World, sessions: FakeSessions) -> None:
    refused = FakeFlinks(read_authorize=a_reply(400, "INVALID_SECURITY_RESPONSE"), cached_authorize=FRESH_DATA)

    world.poll(a_session(Status.AUTHORIZING), refused)

    session = sessions.get(SESSION_ID)
    assert session.failures == 0
    assert session.attempt and not session.attempt.is_refused


def test_the_last_allowed_refusal_sets_the_lockout_guard(world: World, sessions: FakeSessions) -> None:
    world.poll(a_session(Status.AUTHORIZING, failures=2), FakeFlinks(read_authorize=a_reply(401, "INVALID_PASSWORD")))

    session = sessions.get(SESSION_ID)
    assert (session.failures, session.next_allowed_at) == (3, NOW + timedelta(hours=1))


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.EXPIRED])
def test_an_attempt_of_an_ended_session_is_not_polled(world: World, status: Status) -> None:
    flinks = FakeFlinks()

    with pytest.raises(SessionEnded):
        world.poll(a_session(status), flinks)

    assert flinks.calls == []
