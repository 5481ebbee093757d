"""One live attempt is started, and never twice."""

from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.errors import AttemptUncertain, FlinksReplyUnreadable, FlinksUnavailable, SessionEnded
from reconnect.model.outcomes import FlinksReply, Outcome
from reconnect.model.session import Status
from reconnect.model.step import Step
from reconnect.rules.endings import Endings
from tests.fakes.builders import (
    REQUEST_ID,
    SESSION_ID,
    a_cooldown,
    a_refreshed_reply,
    a_reply,
    a_session,
    an_attempt,
    causes,
)
from tests.fakes.clock import NOW, Clock
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import ContestedSessions, FakeSessions
from tests.unit import world as unit

GONE = a_reply(401, "SESSION_NONEXISTENT")
ACCEPTED = a_reply(202, "OPERATION_PENDING", request_id=REQUEST_ID)


class World(unit.World):
    """`start(...)` runs the step."""

    def start(self, flinks: FakeFlinks, *, attempt: int = 1, retries: int = 0, **options: Any) -> Step:
        self.flinks, self.sessions = flinks, options.get("sessions", self.sessions)
        self.jitter = lambda: options.get("jitter", 0.0)
        return self.service.start_authorize(SESSION_ID, attempt, retries)


@pytest.fixture
def world(sessions: FakeSessions, clock: Clock, counted: list[str]) -> World:
    return World(clock=clock, sessions=sessions.with_session(a_session(Status.STARTING)), counted=counted)


def test_an_accepted_attempt_is_stored_with_its_request_id(world: World, sessions: FakeSessions, clock: Clock) -> None:
    step = world.start(FakeFlinks(start_authorize=ACCEPTED))

    session = sessions.get(SESSION_ID)
    assert step == Step(Outcome.PENDING, "OPERATION_PENDING", wait_seconds=2)
    assert session.status is Status.AUTHORIZING
    assert session.attempt == an_attempt(started_at=clock())


def test_an_attempt_is_recorded_before_flinks_is_called(world: World, sessions: FakeSessions) -> None:
    class Watching(FakeFlinks):
        def start_authorize(self, login_id: str, authorize_token: str) -> Any:
            recorded.append(sessions.get(SESSION_ID).attempt)
            return super().start_authorize(login_id, authorize_token)

    recorded: list[Any] = []
    world.start(Watching())

    assert [attempt.number for attempt in recorded] == [1]


@pytest.mark.parametrize(
    "refusal", [a_reply(401), a_reply(401, "ACCESS_DENIED"), a_reply(403, "SOMETHING_NEW"), a_reply(500)]
)
def test_a_refused_secret_is_misconfigured_and_starts_nothing(
    world: World, sessions: FakeSessions, refusal: Any
) -> None:
    flinks = FakeFlinks(generate_authorize_token=refusal)

    step = world.start(flinks)

    assert (step.outcome, step.code) == (Outcome.MISCONFIGURED, "ACCESS_DENIED")
    assert flinks.count("start_authorize") == 0
    assert sessions.get(SESSION_ID).status is Status.STARTING


@pytest.mark.parametrize("loss", [FlinksUnavailable("AuthorizeAsync: ReadTimeout"), FlinksReplyUnreadable("HTML")])
def test_a_start_whose_answer_is_lost_is_never_sent_again(
    world: World, sessions: FakeSessions, loss: Exception
) -> None:
    flinks = FakeFlinks(start_authorize=[loss, ACCEPTED])

    for _ in range(3):
        with pytest.raises(AttemptUncertain):
            world.start(flinks)

    assert flinks.count("start_authorize") == 1
    assert sessions.get(SESSION_ID).status is Status.AUTHORIZING


def test_a_missing_token_leaves_nothing_uncertain(world: World, sessions: FakeSessions) -> None:
    step = world.start(FakeFlinks(generate_authorize_token=FlinksUnavailable("no answer")))

    assert step == Step(Outcome.TRY_LATER, "FLINKS_UNAVAILABLE", wait_seconds=60, max_retries=3)
    assert sessions.saves == []


