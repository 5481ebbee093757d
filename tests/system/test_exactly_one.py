"""One live attempt per login and one ending per session, despite races, cancellations, crashes and late events."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from devtools.service import Service
from reconnect.adapters.dynamodb.logins import DynamoDbLogins
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.model.session import Session, Status, TimelineEntry
from tests.system.support import (
    a_login,
    a_user_at,
    execution_of,
    listening,
    open_session,
    problem_of,
    receive,
    rewrite,
    starts_of,
    sweep,
    table_of,
    wait_for_end,
    wait_for_execution,
    wait_until,
)


@pytest.fixture(scope="module")
def slow_backstop(deploy: Callable[..., Service]) -> Service:
    """Its backstop poll comes late, so that a test sees the effect of everything else."""
    return deploy("unhurried", BackstopIntervalSeconds="30", UnattendedIntervalSeconds="30")


def test_two_hundred_requests_at_once_for_one_login_start_one_attempt(slow_backstop: Service) -> None:
    login_id = a_login(slow_backstop, "Greatday")

    with ThreadPoolExecutor(40) as callers:
        opened = list(callers.map(lambda _: slow_backstop.api.open_session(loginId=login_id), range(200)))
    session_id = opened[0].body["sessionId"]
    wait_until(slow_backstop, session_id, "AWAITING_USER")

    assert {reply.body["sessionId"] for reply in opened} == {session_id}
    assert [reply.status for reply in opened].count(202) == 1
    assert starts_of(slow_backstop, login_id) == 1


def test_a_joining_caller_finds_its_correlation_id_in_the_events(slow_backstop: Service) -> None:
    login_id, first, second = a_login(slow_backstop, "Greatday"), uuid4().hex, uuid4().hex
    session_id = slow_backstop.api.open_session(loginId=login_id, correlationId=first).body["sessionId"]
    waiting = wait_until(slow_backstop, session_id, "AWAITING_USER")

    joined = slow_backstop.api.open_session(loginId=login_id, correlationId=second)
    with listening(slow_backstop, "joined") as queue:
        user = a_user_at(waiting)
        user.answer_correctly()
        user.follow_redirect()
        # Earlier events may still arrive after the rule was added.
        while (received := receive(slow_backstop, queue))["detail-type"] != "SessionSucceeded":
            continue

    assert (joined.status, joined.body["joined"], joined.body["sessionId"]) == (200, True, session_id)
    assert received["detail"]["correlationIds"] == sorted([first, second])


def test_the_same_key_finds_the_same_session_even_when_it_has_ended(service: Service) -> None:
    login_id, key = a_login(service, "greatday_nomfa"), uuid4().hex
    first = service.api.open_session(key, loginId=login_id).body["sessionId"]
    wait_for_end(service, first)

    again = service.api.open_session(key, loginId=login_id)
    other = problem_of(lambda: service.api.open_session(key, loginId=login_id, language="fr"))

    assert again.body["sessionId"] == first
    assert other.status == 409
    assert starts_of(service, login_id) == 1


def test_the_same_event_delivered_twice_opens_one_session(service: Service) -> None:
    login_id = a_login(service, "greatday_nomfa")
    event: dict[str, object] = {"id": str(uuid4()), "detail-type": "RefreshRequested", "detail": {"loginId": login_id}}

    first = _invoke(service, "OpenSession", event)
    wait_for_end(service, first["sessionId"])
    again = _invoke(service, "OpenSession", event)

    assert again["sessionId"] == first["sessionId"]
    assert starts_of(service, login_id) == 1


def test_a_login_that_was_just_refreshed_cools_down(deploy: Callable[..., Service]) -> None:
    service = deploy("cooling", CooldownSeconds="600")
    login_id = a_login(service, "greatday_nomfa")
    wait_for_end(service, service.api.open_session(loginId=login_id).body["sessionId"])

    problem = problem_of(lambda: service.api.open_session("a-key", loginId=login_id))

    assert problem.status == 429
    assert problem.body["nextAllowedAt"] > datetime.now(UTC).isoformat()
    assert starts_of(service, login_id) == 1


def test_after_a_lost_answer_no_second_attempt_begins_for_eight_minutes(service: Service) -> None:
    login_id = a_login(service, "sim_html")
    ended = wait_for_end(service, service.api.open_session(loginId=login_id).body["sessionId"])

    problem = problem_of(lambda: service.api.open_session(loginId=login_id))

    assert ended["failureCode"] == "ATTEMPT_UNCERTAIN"
    assert problem.status == 429
    assert problem.body["nextAllowedAt"] == ended["nextAllowedAt"]
    assert starts_of(service, login_id) == 1


def test_a_waiting_session_and_its_execution_end_when_cancelled(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    wait_until(slow_backstop, session_id, "AWAITING_USER")

    cancelled = slow_backstop.api.cancel_session(session_id)
    again = slow_backstop.api.cancel_session(session_id)

    assert (cancelled["status"], cancelled["connectUrl"], cancelled["link"]) == ("CANCELLED", None, None)
    assert again == cancelled
    ended = wait_for_execution(slow_backstop, execution_of(slow_backstop, session_id)["executionArn"])
    assert ended["status"] == "SUCCEEDED"


def test_an_execution_that_is_aborted_ends_its_session_at_once(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    wait_until(slow_backstop, session_id, "AWAITING_USER")

    _abort(slow_backstop, session_id)
    ended = wait_for_end(slow_backstop, session_id)

    assert (ended["status"], ended["failureCode"], ended["nextStep"]["owner"]) == ("FAILED", "WORKFLOW_LOST", "us")


def test_an_answer_is_not_lost_with_the_execution_that_waited_for_it(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    a_user_at(wait_until(slow_backstop, session_id, "AWAITING_USER")).answer_correctly()

    with listening(slow_backstop, "corrected") as queue:
        _abort(slow_backstop, session_id)
        # The call for the user may still be on its way to the bus.
        while (event_type := receive(slow_backstop, queue)["detail-type"]) == "ReconnectRequired":
            pass
        received = [event_type]
        if event_type == "SessionFailed":
            received.append(receive(slow_backstop, queue)["detail-type"])

    assert received in (["SessionSucceeded"], ["SessionFailed", "SessionCorrected"])
    assert slow_backstop.api.read_session(session_id)["receipt"]["fresh"]


def test_a_session_past_its_links_end_is_ended_by_the_sweeper(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    wait_until(slow_backstop, session_id, "AWAITING_USER")
    rewrite(slow_backstop, session_id, lambda session: _aged(session, days=8))

    sweep(slow_backstop)
    ended = wait_for_end(slow_backstop, session_id)

    assert (ended["status"], ended["failureCode"]) == ("EXPIRED", "USER_ABSENT")
    execution = wait_for_execution(slow_backstop, execution_of(slow_backstop, session_id)["executionArn"])
    assert execution["status"] == "SUCCEEDED"


def test_a_redirect_after_the_end_publishes_a_correction(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    user = a_user_at(wait_until(slow_backstop, session_id, "AWAITING_USER"))
    rewrite(slow_backstop, session_id, lambda session: replace(_aged(session, days=8), attempt=session.attempt))
    sweep(slow_backstop)
    wait_for_end(slow_backstop, session_id)

    with listening(slow_backstop, "late") as queue:
        user.answer_correctly()
        pages = [user.follow_redirect() for _ in range(3)]
        received = receive(slow_backstop, queue)

    late = slow_backstop.api.read_session(session_id)
    assert {page.status_code for page in pages} == {200}
    assert received["detail-type"] == "SessionCorrected"
    assert (late["status"], late["receipt"]["fresh"]) == ("EXPIRED", True)


def test_an_absent_user_is_reminded_once_per_step_of_the_schedule(slow_backstop: Service) -> None:
    session_id = open_session(slow_backstop, "Greatday")
    wait_until(slow_backstop, session_id, "AWAITING_USER")
    rewrite(slow_backstop, session_id, lambda session: replace(_aged(session, hours=25), status=Status.AWAITING_CLICK))

    with listening(slow_backstop, "reminded") as queue:
        sweep(slow_backstop)
        sweep(slow_backstop)
        reminder = receive(slow_backstop, queue)
        slow_backstop.api.cancel_session(session_id)
        cancelled = receive(slow_backstop, queue)

    assert reminder["detail-type"] == "ReconnectReminder"
    assert reminder["detail"]["link"]
    assert cancelled["detail-type"] == "SessionCancelled"


def test_the_sweeper_starts_a_session_whose_opener_died_before_the_start(service: Service) -> None:
    login_id = a_login(service, "greatday_nomfa")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    wait_for_end(service, session_id)
    orphan = uuid4().hex

    _leave_behind(service, session_id, orphan)
    sweep(service)

    assert wait_for_end(service, orphan)["status"] == "SUCCEEDED"


def _leave_behind(service: Service, like: str, orphan: str) -> None:
    """Create a session as its opener wrote it, with the login held, before the opener died."""
    now = datetime.now(UTC)
    sessions = DynamoDbSessions(table_of(service), lambda: now)
    model = sessions.get(like)
    sessions.create(
        Session(
            session_id=orphan,
            login_id=model.login_id,
            execution_name=orphan,
            status=Status.STARTING,
            created_at=now,
            link_expires_at=now + timedelta(days=1),
            due_at=now - timedelta(seconds=1),
        )
    )
    logins = DynamoDbLogins(table_of(service), lambda: now)
    logins.save(logins.get(model.login_id).hold(orphan))


def _aged(session: Session, **amount: float) -> Session:
    """Return the session as if it had begun earlier by this amount, and were due."""
    ago = timedelta(**amount)
    timeline = tuple(TimelineEntry(each.at - ago, each.actor, each.cause, each.status) for each in session.timeline)
    return replace(
        session,
        timeline=timeline,
        link_expires_at=session.link_expires_at - ago,
        due_at=datetime.now(UTC) - timedelta(seconds=1),
    )


def _abort(service: Service, session_id: str) -> None:
    arn = execution_of(service, session_id)["executionArn"]
    service.engine.client("stepfunctions").stop_execution(executionArn=arn)


def _invoke(service: Service, function: str, event: dict[str, object]) -> dict[str, str]:
    answer = service.engine.client("lambda").invoke(
        FunctionName=service.stack.resources[f"{function}Aliaslive"], Payload=json.dumps(event).encode()
    )
    reply: dict[str, str] = json.loads(answer["Payload"].read())
    return reply
