"""What a handler can see, what its role allows, and what happens to its events and logs."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from devtools.engine import LocalEngine, Stack
from devtools.engine.settings import WORKERS_PER_FUNCTION
from tests.system.engine.fixtures import Eventually, Finished, Invoke, Item, Start

GIVEN_BY_LAMBDA = {
    "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "PATH",
    "PYTHONPATH", "TZ", "_HANDLER",
}  # fmt: skip
GIVEN_BY_THE_TEMPLATE = {"GREETING", "LOG_LEVEL", "PUBLIC_URL", "TABLE_NAME"}
# The engine's URL and the folders of temporary files; the last two come from the shell and the interpreter.
GIVEN_BY_THE_ENGINE = {"AWS_ENDPOINT_URL", "AWS_DISABLE_HOST_PREFIX_INJECTION", "HOME", "TMPDIR", "PWD", "LC_CTYPE"}


@pytest.fixture
def sight(app: Stack, invoke: Invoke) -> dict[str, Any]:
    seen: dict[str, Any] = invoke(
        app,
        "ProbeFunction",
        {
            "modules": [
                "engine_app",
                "requests",
                "aws_lambda_powertools",
                "boto3",
                "flask",
                "moto",
                "devtools",
                "pytest",
            ]
        },
    )
    return seen


def test_a_handler_has_only_the_environment_of_lambda_and_its_template(sight: dict[str, Any], app: Stack) -> None:
    seen = set(sight["environment"])

    assert seen >= GIVEN_BY_LAMBDA | GIVEN_BY_THE_TEMPLATE
    assert seen <= GIVEN_BY_LAMBDA | GIVEN_BY_THE_TEMPLATE | GIVEN_BY_THE_ENGINE
    assert sight["environment"]["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert sight["environment"]["LOG_LEVEL"] == "INFO"
    assert sight["environment"]["PUBLIC_URL"] == app.api_url


def test_a_developers_secret_reaches_neither_engine_nor_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVELOPER_SECRET", "do not show")

    with LocalEngine.start() as engine:
        environment = Path(f"/proc/{engine.process_id}/environ").read_text()

    assert "DEVELOPER_SECRET" in os.environ
    assert "DEVELOPER_SECRET" not in environment


def test_a_handler_can_import_its_layer_and_runtime_and_nothing_else(
    sight: dict[str, Any],
) -> None:
    assert sight["importable"] == {
        "engine_app": True,
        "requests": True,
        "aws_lambda_powertools": True,
        "boto3": True,
        "flask": False,
        "moto": False,
        "devtools": False,
        "pytest": False,
    }


def test_a_permission_missing_from_the_role_is_refused_inside_the_handler(sight: dict[str, Any]) -> None:
    assert sight["write"] == "AccessDeniedException"


def test_an_event_on_the_bus_reaches_the_function_of_its_rule(
    engine: LocalEngine, app: Stack, eventually: Eventually, item: Item
) -> None:
    engine.client("events").put_events(Entries=[_event(app, key="one")])

    assert eventually(lambda: item("event#one"))


def test_an_event_that_fails_its_function_is_kept_in_the_dead_letter_queue(
    engine: LocalEngine, app: Stack, eventually: Eventually
) -> None:
    engine.client("events").put_events(Entries=[_event(app, key="lost", fail=True)])

    queue = engine.client("sqs")
    message = eventually(lambda: queue.receive_message(QueueUrl=app.outputs["DeadLettersUrl"]).get("Messages"))
    assert "lost" in message[0]["Body"]


def test_the_lines_that_a_function_prints_are_in_its_log(
    engine: LocalEngine, app: Stack, start: Start, finished: Finished
) -> None:
    finished(start(name="talkative", script=[{"outcome": "DONE"}]))

    assert "poll 0 of talkative" in engine.function_logs(app, "StepFunction")
    assert engine.function_logs(app, "StepFunction")[0].startswith("START RequestId:")


def _event(app: Stack, **detail: object) -> dict[str, str]:
    return {
        "EventBusName": app.outputs["BusName"],
        "Source": "test",
        "DetailType": "Wanted",
        "Detail": json.dumps(detail),
    }


def test_a_burst_of_calls_waits_for_a_worker_without_a_refusal(invoke: Invoke, app: Stack) -> None:
    with ThreadPoolExecutor(24) as callers:
        answers = list(callers.map(lambda _: invoke(app, "ProbeFunction", {"modules": []}), range(48)))

    workers = {answer["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"] for answer in answers}
    assert len(answers) == 48
    assert len(workers) <= WORKERS_PER_FUNCTION
