"""The template as SAM leaves it to CloudFormation."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from devtools.engine.gaps import resolve_parameters
from devtools.engine.template import read_template
from tests.template.template import PATH, TEMPLATE

TRANSFORMS: list[str] = read_template(PATH)["Transform"]


def transformed(
    monkeypatch: pytest.MonkeyPatch,
    parameters: Mapping[str, str] | None = None,
    layer: str = "layer",
    *,
    with_references: bool = False,
) -> dict[str, Any]:
    """The CloudFormation template for these parameters, and for a layer with this content.

    `with_references`: references to parameters stay as they are written, for a linter that looks for unused ones.
    """
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    template = {**deepcopy(TEMPLATE), "Transform": TRANSFORMS}
    if not with_references:
        template = resolve_parameters(template, parameters or {})
    for resource in template["Resources"].values():
        for place in ("CodeUri", "ContentUri", "DefinitionUri"):
            if place in resource["Properties"]:
                resource["Properties"][place] = f"s3://any-bucket/{layer if place == 'ContentUri' else 'code'}"
    made: dict[str, Any] = transform(template, dict(parameters or {}), _NoManagedPolicies())
    return made


def references(node: Any) -> Iterator[str]:
    """The logical ids that a part of the template refers to, each as often as it does; parameters too."""
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{([\w:]+)[.\w]*\}", text)
        case {"Fn::Sub": [str(text), dict(names)]}:
            yield from (name for name in references({"Fn::Sub": text}) if name not in names)
            yield from references(names)
        case dict():
            for name, part in node.items():
                yield from [part] if name == "DependsOn" and isinstance(part, str) else references(part)
                yield from part if name == "DependsOn" and isinstance(part, list) else []
        case list():
            for part in node:
                yield from references(part)


class _NoManagedPolicies:
    @staticmethod
    def load() -> dict[str, str]:
        return {}