def test_running_the_step_twice_starts_one_attempt(world: World, sessions: FakeSessions) -> None:
    flinks = FakeFlinks(start_authorize=ACCEPTED)
    world.start(flinks)
    kept = sessions.get(SESSION_ID)

    step = world.start(flinks)

    assert step == Step(Outcome.PENDING, "OPERATION_PENDING", wait_seconds=2)
    assert flinks.count("start_authorize") == 1
    assert sessions.get(SESSION_ID) == kept


def test_after_a_crash_a_recorded_start_counts_as_possibly_running(world: World, sessions: FakeSessions) -> None:
    sessions.with_session(a_session(Status.AUTHORIZING, attempt=an_attempt(request_id=None)))
    flinks = FakeFlinks()

    with pytest.raises(AttemptUncertain):
        world.start(flinks)

    assert flinks.calls == []


@pytest.mark.parametrize("before", [Status.AUTHORIZING, Status.AWAITING_CLICK, Status.AWAITING_USER])
def test_another_attempt_clears_the_fields_of_the_last_one(
    world: World, sessions: FakeSessions, before: Status
) -> None:
    sessions.with_session(a_session(before))

    flinks = FakeFlinks(read_authorize=GONE, start_authorize=a_reply(202, request_id="another-id"))
    world.start(flinks, attempt=2)

    session = sessions.get(SESSION_ID)
    assert session.status is Status.AUTHORIZING
    assert (session.connect_url, session.task_token, session.data_request_id) == (None, None, None)
    assert session.attempt and (session.attempt.number, session.attempt.request_id) == (2, "another-id")
    assert session.attempt.asked is None


@pytest.mark.parametrize(
    ("code", "retries", "jitter", "wait", "max_retries"),
    [
        ("RETRY_LATER", 0, 0.0, 60, 3),
        ("RETRY_LATER", 1, 0.0, 120, 3),
        ("RETRY_LATER", 2, 0.5, 300, 3),
        ("CONCURRENT_SESSION", 0, 0.0, 480, 1),
        ("CONCURRENT_SESSION", 1, 0.5, 600, 1),
    ],
)
def test_a_busy_bank_is_tried_again_after_a_jittered_wait(
    world: World, code: str, retries: int, jitter: float, wait: int, max_retries: int
) -> None:
    flinks = FakeFlinks(start_authorize=a_reply(401, code))

    step = world.start(flinks, retries=retries, jitter=jitter)

    assert (step.code, step.wait_seconds, step.max_retries) == (code, wait, max_retries)


def test_a_login_that_flinks_does_not_know_is_final(world: World) -> None:
    unknown = a_reply(401, "INVALID_LOGIN")

    step = world.start(FakeFlinks(start_authorize=unknown, cached_authorize=unknown))

    assert (step.outcome, step.code) == (Outcome.REFUSED, "INVALID_LOGIN")


@pytest.mark.parametrize(
    "cached",
    [a_reply(200), a_reply(401, "QUESTION_NOT_FOUND"), [a_reply(200), FlinksUnavailable("Authorize")]],
    ids=["data", "question", "no_answer_the_second_time"],
)
def test_refused_credentials_send_the_user_to_sign_in_despite_cached_data(world: World, cached: Any) -> None:
    step = world.start(FakeFlinks(start_authorize=a_reply(401, "INVALID_LOGIN"), cached_authorize=cached))

    assert step == Step(Outcome.CREDENTIALS_REQUIRED, "INVALID_LOGIN", wait_seconds=15)


def test_an_immediate_question_leads_to_the_user(world: World, sessions: FakeSessions) -> None:
    step = world.start(FakeFlinks(start_authorize=a_reply(203, request_id=REQUEST_ID)))

    attempt = sessions.get(SESSION_ID).attempt
    assert (step.outcome, step.wait_seconds) == (Outcome.MFA_REQUIRED, 15)
    assert attempt and attempt.request_id == REQUEST_ID


def test_an_unknown_code_is_counted_and_refused(world: World, counted: list[str]) -> None:
    step = world.start(FakeFlinks(start_authorize=a_reply(401, "BRAND_NEW")))

    assert (step.outcome, step.code, step.max_retries) == (Outcome.REFUSED, "BRAND_NEW", 0)
    assert counted == ["FlinksCodeUnknown"]


