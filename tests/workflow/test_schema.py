"""The definition against Amazon's schema of state machines."""

import json
from pathlib import Path
from typing import Any

from cfnlint.api import lint_file

from tests.workflow.definition import MACHINE, PATH, placeholders

_ARN = "arn:aws:lambda:ca-central-1:123456789012:function:any"


def test_the_definition_follows_amazons_schema_of_state_machines(tmp_path: Path) -> None:
    assert _findings(tmp_path, _lintable()) == []


def test_the_schema_check_detects_a_broken_definition(tmp_path: Path) -> None:
    broken = _lintable()
    broken["States"]["WaitBeforePoll"]["Type"] = "Weight"

    assert any("E3601" in finding for finding in _findings(tmp_path, broken))


def test_every_state_uses_jsonata() -> None:
    assert MACHINE["QueryLanguage"] == "JSONata"
    assert all("QueryLanguage" not in state for state in MACHINE["States"].values())


def _lintable() -> dict[str, Any]:
    """The definition with ARNs for placeholders.

    cfn-lint's schema does not know that TimeoutSeconds may be an expression, as Amazon's reference says it may.
    """
    text = PATH.read_text()
    for name in placeholders(text):
        text = text.replace(f"${{{name}}}", _ARN)
    definition: dict[str, Any] = json.loads(text)
    for state in definition["States"].values():
        if isinstance(state.get("TimeoutSeconds"), str):
            state["TimeoutSeconds"] = 1
    return definition


def _findings(folder: Path, definition: dict[str, Any]) -> list[str]:
    """cfn-lint does not read SAM state machines, so the definition goes into a plain one."""
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/any", "DefinitionString": json.dumps(definition)}
    wrapper = folder / "wrapper.json"
    wrapper.write_text(
        json.dumps(
            {
                "AWSTemplateFormatVersion": "2010-09-09",
                "Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}},
            }
        )
    )
    return [f"{match.rule.id} {match.message}" for match in lint_file(wrapper)]
