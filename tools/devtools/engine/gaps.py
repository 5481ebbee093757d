"""Fills gaps in ministack's CloudFormation support: through its public API, or by leaving out what only people read."""

import json
import re
from collections.abc import Mapping
from typing import Any

from devtools.engine.template import Template, plain_resources

_RESOLVING_TRANSFORM = "AWS::LanguageExtensions"
_SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a resource type
_TABLE = "AWS::DynamoDB::Table"
# The engine has no metric math and no composite alarms. Nobody is called by it, so it needs none of the rest either.
_ARCHIVE = "AWS::Events::Archive"
_FOR_OPERATORS = ("AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Dashboard", "AWS::Logs::QueryDefinition")
_ALARM = "AWS::CloudWatch::Alarm"


def refer_to_secrets_by_arn(template: Template) -> Template:
    """Replace `!Ref` of a secret by its ARN, as on AWS; the engine returns its name, which matches no role policy."""
    secrets = {name for name, resource in plain_resources(template) if resource["Type"] == _SECRET}
    rewritten: Template = _rewrite(template, secrets)
    return rewritten


def resolve_parameters(template: Template, given: Mapping[str, str]) -> Template:
    """Write the values of parameters in place of references, as AWS::LanguageExtensions does before SAM.

    SAM publishes a function's version when the template's text changes, so this is how a new value publishes one.
    """
    if _RESOLVING_TRANSFORM not in template.get("Transform", []):
        return template
    declared = template.get("Parameters", {})
    values = {name: str(given.get(name, parameter.get("Default", ""))) for name, parameter in declared.items()}
    return {name: part if name == "Parameters" else _resolve(part, values) for name, part in template.items()}


def without_metric_math(template: Template) -> Template:
    """Return the template without alarms over expressions, what refers to them, and saved queries."""
    kept = {name: entry for name, entry in template["Resources"].items() if not _is_for_operators(name, entry)}
    return {**template, "Resources": kept}


def _is_for_operators(name: str, entry: Any) -> bool:
    resources = entry[2].values() if name.startswith("Fn::ForEach::") else [entry]
    return any(
        each["Type"] in _FOR_OPERATORS or (each["Type"] == _ALARM and "Metrics" in each["Properties"])
        for each in resources
    )


def without_archives(template: Template) -> Template:
    """Return the template without archives of buses; `finish_archives` makes them."""
    kept = {name: entry for name, entry in template["Resources"].items() if name not in dict(_archives(template))}
    return {**template, "Resources": kept}


def finish_archives(template: Template, name: str, resources: Mapping[str, str], events: Any) -> None:
    """Make the archives of the stack `name`, whose parameters are resolved; one of 0 days is off.

    The engine's CloudFormation has none, but its EventBridge does.
    """
    for logical_id, resource in _archives(template):
        properties, archive = resource["Properties"], f"{name}-{logical_id}"[-48:]
        bus = events.describe_event_bus(Name=resources[properties["SourceArn"]["Fn::GetAtt"][0]])["Arn"]
        if events.list_archives(EventSourceArn=bus)["Archives"]:
            events.delete_archive(ArchiveName=archive)
        if int(properties["RetentionDays"]):
            events.create_archive(
                ArchiveName=archive,
                EventSourceArn=bus,
                EventPattern=json.dumps(properties["EventPattern"]),
                RetentionDays=int(properties["RetentionDays"]),
            )


def _archives(template: Template) -> list[tuple[str, Any]]:
    return [(name, resource) for name, resource in plain_resources(template) if resource["Type"] == _ARCHIVE]


def finish_tables(template: Template, resources: Mapping[str, str], dynamodb: Any) -> None:
    """Enable time-to-live and point-in-time recovery, which the engine leaves out when it creates tables."""
    for logical_id, resource in plain_resources(template):
        if resource["Type"] != _TABLE or logical_id not in resources:
            continue
        name, properties = resources[logical_id], resource.get("Properties", {})
        wanted = properties.get("TimeToLiveSpecification")
        current = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if wanted and wanted.get("Enabled") and current["TimeToLiveStatus"] == "DISABLED":
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
        recovery = properties.get("PointInTimeRecoverySpecification")
        if recovery:
            dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)


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


def _resolve(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case {"Ref": str(name)} if name in values:
            return values[name]
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": re.sub(r"\$\{(\w+)\}", lambda hit: values.get(hit[1], hit[0]), text)}
        case dict():
            return {key: _resolve(each, values) for key, each in value.items()}
        case list():
            return [_resolve(each, values) for each in value]
    return value
