"""The fixture application, deployed on the system tests' engine, and functions that wait for its effects."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from devtools.engine import LocalEngine, Stack
from tests.system.engine.fixtures import Eventually, Finished, Invoke, Item, Start

APP = Path(__file__).parent / "app" / "template.yaml"


@pytest.fixture(scope="session")
def app(engine: LocalEngine) -> Stack:
    return engine.deploy(APP, name="app", parameters={"PublicUrl": engine.api_url_for("app")})


@pytest.fixture(scope="session")
def finished(engine: LocalEngine, eventually: Eventually) -> Finished:
    """`finished(arn)` returns the description of an execution once it has ended, with its output parsed."""

    def wait(arn: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            description: dict[str, Any] = engine.client("stepfunctions").describe_execution(executionArn=arn)
            return None if description["status"] == "RUNNING" else description

        description = eventually(ended)
        return {**description, "output": json.loads(description.get("output", "null"))}

    return wait


_numbers = count(1)


@pytest.fixture
def start(engine: LocalEngine, app: Stack) -> Start:
    """`start(script=[...], ...)` starts a flow under a unique name and returns its ARN."""

    def start_flow(name: str | None = None, **flow_input: Any) -> str:
        started = engine.client("stepfunctions").start_execution(
            stateMachineArn=app.outputs["MachineArn"],
            name=name or f"flow-{next(_numbers)}",
            input=json.dumps(flow_input),
        )
        return str(started["executionArn"])

    return start_flow


@pytest.fixture
def invoke(engine: LocalEngine) -> Invoke:
    """`invoke(stack, "ProbeFunction", event)` returns the function's result."""

    def call(stack: Stack, function: str, event: dict[str, Any]) -> Any:
        answer = engine.client("lambda").invoke(FunctionName=stack.resources[function], Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    return call


@pytest.fixture
def item(engine: LocalEngine, app: Stack) -> Item:
    """`item(key)` returns the item of the fixture's table with this key."""

    def read(key: str) -> dict[str, Any]:
        table = app.outputs["TableName"]
        found: dict[str, Any] = engine.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": key}})
        return dict(found.get("Item", {}))

    return read


@pytest.fixture(scope="session")
def http() -> Iterator[requests.Session]:
    """A plain HTTP client that ignores the developer's proxies and keys."""
    with requests.Session() as session:
        session.trust_env = False
        yield session
