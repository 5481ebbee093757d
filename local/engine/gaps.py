"""Where the engine differs from CloudFormation and rewriting the template makes up for it."""

import re
from typing import Any

from local.engine.template import Template

_SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a resource type


def refer_to_secrets_by_arn(template: Template) -> Template:
    """On AWS `!Ref` of a secret is its ARN; the engine answers its name, which no role policy would match."""
    secrets = {name for name, resource in template["Resources"].items() if resource["Type"] == _SECRET}
    rewritten: Template = _rewrite(template, secrets)
    return rewritten


def _rewrite(value: Any, secrets: set[str]) -> Any:
    if isinstance(value, list):
        return [_rewrite(item, secrets) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Ref"} and value["Ref"] in secrets:
        return {"Fn::GetAtt": [value["Ref"], "Id"]}
    if value.keys() == {"Fn::Sub"}:
        return {"Fn::Sub": _rewrite_sub(value["Fn::Sub"], secrets)}
    return {key: _rewrite(item, secrets) for key, item in value.items()}


def _rewrite_sub(value: Any, secrets: set[str]) -> Any:
    if isinstance(value, list):
        text, names = value
        return [_rewrite_sub(text, secrets - names.keys()), _rewrite(names, secrets)]
    return re.sub(r"\$\{(\w+)\}", lambda hit: f"${{{hit[1]}.Id}}" if hit[1] in secrets else hit[0], value)
