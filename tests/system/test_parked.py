"""Nobody is there: the deployed service parks the question, holds no execution, and goes on with the user's click."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import requests

from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.system.support import (
    a_login,
    a_user_at,
    execution_of,
    listening,
    open_session,
    receive,
    rewrite,
    starts_of,
    sweep,
    wait_for_end,
    wait_for_execution,
    wait_until,
)


def click(session: Snapshot) -> int:
    """Click until the answer is another than 503: it says that nothing was lost, and that one may click again."""
    reply = requests.post(f"{session['link']}/attempts", json={}, timeout=60)
    return click(session) if reply.status_code == HTTPStatus.SERVICE_UNAVAILABLE else reply.status_code


def executions_of(service: Service, session_id: str) -> list[str]:
    """Return the status of each execution of a session."""
    every = service.engine.client("stepfunctions").list_executions(
        stateMachineArn=service.stack.outputs["StateMachineArn"], maxResults=1000
    )["executions"]
    return sorted(each["status"] for each in every if each["name"].startswith(session_id))


def parked(service: Service, login_id: str) -> Snapshot:
    session_id = str(service.api.open_session(loginId=login_id, presence="absent").body["sessionId"])
    waiting = wait_until(service, session_id, "AWAITING_CLICK")
    wait_for_execution(service, execution_of(service, session_id)["executionArn"])
    return waiting


def test_a_parked_question_is_answered_after_a_click_in_the_same_attempt(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    with listening(service, "parked") as queue:
        waiting = parked(service, login_id)
        asked = receive(service, queue)
    session_id = waiting["sessionId"]
    ended_as = json.loads(execution_of(service, session_id)["output"])

    with ThreadPoolExecutor(5) as devices:
        codes = set(devices.map(click, [waiting] * 5))
    a_user_at(wait_until(service, session_id, "AWAITING_USER")).answer_correctly()

    assert (asked["detail-type"], asked["detail"]["link"]) == ("ReconnectRequired", waiting["link"])
    assert ended_as == {"sessionId": session_id, "status": "PARKED"}
    assert (waiting["connectUrl"], waiting["nextStep"]["owner"], codes) == (None, "user", {200})
    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"
    assert (starts_of(service, login_id), len(executions_of(service, session_id))) == (1, 2)


def test_a_parked_session_can_be_cancelled_and_leaves_nothing_running(service: Service) -> None:
    waiting = parked(service, a_login(service, "Greatday"))

    service.api.cancel_session(waiting["sessionId"])

    assert wait_for_end(service, waiting["sessionId"])["status"] == "CANCELLED"
    assert executions_of(service, waiting["sessionId"]) == ["SUCCEEDED"]


def test_a_parked_session_expires_at_the_end_of_its_link(service: Service) -> None:
    session_id = parked(service, a_login(service, "Greatday"))["sessionId"]
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    rewrite(service, session_id, lambda session: replace(session, link_expires_at=past, due_at=past))

    sweep(service)

    ended = wait_for_end(service, session_id)
    assert (ended["status"], ended["failureCode"]) == ("EXPIRED", "USER_ABSENT")


def test_an_absent_user_without_a_question_gets_fresh_data(service: Service) -> None:
    session_id = open_session(service, "greatday_nomfa", presence="absent")

    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"


def test_workflows_that_start_ours_for_an_absent_user_are_told_that_it_parked(service: Service) -> None:
    request = {"loginId": a_login(service, "Greatday"), "presence": "absent"}

    def run() -> dict[str, Any]:
        started = service.engine.client("stepfunctions").start_execution(
            stateMachineArn=service.stack.outputs["StateMachineArn"], name=str(uuid4()), input=json.dumps(request)
        )
        return dict(json.loads(wait_for_execution(service, started["executionArn"])["output"]))

    first, second = run(), run()

    assert (first["status"], second["status"]) == ("PARKED", "AWAITING_CLICK")
    assert first["sessionId"] == second["sessionId"]
