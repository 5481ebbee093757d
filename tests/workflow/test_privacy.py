"""Everyone with access to the workflow can read an execution's history, so it must hold no personal data."""

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from reconnect.adapters.step_functions import StepFunctionsWorkflow
from tests.workflow.definition import TASKS, TOKEN_WAITS, expressions, variables
from tests.workflow.evaluating import text_of
from tests.workflow.samples import ANSWERING, SECRETS, a_session, answer_of

_HARMLESS = {"sessionId", "linkEndsAt", "attempt", "retries", "polls", "fetches", "looks", "outcome", "reason", "seen"}
_SENT = re.compile(r"\$states\b(?!\.context\.(Task\.Token|Execution\.Name|State\.\w+)\b)")
_TOKEN = "$states.context.Task.Token"


def test_a_task_is_sent_only_our_own_ids_counters_and_outcomes() -> None:
    read = {
        name: {variable for expression in expressions(task["Arguments"]) for variable in variables(expression)}
        for name, task in TASKS.items()
    }

    assert {name: names - _HARMLESS for name, names in read.items() if names - _HARMLESS} == {}


@pytest.mark.parametrize("name", sorted(TASKS.keys() - {"OpenSession"}))
def test_no_task_but_the_first_sees_what_the_caller_sent(name: str) -> None:
    """From Step Functions' own context, only the token, the execution's name and the state's times and tries."""
    sent = [text for text in expressions(TASKS[name]["Arguments"]) if _SENT.search(text)]

    assert sent == []
    assert (_TOKEN in set(expressions(TASKS[name]["Arguments"]))) == (name in TOKEN_WAITS)


def test_the_first_task_passes_the_callers_input_and_execution_name() -> None:
    payload = TASKS["OpenSession"]["Arguments"]["Payload"]

    assert {key: text_of(value) for key, value in payload.items()} == {
        "request": "$states.input",
        "executionName": "$states.context.Execution.Name",
    }


def test_a_functions_result_for_the_workflow_holds_no_personal_data() -> None:
    answers = {name: json.dumps(answer_of(name)) for name in ANSWERING}

    assert [
        (name, secret) for name, answer in answers.items() for secret, value in SECRETS.items() if value in answer
    ] == []


@pytest.mark.parametrize(("kind", "more"), [("start", {}), ("start_late_read", {"lateRead": True, "waitSeconds": 0})])
def test_the_input_of_our_executions_holds_no_personal_data(kind: str, more: dict[str, int]) -> None:
    started: list[dict[str, Any]] = []
    client: Any = SimpleNamespace(start_execution=lambda **call: started.append(call), exceptions=_NoneSuch)

    getattr(StepFunctionsWorkflow(client, lambda: "arn"), kind)(a_session())

    assert json.loads(started[0]["input"]) == {
        "sessionId": "0123456789abcdef",
        "linkEndsAt": int(datetime(2026, 11, 22, tzinfo=UTC).timestamp()),
        "attempt": 2,
        **more,
    }


class _NoneSuch:
    class ExecutionAlreadyExists(Exception):
        pass