def test_a_known_code_is_not_counted_as_unknown(world: World, counted: list[str]) -> None:
    world.start(FakeFlinks(start_authorize=a_reply(401, "DISABLED_LOGIN")))

    assert counted == []


def test_a_session_that_has_ended_starts_nothing(world: World, sessions: FakeSessions) -> None:
    sessions.with_session(a_session(Status.CANCELLED, attempt=None))
    flinks = FakeFlinks()

    with pytest.raises(SessionEnded):
        world.start(flinks)

    assert flinks.count("start_authorize") == 0


def test_the_request_id_survives_another_writer(world: World) -> None:
    class OneRaceAfterTheStart(ContestedSessions):
        def save(self, session: Any) -> Any:
            return super().save(session) if session.attempt.request_id else FakeSessions.save(self, session)

    contested = OneRaceAfterTheStart(races=2).with_session(a_session(Status.STARTING))

    world.start(FakeFlinks(start_authorize=ACCEPTED), sessions=contested)

    attempt = contested.get(SESSION_ID).attempt
    assert attempt and attempt.request_id == REQUEST_ID


def test_a_session_cancelled_during_the_start_stays_as_it_ended(world: World, sessions: FakeSessions) -> None:
    class CancelledMeanwhile(FakeFlinks):
        def start_authorize(self, login_id: str, authorize_token: str) -> Any:
            now = sessions.get(SESSION_ID)
            ended.append(sessions.save(Endings(cooldowns=a_cooldown())(now, "CANCELLED", Clock()())))
            return super().start_authorize(login_id, authorize_token)

    ended: list[Any] = []
    world.start(CancelledMeanwhile(start_authorize=ACCEPTED))

    assert sessions.get(SESSION_ID) == ended[0]


def test_an_attempt_that_was_answered_is_not_repeated(world: World, sessions: FakeSessions) -> None:
    sessions.with_session(a_session(Status.AWAITING_CLICK))
    before = sessions.get(SESSION_ID)
    flinks = FakeFlinks(cached_authorize=a_refreshed_reply())

    step = world.start(flinks, attempt=2)

    assert step == Step(Outcome.AUTHORIZED, "DATA_REFRESHED")
    assert flinks.calls == ["cached_authorize"]
    assert sessions.get(SESSION_ID) == before


def test_old_data_does_not_prevent_another_attempt(world: World, sessions: FakeSessions) -> None:
    sessions.with_session(a_session(Status.AWAITING_CLICK))
    old = a_refreshed_reply(NOW - timedelta(days=1))
    flinks = FakeFlinks(cached_authorize=old, read_authorize=GONE, start_authorize=ACCEPTED)

    assert world.start(flinks, attempt=2).outcome == Outcome.PENDING
    assert flinks.count("start_authorize") == 1


@pytest.mark.parametrize(("poll", "outcome"), [(a_reply(203), Outcome.MFA_REQUIRED), (a_reply(202), Outcome.PENDING)])
def test_an_open_question_is_shown_again_without_another_attempt(
    world: World, sessions: FakeSessions, clock: Clock, poll: FlinksReply, outcome: Outcome
) -> None:
    sessions.with_session(a_session(Status.AWAITING_CLICK))
    clock.turn(minutes=9)
    flinks = FakeFlinks(read_authorize=poll)

    step = world.start(flinks, attempt=2)

    session = sessions.get(SESSION_ID)
    assert step.outcome == outcome
    assert flinks.count("start_authorize") == 0
    assert (session.status, session.task_token) == (Status.AUTHORIZING, None)
    assert session.attempt == an_attempt(number=2, started_at=clock())
    assert causes(session)[-1] == "authorize_resumed"


def test_a_throttled_poll_of_the_last_attempt_postpones_the_next(world: World, sessions: FakeSessions) -> None:
    sessions.with_session(a_session(Status.AWAITING_CLICK))
    flinks = FakeFlinks(read_authorize=a_reply(401, "TOO_MANY_REQUESTS"))

    step = world.start(flinks, attempt=2)

    assert (step.outcome, step.code) == (Outcome.TRY_LATER, "QUEUED")
    assert flinks.count("start_authorize") == 0


