"""Every endpoint of the deployed service: who may call it, what it needs, what it returns."""

import json
from typing import Any
from uuid import uuid4

import pytest
import requests

from devtools.service import Service
from tests.system.support import (
    a_login,
    a_user_at,
    listening,
    open_session,
    problem_of,
    receive,
    wait_for_end,
    wait_for_execution,
    wait_for_session_of,
    wait_until,
)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sessions"),
        ("GET", "/sessions/anything"),
        ("GET", "/sessions/anything/result"),
        ("POST", "/sessions/anything/cancel"),
    ],
)
def test_unsigned_requests_to_service_endpoints_are_refused(service: Service, method: str, path: str) -> None:
    reply = requests.request(method, f"{service.api.url}{path}", json={"loginId": str(uuid4())}, timeout=30)

    assert reply.status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        (b"{}", 400, {"loginId"}),
        (b'{"loginId": "nonsense"}', 400, {"loginId"}),
        (b'{"loginId": 7, "language": "de", "colour": "red"}', 400, {"loginId", "language", "colour"}),
        (b"this is not JSON", 400, {"body"}),
        (b"[1, 2]", 400, {"body"}),
        (b"\xff\xfe\x00", 400, {"body"}),
        (b'{"loginId": "%s"}' % (b"x" * 17_000), 413, set()),
    ],
)
def test_a_refused_request_is_answered_with_helpful_problem_details(
    service: Service, body: bytes, status: int, fields: set[str]
) -> None:
    problem = problem_of(lambda: service.api.request("POST", "/sessions", body))

    assert problem.status == problem.body["status"] == status
    assert problem.body["title"]
    assert problem.body["detail"]
    assert set(problem.body.get("errors", {})) == fields


def test_a_session_that_does_not_exist_is_answered_with_problem_details(service: Service) -> None:
    problem = problem_of(lambda: service.api.read_session("no-such-session"))

    assert problem.status == 404
    assert problem.body["title"] == "No such session"


def test_a_forged_redirect_is_answered_kindly_and_reveals_nothing(service: Service) -> None:
    reply = requests.get(f"{service.api.url}/redirect/{'a' * 32}.1.9999999999.forged", timeout=30)

    assert reply.status_code == 400
    assert "start again" in reply.text
    assert reply.headers["Referrer-Policy"] == "no-referrer"


def test_a_redirect_of_a_finished_session_is_answered_like_the_first(service: Service) -> None:
    session_id = open_session(service, "Greatday")
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))
    user.answer_correctly()
    first = user.follow_redirect()
    before = wait_for_end(service, session_id)

    again = user.follow_redirect()

    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert service.api.read_session(session_id) == before


def test_a_bus_event_can_request_fresh_data(service: Service) -> None:
    correlation_id = uuid4().hex
    _put_refresh_requested(service, {"loginId": a_login(service, "greatday_nomfa"), "correlationId": correlation_id})

    session_id = wait_for_session_of(service, correlation_id)

    assert wait_for_end(service, session_id)["status"] == "SUCCEEDED"


def test_an_invalid_bus_request_is_kept_for_the_operator(service: Service) -> None:
    _put_refresh_requested(service, {"loginId": "nonsense"})

    kept = receive(service, service.stack.outputs["LostRequestsUrl"])

    assert kept["requestPayload"]["detail"] == {"loginId": "nonsense"}
    assert kept["responsePayload"]["errorType"] == "InvalidRequest"


def test_another_workflow_gets_the_summary_as_the_output_of_its_execution(service: Service) -> None:
    # As Step Functions documents for a nested execution, and as the CDK writes it.
    parent = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:ca-central-1:123456789012:execution:p:1"}
    execution = _start_execution(service, {"loginId": a_login(service, "greatday_nomfa"), **parent})

    ended = wait_for_execution(service, execution)

    output = json.loads(ended["output"])
    assert output["status"] == "SUCCEEDED"
    assert output["accountCount"] == service.api.read_session(output["sessionId"])["receipt"]["accounts"]["count"]


def test_another_workflow_that_joins_a_live_session_gets_its_summary_too(service: Service) -> None:
    login_id = a_login(service, "Greatday")
    session_id = service.api.open_session(loginId=login_id).body["sessionId"]
    waiting = wait_until(service, session_id, "AWAITING_USER")
    execution = _start_execution(service, {"loginId": login_id})

    user = a_user_at(waiting)
    user.answer_correctly()
    user.follow_redirect()
    ended = wait_for_execution(service, execution)

    assert json.loads(ended["output"])["sessionId"] == session_id
    assert json.loads(ended["output"])["status"] == "SUCCEEDED"


def test_another_workflows_bad_request_fails_with_a_named_error(service: Service) -> None:
    execution = _start_execution(service, {"loginId": "nonsense"})

    ended = wait_for_execution(service, execution)

    assert (ended["status"], ended["error"]) == ("FAILED", "InvalidRequest")


def test_the_bus_receives_that_a_user_is_needed_and_how_it_ended(service: Service) -> None:
    correlation_id = uuid4().hex
    with listening(service, "events") as queue:
        session_id = open_session(service, "Greatday", correlationId=correlation_id)
        user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))
        user.answer_correctly()
        user.follow_redirect()
        wait_for_end(service, session_id)

        received: list[dict[str, Any]] = []
        while len(received) < 2:
            event = receive(service, queue)
            if event["detail"]["correlationIds"] == [correlation_id]:
                received.append(event)

    required, succeeded = received
    assert (required["detail-type"], succeeded["detail-type"]) == ("ReconnectRequired", "SessionSucceeded")
    assert required["detail"]["nextStep"]["owner"] == "user"
    assert succeeded["detail"]["status"] == "SUCCEEDED"
    assert succeeded["detail"]["sessionId"] == session_id


def _put_refresh_requested(service: Service, detail: dict[str, str]) -> None:
    service.engine.client("events").put_events(
        Entries=[
            {
                "EventBusName": service.stack.outputs["EventBusName"],
                "Source": "tests",
                "DetailType": "RefreshRequested",
                "Detail": json.dumps(detail),
            }
        ]
    )


def _start_execution(service: Service, request: dict[str, str]) -> str:
    started = service.engine.client("stepfunctions").start_execution(
        stateMachineArn=service.stack.outputs["StateMachineArn"], input=json.dumps(request)
    )
    return str(started["executionArn"])
