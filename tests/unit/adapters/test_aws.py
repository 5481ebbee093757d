"""The answers of AWS in the domain's terms, without its messages, which may quote tokens."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import ANY

from reconnect.adapters.event_bus import EventBridgeEvents
from reconnect.adapters.step_functions import USER_ARRIVED, StepFunctionsWorkflow
from reconnect.model.errors import PublishFailed, WorkflowUnavailable
from reconnect.model.session import Session, Status
from reconnect.ports import Run
from tests.fakes.builders import LOGIN_ID, SESSION_ID, TASK_TOKEN, a_session
from tests.unit.adapters.conftest import StubbedClient
from tests.workflow.definition import TASKS

# The alias; an execution does not have it in its own ARN.
MACHINE = "arn:aws:states:ca-central-1:123456789012:stateMachine:reconnect:live"
RUNNING = f"arn:aws:states:ca-central-1:123456789012:execution:reconnect:{SESSION_ID}"
EXECUTION = {"executionArn": RUNNING, "startDate": "2026-03-14T00:00:00Z"}


def start(states: StubbedClient) -> None:
    StepFunctionsWorkflow(states.client, lambda: MACHINE).start(a_session())


def start_late_read(states: StubbedClient, session: Session, *number_and_wait: Any) -> bool:
    return StepFunctionsWorkflow(states.client, lambda: MACHINE).start_late_read(session, *number_and_wait)


def state_of(states: StubbedClient) -> Run:
    return StepFunctionsWorkflow(states.client, lambda: MACHINE).state_of(a_session())


def wake(states: StubbedClient) -> bool:
    return StepFunctionsWorkflow(states.client, lambda: MACHINE).wake(TASK_TOKEN, "redirect")


def publish(bus: StubbedClient) -> None:
    EventBridgeEvents(bus.client, "a-bus").publish("SessionFailed", "an-id", {"sessionId": SESSION_ID})


def test_an_execution_has_the_sessions_name_and_not_the_login(states: StubbedClient) -> None:
    session = a_session()
    sent = {"sessionId": SESSION_ID, "linkEndsAt": int(session.link_expires_at.timestamp()), "attempt": 1}
    states.add_response(
        "start_execution",
        EXECUTION,
        {"stateMachineArn": MACHINE, "name": session.execution_name, "input": json.dumps(sent)},
    )

    start(states)

    assert LOGIN_ID not in json.dumps(sent)


def test_starting_an_execution_twice_is_not_an_error(states: StubbedClient) -> None:
    states.add_client_error("start_execution", "ExecutionAlreadyExists")

    start(states)


@pytest.mark.parametrize("code", ["ThrottlingException", "ExecutionLimitExceeded", "AccessDeniedException"])
def test_an_execution_that_cannot_start_raises_workflow_unavailable(states: StubbedClient, code: str) -> None:
    states.add_client_error("start_execution", code, service_message=f"about {LOGIN_ID}")

    with pytest.raises(WorkflowUnavailable, match=code) as refused:
        start(states)

    assert LOGIN_ID not in str(refused.value)


@pytest.mark.parametrize(
    ("number_and_wait", "name", "seconds"),
    [((), f"{SESSION_ID}-late", 0), ((3, timedelta(seconds=20)), f"{SESSION_ID}-late-3", 20)],
)
def test_a_late_read_is_an_execution_of_its_own_with_a_start_delay(
    states: StubbedClient, number_and_wait: tuple[Any, ...], name: str, seconds: int
) -> None:
    session = a_session(Status.EXPIRED)
    sent = {
        "sessionId": SESSION_ID,
        "linkEndsAt": int(session.link_expires_at.timestamp()),
        "attempt": 2,
        "lateRead": True,
        "waitSeconds": seconds,
    }
    states.add_response(
        "start_execution",
        EXECUTION,
        {"stateMachineArn": MACHINE, "name": name, "input": json.dumps(sent)},
    )

    assert start_late_read(states, session, *number_and_wait)


def test_a_late_read_of_each_number_starts_once_per_session(states: StubbedClient) -> None:
    states.add_client_error(
        "start_execution",
        "ExecutionAlreadyExists",
        expected_params={"stateMachineArn": MACHINE, "name": f"{SESSION_ID}-late-2", "input": ANY},
    )

    assert not start_late_read(states, a_session(Status.EXPIRED, execution_name="of-another-workflow"), 2)


def test_a_late_read_that_cannot_start_raises_workflow_unavailable(states: StubbedClient) -> None:
    states.add_client_error("start_execution", "ThrottlingException")

    with pytest.raises(WorkflowUnavailable, match="ThrottlingException"):
        start_late_read(states, a_session(Status.EXPIRED))


@pytest.mark.parametrize(
    ("status", "run"),
    [
        ("RUNNING", Run.RUNNING),
        ("SUCCEEDED", Run.OVER),
        ("FAILED", Run.OVER),
        ("TIMED_OUT", Run.OVER),
        ("ABORTED", Run.OVER),
        ("PENDING_REDRIVE", Run.OVER),
    ],
)
def test_the_state_of_an_execution_is_read_by_its_sessions_name(states: StubbedClient, status: str, run: Run) -> None:
    answer = {**EXECUTION, "stateMachineArn": MACHINE, "status": status}
    states.add_response("describe_execution", answer, {"executionArn": RUNNING})

    assert state_of(states) is run


def test_an_execution_that_was_never_started_has_no_state(states: StubbedClient) -> None:
    states.add_client_error("describe_execution", "ExecutionDoesNotExist")

    assert state_of(states) is Run.NONE


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_an_execution_of_unknown_state_raises_workflow_unavailable(states: StubbedClient, code: str) -> None:
    states.add_client_error("describe_execution", code, service_message=f"about {LOGIN_ID}")

    with pytest.raises(WorkflowUnavailable, match=code) as refused:
        state_of(states)

    assert LOGIN_ID not in str(refused.value)


def test_a_wake_passes_its_cause(states: StubbedClient) -> None:
    states.add_response("send_task_success", {}, {"taskToken": TASK_TOKEN, "output": '{"cause": "redirect"}'})

    assert wake(states)


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_without_a_wait_wakes_nothing(states: StubbedClient, code: str) -> None:
    states.add_client_error("send_task_success", code)

    assert not wake(states)


def test_a_wait_is_interrupted_by_an_error_that_the_workflow_catches(states: StubbedClient) -> None:
    expected = {"taskToken": TASK_TOKEN, "error": USER_ARRIVED, "cause": "Somebody opened the page."}
    states.add_response("send_task_failure", {}, expected)

    StepFunctionsWorkflow(states.client, lambda: MACHINE).interrupt_wait(TASK_TOKEN)

    (caught,) = (catch for catch in TASKS["AwaitRedirect"]["Catch"] if USER_ARRIVED in catch["ErrorEquals"])
    assert caught == {"ErrorEquals": ["States.Timeout", USER_ARRIVED], "Next": "PollAuthorize"}


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_interrupting_a_wait_that_is_over_does_nothing(states: StubbedClient, code: str) -> None:
    states.add_client_error("send_task_failure", code)

    StepFunctionsWorkflow(states.client, lambda: MACHINE).interrupt_wait(TASK_TOKEN)


def test_a_refused_interruption_does_not_quote_the_token(states: StubbedClient) -> None:
    states.add_client_error("send_task_failure", "ThrottlingException", service_message=f"Token {TASK_TOKEN}")

    with pytest.raises(WorkflowUnavailable, match="ThrottlingException") as refused:
        StepFunctionsWorkflow(states.client, lambda: MACHINE).interrupt_wait(TASK_TOKEN)

    assert TASK_TOKEN not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_refused_wake_does_not_quote_the_token(states: StubbedClient) -> None:
    states.add_client_error("send_task_success", "ThrottlingException", service_message=f"Token {TASK_TOKEN}")

    with pytest.raises(WorkflowUnavailable, match="ThrottlingException") as refused:
        wake(states)

    assert TASK_TOKEN not in str(refused.value)
    assert refused.value.__suppress_context__


def test_an_event_carries_its_id_so_that_consumers_can_deduplicate(bus: StubbedClient) -> None:
    entry = {
        "EventBusName": "a-bus",
        "Source": "reconnect",
        "DetailType": "SessionFailed",
        "Detail": json.dumps({"eventId": "an-id", "sessionId": SESSION_ID}),
    }
    bus.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}, {"Entries": [entry]})

    publish(bus)


def test_an_entry_that_is_refused_inside_a_200_raises_publish_failed(bus: StubbedClient) -> None:
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "no"}]}
    bus.add_response("put_events", answer, {"Entries": ANY})

    with pytest.raises(PublishFailed, match="InternalFailure"):
        publish(bus)


def test_a_missing_bus_raises_publish_failed(bus: StubbedClient) -> None:
    bus.add_client_error("put_events", "ResourceNotFoundException")

    with pytest.raises(PublishFailed):
        publish(bus)
