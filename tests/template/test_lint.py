"""The template as CloudFormation will see it: valid as written, and valid once SAM has transformed it."""

import json
from pathlib import Path

import pytest
from cfnlint.api import lint_file

from tests.template.template import ALIAS, FUNCTIONS, PATH, TEMPLATE
from tests.template.transformed import transformed


def test_the_template_is_clean() -> None:
    assert _findings(PATH) == []


@pytest.mark.parametrize("preference", ["AllAtOnce", "Canary10Percent30Minutes"])
def test_the_transformed_template_is_clean(preference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "template.json"
    made = transformed(monkeypatch, {"DeploymentPreference": preference}, with_references=True)
    template.write_text(json.dumps(made))

    assert _findings(template) == []


def test_sam_adds_no_role_and_no_api_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made = transformed(monkeypatch)["Resources"]
    added = made.keys() - TEMPLATE["Resources"].keys()
    versions = {name for name in added if made[name]["Type"].endswith("Version")}

    assert {name for name in added - versions if not name.endswith(ALIAS)} == {
        "OpenBatchEventInvokeConfig",
        "OpenSessionEventInvokeConfig",
        "SweepSessionsEventInvokeConfig",
    }
    assert made.keys() >= FUNCTIONS.keys()


def _findings(path: Path) -> list[str]:
    return [f"{match.rule.id} line {match.linenumber}: {match.message}" for match in lint_file(path)]
