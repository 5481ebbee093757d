"""Published versions and aliases: an update moves the alias, and a permission for a function is none for its alias."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devtools.engine import LocalEngine, Stack
from tests.system.engine.fixtures import Eventually, Finished

VERSIONS = Path(__file__).parent / "app" / "versions.yaml"


@pytest.fixture(scope="module")
def first(engine: LocalEngine) -> Stack:
    return engine.deploy(VERSIONS, name="versions")


def _ask(engine: LocalEngine, function: str) -> dict[str, str]:
    answer: dict[str, str] = json.loads(engine.client("lambda").invoke(FunctionName=function)["Payload"].read())
    return answer


def _run(engine: LocalEngine, machine: str, function: str) -> str:
    started = engine.client("stepfunctions").start_execution(
        stateMachineArn=machine, input=json.dumps({"function": function})
    )
    return str(started["executionArn"])


def test_a_new_value_of_a_parameter_publishes_a_version_and_moves_the_alias(
    engine: LocalEngine, first: Stack, finished: Finished
) -> None:
    function, alias = first.outputs["Function"], first.outputs["FunctionAlias"]
    assert _ask(engine, alias) == {"version": "1", "greeting": "hello"}

    updated = engine.deploy(VERSIONS, name="versions", parameters={"Greeting": "salut"})

    assert updated.outputs == first.outputs
    assert _ask(engine, alias) == {"version": "2", "greeting": "salut"}
    assert _ask(engine, f"{function}:1") == {"version": "1", "greeting": "hello"}
    machine, machine_alias = first.outputs["Machine"], first.outputs["MachineAlias"]
    definitions = [
        finished(_run(engine, arn, function))["output"]["definition"] for arn in (machine_alias, f"{machine}:1")
    ]
    assert definitions == ["salut", "hello"]


def test_an_execution_is_listed_under_the_alias_that_started_it(
    engine: LocalEngine, first: Stack, finished: Finished
) -> None:
    machine, alias, function = (first.outputs[name] for name in ("Machine", "MachineAlias", "Function"))
    through, around = _run(engine, alias, function), _run(engine, machine, function)
    described = finished(through), finished(around)

    listed: list[dict[str, Any]] = engine.client("stepfunctions").list_executions(stateMachineArn=alias)["executions"]

    assert {through, around} & {each["executionArn"] for each in listed} == {through}
    assert [each.get("stateMachineAliasArn") for each in described] == [alias, None]
    assert {each["stateMachineArn"] for each in described} == {machine}
    assert through.startswith(machine.replace(":stateMachine:", ":execution:") + ":")


def test_an_alias_that_does_not_exist_starts_nothing(engine: LocalEngine, first: Stack) -> None:
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        _run(engine, first.outputs["Machine"] + ":another", first.outputs["Function"])


def test_a_role_for_a_function_does_not_cover_its_alias(engine: LocalEngine, first: Stack, finished: Finished) -> None:
    on_function, on_alias = (
        finished(_run(engine, first.outputs["MachineAlias"], first.outputs[name]))
        for name in ("Function", "FunctionAlias")
    )

    assert on_function["status"] == "SUCCEEDED"
    assert on_alias["status"] == "FAILED"
    assert "AccessDenied" in on_alias["error"]


def test_a_rule_with_permission_for_a_function_does_not_invoke_its_alias(
    engine: LocalEngine, first: Stack, eventually: Eventually
) -> None:
    entry = {"Source": "test", "DetailType": "Unpermitted", "Detail": '{"key": "undelivered"}'}
    engine.client("events").put_events(Entries=[entry])

    queue = engine.client("sqs")
    [message] = eventually(
        lambda: queue.receive_message(QueueUrl=first.outputs["Undelivered"], MessageAttributeNames=["All"]).get(
            "Messages"
        )
    )
    assert "undelivered" in message["Body"]
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
