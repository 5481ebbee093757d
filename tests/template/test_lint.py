"""The template as CloudFormation will see it: valid as written, and valid once SAM has transformed it."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file
from samtranslator.translator.transform import transform

from tests.template.template import FUNCTIONS, PATH, TEMPLATE


def test_the_template_is_clean() -> None:
    assert _findings(PATH) == []


def test_the_transformed_template_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transformed = tmp_path / "template.json"
    transformed.write_text(json.dumps(_transformed(monkeypatch)))

    assert _findings(transformed) == []


def test_sam_adds_no_role_and_no_api_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    added = _transformed(monkeypatch)["Resources"].keys() - TEMPLATE["Resources"].keys()

    assert {name for name in added if not name.startswith("ReconnectLayer")} == {"OpenSessionEventInvokeConfig"}
    assert _transformed(monkeypatch)["Resources"].keys() >= FUNCTIONS.keys()


def _findings(path: Path) -> list[str]:
    return [f"{match.rule.id} line {match.linenumber}: {match.message}" for match in lint_file(path)]


def _transformed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    template = deepcopy(TEMPLATE)
    for resource in template["Resources"].values():
        for place in ("CodeUri", "ContentUri", "DefinitionUri"):
            if place in resource["Properties"]:
                resource["Properties"][place] = "s3://any-bucket/any-key"
    transformed: dict[str, Any] = transform(template, {}, _NoManagedPolicies())
    return transformed


class _NoManagedPolicies:
    @staticmethod
    def load() -> dict[str, str]:
        return {}
