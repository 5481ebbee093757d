"""The workflow of batches: its form, its graph, its expressions, and how long its history can become."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file

from tests.template.template import BATCH_WORKFLOW, behind_alias, timeout_of
from tests.workflow.definition import ROOT, placeholders
from tests.workflow.evaluating import evaluate, text_of

PATH = ROOT / "statemachine" / "batch.asl.json"
MACHINE: dict[str, Any] = json.loads(PATH.read_text())
STATES: dict[str, dict[str, Any]] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
BATCH = "0123456789abcdef0123456789abcdef"
_ORDER = ("Type", "Comment", "Resource", "Arguments", "Assign", "TimeoutSeconds", "Retry", "Seconds", "Next")
# After Amazon's reference of HistoryEvent types: of a task that succeeds, and of any other state.
_TASK_EVENTS, _STATE_EVENTS = 5, 2


class Machine:
    """Runs the definition over replies of its function, and counts what Step Functions would write down."""

    def __init__(self, replies: list[dict[str, Any]], number: int = 0) -> None:
        self.replies, self.calls, self.waits = iter(replies), [], []  # type: ignore[var-annotated]
        self.events = 2
        self._variables: dict[str, Any] = {}
        self._input: dict[str, Any] = {"batchId": BATCH, "number": number}

    def run(self) -> str:
        """Run to the end; return the final state."""
        name = MACHINE["StartAt"]
        while STATES[name]["Type"] != "Succeed":
            name = self._step(STATES[name])
        return str(name)

    def _step(self, state: dict[str, Any]) -> str:
        self.events += _TASK_EVENTS if state["Type"] == "Task" else _STATE_EVENTS
        if state["Type"] == "Task":
            self.calls.append(self._values(state["Arguments"]["Payload"]))
            reply = next(self.replies)
            self._variables |= self._values(state.get("Assign", {}), result={"Payload": reply})
        if state["Type"] == "Wait":
            self.waits.append(self._value(state["Seconds"]))
        for choice in state.get("Choices", ()):
            if self._value(choice["Condition"]):
                return str(choice["Next"])
        if "Output" in state:
            self._input = self._values(state["Output"])
        return str(state.get("Next") or state["Default"])

    def _values(self, templates: dict[str, Any], **states: Any) -> dict[str, Any]:
        return {name: self._value(value, **states) for name, value in templates.items()}

    def _value(self, template: Any, **states: Any) -> Any:
        if not isinstance(template, str) or not template.startswith("{%"):
            return template
        return evaluate(text_of(template), states={"input": self._input, **states}, **self._variables)


TICK = {"done": False, "waitSeconds": 5}


def test_a_batch_is_loaded_then_ticked_until_it_is_over() -> None:
    machine = Machine([{"loaded": False}, {"loaded": True}, TICK, {"done": False, "waitSeconds": 60}, {"done": True}])

    assert machine.run() == "Finished"

    load, tick = {"batchId": BATCH, "load": True}, {"batchId": BATCH}
    assert machine.calls == [load, load, tick, tick, tick]
    assert machine.waits == [5, 60]


def test_a_long_batch_goes_on_in_the_execution_with_the_next_number() -> None:
    machine = Machine([{"loaded": True}, *[TICK] * 190, {}], number=7)

    assert machine.run() == "Continued"

    assert machine.calls[-1] == {"batchId": BATCH, "nextNumber": 8}


def test_the_longest_execution_stays_under_two_thousand_events() -> None:
    machine = Machine([*[{"loaded": False}] * 30, {"loaded": True}, *[TICK] * 190, {}])

    machine.run()

    assert 1500 < machine.events < 2000


@pytest.mark.parametrize("name", TASKS)
def test_a_step_waits_longer_than_its_function_and_repeats_every_error(name: str) -> None:
    task = TASKS[name]

    assert task["Arguments"]["FunctionName"] == "${RunBatchArn}"
    assert task["TimeoutSeconds"] > timeout_of("RunBatch")
    [retry] = task["Retry"]
    assert retry["ErrorEquals"] == ["States.ALL"]
    assert retry["MaxAttempts"] * retry["MaxDelaySeconds"] / 2 > 1800


def test_every_state_has_a_comment_and_is_written_in_the_same_order() -> None:
    assert [name for name, state in STATES.items() if not state["Comment"].endswith(".")] == []
    assert [
        name
        for name, state in STATES.items()
        if state["Type"] in {"Task", "Wait"} and list(state) != [key for key in _ORDER if key in state]
    ] == []


def test_no_execution_knows_a_login_or_a_person() -> None:
    payloads = [task["Arguments"]["Payload"].keys() for task in TASKS.values()]

    assert set().union(*payloads) == {"batchId", "load", "nextNumber"}


def test_the_template_deploys_this_definition() -> None:
    assert ROOT / BATCH_WORKFLOW["DefinitionUri"] == PATH
    assert BATCH_WORKFLOW["Type"] == "STANDARD"
    substituted = {name: behind_alias(arn) for name, arn in BATCH_WORKFLOW["DefinitionSubstitutions"].items()}
    assert substituted == {name: name.removesuffix("Arn") for name in placeholders(PATH.read_text())}


def test_the_definition_follows_amazons_schema_of_state_machines(tmp_path: Path) -> None:
    text = PATH.read_text().replace("${RunBatchArn}", "arn:aws:lambda:ca-central-1:123456789012:function:any")
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/any", "DefinitionString": text}
    resources = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}
    wrapper = tmp_path / "wrapper.json"
    wrapper.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}))

    assert [f"{match.rule.id} {match.message}" for match in lint_file(wrapper)] == []
