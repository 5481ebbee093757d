"""The features of the workflow language that our state machine needs, run by the engine with real handlers."""

import json

import pytest
import requests

from devtools.engine import LocalEngine, Stack
from tests.system.engine.fixtures import Eventually, Finished, Item, Start

ONE_LOOK = [{"outcome": "DONE"}]
ASK = [{"outcome": "ASK"}]


def test_a_flow_loops_with_the_waits_of_its_replies_which_may_be_zero(start: Start, finished: Finished) -> None:
    pending = {"outcome": "PENDING", "wait": 0}

    flow = finished(start(script=[pending, pending, {"outcome": "DONE"}]))

    assert flow["status"] == "SUCCEEDED"
    assert flow["output"]["polls"] == 3
    assert flow["output"]["ended"] == {"how": "DONE"}


def test_a_reply_can_choose_a_wait_of_a_second(engine: LocalEngine, start: Start, finished: Finished) -> None:
    arn = start(script=[{"outcome": "PENDING", "wait": 1}, {"outcome": "DONE"}])
    finished(arn)

    events = engine.client("stepfunctions").get_execution_history(executionArn=arn)["events"]

    when = {event["type"]: event["timestamp"] for event in events}
    assert 0.9 < (when["WaitStateExited"] - when["WaitStateEntered"]).total_seconds() < 3


def test_the_context_object_has_the_name_the_input_and_the_start_time(start: Start, finished: Finished) -> None:
    flow = finished(start(name="a-chosen-name", script=ONE_LOOK))

    assert flow["name"] == flow["output"]["flow"] == "a-chosen-name"
    assert flow["output"]["input"] == {"script": ONE_LOOK}
    assert flow["output"]["started"].startswith(flow["startDate"].strftime("%Y-%m-%dT"))
    assert flow["output"]["started"].endswith("Z")


def test_an_error_is_retried_by_its_python_class_name(start: Start, finished: Finished, item: Item) -> None:
    flow = finished(start(name="busy-once", script=[{"outcome": "BUSY", "times": 1}]))

    assert flow["output"]["ended"] == {"how": "BUSY"}
    assert item("attempts#busy-once")["attempts"] == {"N": "2"}


def test_retries_come_to_an_end_and_the_error_is_caught(start: Start, finished: Finished, item: Item) -> None:
    flow = finished(start(name="always-busy", script=[{"outcome": "BUSY", "times": 9}]))

    assert flow["output"]["ended"] == {"how": "BROKEN", "error": "BankBusy"}
    assert item("attempts#always-busy")["attempts"] == {"N": "3"}


def test_a_caught_error_has_its_name_and_cause_unchanged(start: Start, finished: Finished) -> None:
    ended = finished(start(script=[{"outcome": "REFUSED"}]))["output"]["ended"]

    assert (ended["how"], ended["error"]) == ("REFUSED", "LoginRefused")
    assert json.loads(ended["cause"])["errorMessage"] == 'no such "login"\nhere'


def test_a_flow_sleeps_until_a_function_wakes_it_with_its_token(
    start: Start, finished: Finished, eventually: Eventually, item: Item, http: requests.Session, app: Stack
) -> None:
    arn = start(name="sleeper", script=ASK)
    eventually(lambda: item("token#sleeper"))

    woken = http.get(f"{app.api_url}/wake/sleeper")

    assert woken.status_code == 200, woken.text
    assert finished(arn)["output"]["ended"] == {"how": "WOKEN", "said": 'I am "back" 👋'}
    assert http.get(f"{app.api_url}/wake/sleeper").status_code == 410


def test_a_wait_times_out_after_the_time_in_the_input(
    start: Start, finished: Finished, http: requests.Session, app: Stack
) -> None:
    flow = finished(start(name="forgotten", script=ASK, patience=1))

    assert flow["output"]["ended"] == {"how": "NOBODY_CAME", "error": "States.Timeout"}
    assert http.get(f"{app.api_url}/wake/forgotten").status_code == 410


def test_a_function_that_fails_to_keep_its_token_fails_the_wait_at_once(start: Start, finished: Finished) -> None:
    flow = finished(start(script=[{"outcome": "ASK", "fail": True}]))

    assert flow["output"]["ended"] == {"how": "BROKEN", "error": "TokenNotStored"}


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(
    engine: LocalEngine, start: Start, eventually: Eventually, item: Item, finished: Finished
) -> None:
    client = engine.client("stepfunctions")
    arn = start(name="once", script=ASK)
    eventually(lambda: item("token#once"))

    assert start(name="once", script=ASK) == arn
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        start(name="once", script=ONE_LOOK)

    client.stop_execution(executionArn=arn, error="Test", cause="over")
    assert finished(arn)["status"] == "ABORTED"
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        start(name="once", script=ASK)


def test_a_token_expires_with_its_execution(
    engine: LocalEngine,
    start: Start,
    eventually: Eventually,
    item: Item,
    finished: Finished,
    http: requests.Session,
    app: Stack,
) -> None:
    arn = start(name="stopped", script=ASK)
    eventually(lambda: item("token#stopped"))

    engine.client("stepfunctions").stop_execution(executionArn=arn)

    assert finished(arn)["status"] == "ABORTED"
    assert http.get(f"{app.api_url}/wake/stopped").status_code == 410


def test_a_made_up_token_is_refused(engine: LocalEngine) -> None:
    client = engine.client("stepfunctions")

    with pytest.raises(client.exceptions.InvalidToken):
        client.send_task_success(taskToken="made-up", output="{}")


def test_an_expression_that_yields_nothing_fails_the_execution(start: Start, finished: Finished) -> None:
    flow = finished(start(script=[], direct="undefined"))

    assert flow["status"] == "FAILED"
    assert flow["error"] == "States.QueryEvaluationError"
    assert "nothing_here" in flow["cause"]


def test_the_state_machines_role_limits_what_it_may_call(start: Start, finished: Finished) -> None:
    flow = finished(start(script=[], direct="forbidden"))

    assert flow["status"] == "FAILED"
    assert "AccessDenied" in flow["error"]


def test_the_whole_machine_has_a_time_limit(engine: LocalEngine, app: Stack, finished: Finished) -> None:
    client = engine.client("stepfunctions")
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Sleep",
        "TimeoutSeconds": 1,
        "States": {"Sleep": {"Type": "Wait", "Seconds": 30, "End": True}},
    }
    role = engine.client("iam").get_role(RoleName=app.resources["MachineRole"])["Role"]["Arn"]
    machine = client.create_state_machine(name="slow", definition=json.dumps(definition), roleArn=role)

    started = client.start_execution(stateMachineArn=machine["stateMachineArn"])

    assert finished(started["executionArn"])["status"] == "TIMED_OUT"


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        ("no/slashes", "{}", "InvalidName"),
        ("not-json", "{", "InvalidExecutionInput"),
    ],
)
def test_a_bad_name_or_input_is_refused(engine: LocalEngine, app: Stack, name: str, text: str, refusal: str) -> None:
    client = engine.client("stepfunctions")

    with pytest.raises(getattr(client.exceptions, refusal)):
        client.start_execution(stateMachineArn=app.outputs["MachineArn"], name=name, input=text)


def test_executions_are_listed_by_machine_and_status(
    engine: LocalEngine, app: Stack, start: Start, finished: Finished
) -> None:
    arn = start(script=ONE_LOOK)
    finished(arn)

    listed = engine.client("stepfunctions").list_executions(
        stateMachineArn=app.outputs["MachineArn"], statusFilter="SUCCEEDED"
    )

    assert listed["executions"][0]["executionArn"] == arn
