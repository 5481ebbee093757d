"""Reads a SAM template with its short intrinsics (`!Ref`, `!Sub`, ...) into plain dictionaries."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from devtools.engine.errors import EngineError

Template = dict[str, Any]


class _TemplateLoader(yaml.SafeLoader):
    """Loads YAML as CloudFormation does."""


# `Version: 2012-10-17` is text for CloudFormation, a date for YAML.
_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _intrinsic)


def read_template(path: Path) -> Template:
    """Read a template as CloudFormation would see it in JSON; raise EngineError if it cannot be read."""
    try:
        template = yaml.load(path.read_text(), _TemplateLoader)  # noqa: S506 - a SafeLoader underneath
    except FileNotFoundError:
        raise EngineError(f"There is no template at {path}.") from None
    except yaml.YAMLError as problem:
        raise EngineError(f"{path} is not readable YAML: {problem}") from problem
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise EngineError(f"{path} has no Resources section.")
    return template


def plain_resources(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every resource outside of loops with its logical id; the engine's CloudFormation expands the loops."""
    for logical_id, resource in template["Resources"].items():
        if not logical_id.startswith("Fn::ForEach::"):
            yield logical_id, resource


def without_loops(template: Template) -> Template:
    """Return the template with its loops written out, as AWS::LanguageExtensions leaves it to SAM."""
    resources: dict[str, Any] = {}
    for name, found in template["Resources"].items():
        if name.startswith("Fn::ForEach::"):
            variable, values, repeated = found
            for value in values:
                resources |= _filled(repeated, variable, value)
        else:
            resources[name] = found
    return {**template, "Transform": "AWS::Serverless-2016-10-31", "Resources": resources}


def _filled(node: Any, variable: str, value: str) -> Any:
    """A loop's body with its variable replaced by the value: in names and references, not in plain text."""
    match node:
        case {"Ref": name} if name == variable:
            return value
        case dict():
            filled = {name: _filled(each, variable, value) for name, each in node.items()}
            return {name.replace(f"${{{variable}}}", value): each for name, each in filled.items()}
        case list():
            return [_filled(each, variable, value) for each in node]
    return node