@pytest.mark.parametrize("failure", [FlinksUnavailable("down"), FlinksReplyUnreadable("HTML")])
@pytest.mark.parametrize("call", ["generate_authorize_token", "cached_authorize", "read_authorize"])
def test_a_start_is_retried_later_if_flinks_was_unreachable_before(
    world: World, sessions: FakeSessions, call: str, failure: Exception
) -> None:
    sessions.with_session(a_session(Status.AWAITING_CLICK))
    script: dict[str, Any] = {"read_authorize": GONE, call: failure}
    flinks = FakeFlinks(**script)

    step = world.start(flinks, attempt=2, retries=1)

    assert step == Step(Outcome.TRY_LATER, "FLINKS_UNAVAILABLE", wait_seconds=120, max_retries=3)
    assert flinks.count("start_authorize") == 0
    assert sessions.saves == [], "nothing began, so the same attempt may start later"


@pytest.mark.parametrize("code", ["INVALID_LOGIN", "INVALID_PASSWORD", "DISABLED_LOGIN", "SESSION_EXPIRED", "NEW_CODE"])
def test_a_refused_token_is_misconfigured_under_any_code(world: World, counted: list[str], code: str) -> None:
    step = world.start(FakeFlinks(generate_authorize_token=a_reply(401, code)))

    assert (step.outcome, step.code) == (Outcome.MISCONFIGURED, "ACCESS_DENIED")
    assert counted == []


def test_a_busy_token_endpoint_is_tried_again_like_a_busy_bank(world: World) -> None:
    step = world.start(FakeFlinks(generate_authorize_token=a_reply(401, "CONCURRENT_SESSION")))

    assert (step.outcome, step.code) == (Outcome.BUSY, "CONCURRENT_SESSION")


def test_the_banks_name_is_stored_with_the_request_id(world: World, sessions: FakeSessions) -> None:
    world.start(FakeFlinks(start_authorize=a_reply(203, request_id=REQUEST_ID, institution="FlinksCapital")))

    attempt = sessions.get(SESSION_ID).attempt
    assert attempt and (attempt.request_id, attempt.institution) == (REQUEST_ID, "FlinksCapital")


@pytest.mark.parametrize("code", ["INVALID_PASSWORD", "INVALID_LOGIN", "UNAUTHORIZED"])
def test_credentials_that_the_bank_refuses_at_once_are_counted(world: World, sessions: FakeSessions, code: str) -> None:
    world.start(FakeFlinks(start_authorize=a_reply(401, code)))

    session = sessions.get(SESSION_ID)
    assert session.failures == 1
    assert session.attempt and session.attempt.is_refused


@pytest.mark.parametrize("code", ["RETRY_LATER", "DISABLED_LOGIN", "CONCURRENT_SESSION", "SESSION_EXPIRED"])
def test_a_start_that_fails_for_another_reason_is_not_a_refusal(
    world: World, sessions: FakeSessions, code: str
) -> None:
    world.start(FakeFlinks(start_authorize=a_reply(401, code)))

    assert sessions.get(SESSION_ID).failures == 0


def test_a_login_unknown_to_flinks_is_not_a_refusal_of_the_bank(world: World, sessions: FakeSessions) -> None:
    unknown = a_reply(401, "INVALID_LOGIN")

    world.start(FakeFlinks(start_authorize=unknown, cached_authorize=unknown))

    assert sessions.get(SESSION_ID).failures == 0


def test_the_last_allowed_refusal_sets_the_lockout_guard(world: World, sessions: FakeSessions) -> None:
    sessions.with_session(a_session(Status.STARTING, failures=2))

    world.start(FakeFlinks(start_authorize=a_reply(401, "INVALID_PASSWORD")))

    session = sessions.get(SESSION_ID)
    assert (session.failures, session.next_allowed_at) == (3, NOW + timedelta(hours=1))


@pytest.mark.parametrize(("due_in", "checked_in"), [(1, 1), (15, 15), (999, 15)])
def test_the_sweeper_checks_an_attempt_before_flinks_forgets_it(
    world: World, sessions: FakeSessions, due_in: int, checked_in: int
) -> None:
    sessions.with_session(a_session(Status.STARTING, due_at=NOW + timedelta(minutes=due_in)))

    world.start(FakeFlinks(start_authorize=ACCEPTED))

    assert sessions.get(SESSION_ID).due_at == NOW + timedelta(minutes=checked_in)
