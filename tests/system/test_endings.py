"""For every answer of Flinks, a session ends in the right status, with a code, an owner and a sentence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from devtools.service import Service, put_flinks_secret
from reconnect.adapters.dynamodb.logins import DynamoDbLogins
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Table
from reconnect.model.session import Session, Status
from tests.system.support import (
    a_login,
    a_user_at,
    execution_of,
    open_session,
    sessions_of,
    table_of,
    wait_for_end,
    wait_for_execution,
    wait_until,
)


@pytest.mark.parametrize(
    ("username", "status", "code", "owner"),
    [
        ("test_disabled_account", "FAILED", "DISABLED_LOGIN", "user"),
        ("test_service_unavailable", "FAILED", "RETRY_LATER", "bank"),
        ("sim_server_error", "FAILED", "AGGREGATION_ERROR", "bank"),
        ("sim_html", "FAILED", "ATTEMPT_UNCERTAIN", "nobody"),
        ("sim_hangs", "FAILED", "ATTEMPT_UNCERTAIN", "nobody"),
        ("sim_not_activated", "FAILED", "METHOD_NOT_AVAILABLE", "us"),
        ("sim_stale", "STALE", "ACCOUNTS_STALE", "nobody"),
    ],
)
def test_a_bad_answer_of_flinks_ends_the_session_in_the_right_status(
    service: Service, username: str, status: str, code: str, owner: str
) -> None:
    login_id = a_login(service, username)
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]

    ended = wait_for_end(service, session_id)

    assert (ended["status"], ended["failureCode"], ended["nextStep"]["owner"]) == (status, code, owner)
    assert ended["nextStep"]["sentence"]
    _assert_nothing_is_left(service, session_id, login_id)


def test_a_login_id_that_flinks_does_not_know_ends_as_the_callers_fault(service: Service) -> None:
    login_id = str(uuid4())
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]

    ended = wait_for_end(service, session_id)

    assert (ended["status"], ended["failureCode"], ended["nextStep"]["owner"]) == ("FAILED", "INVALID_LOGIN", "us")
    assert "Connect the bank again" in ended["nextStep"]["sentence"]
    _assert_nothing_is_left(service, session_id, login_id)


def test_a_wrong_flinks_secret_is_our_fault_and_starts_no_attempt(
    deploy: Callable[..., Service],
) -> None:
    service = deploy("wrong-secret")
    put_flinks_secret(service.engine, service.stack, "not-the-secret")
    login_id = a_login(service, "Greatday")

    ended = wait_for_end(service, service.api.open_session(loginId=login_id).body["sessionId"])

    assert (ended["status"], ended["failureCode"], ended["nextStep"]["owner"]) == ("FAILED", "ACCESS_DENIED", "us")
    started = [entry for entry in service.simulator.bank.journal if entry.login_id == login_id]
    assert started == []


def test_a_start_whose_answer_was_lost_is_never_sent_again(service: Service) -> None:
    login_id = a_login(service, "sim_html")

    wait_for_end(service, service.api.open_session(loginId=login_id).body["sessionId"])

    starts = [e for e in service.simulator.bank.journal if e.action == "start" and e.login_id == login_id]
    assert len(starts) == 1


def test_an_expired_question_waits_for_a_click_and_a_late_answer_counts(
    deploy: Callable[..., Service],
) -> None:
    service = deploy("short-lived", AttemptLifetimeSeconds="1")
    session_id = open_session(service, "Greatday")
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))

    waiting = wait_until(service, session_id, "AWAITING_CLICK")
    user.answer_correctly()
    user.follow_redirect()
    ended = wait_for_end(service, session_id)

    assert waiting["connectUrl"] is None
    assert waiting["nextStep"]["owner"] == "user"
    assert ended["status"] == "SUCCEEDED"


def test_an_abandoned_session_expires_at_the_end_of_its_link(deploy: Callable[..., Service]) -> None:
    service = deploy("short-lived", AttemptLifetimeSeconds="1")
    login_id = a_login(service, "Greatday")
    session = _a_session_whose_link_has_ended(service, login_id)

    execution = service.engine.client("stepfunctions").start_execution(
        stateMachineArn=service.stack.outputs["StateMachineArn"],
        name=session.session_id,
        input=f'{{"sessionId": "{session.session_id}", "linkEndsAt": {int(session.link_expires_at.timestamp())}}}',
    )
    wait_for_execution(service, execution["executionArn"])
    ended = service.api.read_session(session.session_id)

    assert (ended["status"], ended["failureCode"], ended["nextStep"]["owner"]) == ("EXPIRED", "USER_ABSENT", "user")
    _assert_nothing_is_left(service, session.session_id, login_id)


def _a_session_whose_link_has_ended(service: Service, login_id: str) -> Session:
    now = datetime.now(UTC)
    session_id = uuid4().hex
    table = Table(service.engine.client("dynamodb"), service.stack.outputs["TableName"])
    logins = DynamoDbLogins(table, lambda: now)
    logins.save(logins.get(login_id).hold(session_id))
    return DynamoDbSessions(table, lambda: now).create(
        Session(
            session_id=session_id,
            login_id=login_id,
            execution_name=session_id,
            status=Status.STARTING,
            created_at=now,
            link_expires_at=now - timedelta(seconds=1),
            due_at=now + timedelta(minutes=15),
        )
    )


def _assert_nothing_is_left(service: Service, session_id: str, login_id: str) -> None:
    """Check that no execution runs, no login is held, and no secret is kept longer than needed."""
    assert wait_for_execution(service, execution_of(service, session_id)["executionArn"])["status"] == "SUCCEEDED"
    login = DynamoDbLogins(table_of(service), lambda: datetime.now(UTC)).get(login_id)
    assert login.version > 0
    assert login.session_id is None
    (record,) = sessions_of(service, pk=f"SESSION#{session_id}")
    assert not {"task_token", "connect_url", "data_request_id"} & record.keys()
