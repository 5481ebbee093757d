"""The template as a careful deployer deploys it, in plain CloudFormation: what the scanners read."""

import os
import re
from copy import deepcopy
from typing import Any

from devtools.engine.settings import REPOSITORY
from devtools.engine.template import Template, read_template, without_loops

_ACCOUNT, _REGION = "123456789012", "ca-central-1"
_KEY = f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef"
# Every parameter that protects something, as docs/security.md recommends it.
PROTECTED = {
    "BatchSchedule": "cron(0 23 * * ? *)",
    "EventFeed": "true",
    "AlarmTopicArn": f"arn:aws:sns:{_REGION}:{_ACCOUNT}:alarms",
    "FlinksCustomerId": "01234567-89ab-cdef-0123-456789abcdef",
    "KmsKeyArn": _KEY,
    "ResultsLogBucket": "access-logs",
    "SweeperConcurrency": 1,
    "WorkflowLogLevel": "ALL",
}
_PSEUDO = {
    "AWS::AccountId": _ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": _REGION,
    "AWS::StackName": "reconnect",
    "AWS::URLSuffix": "amazonaws.com",
}
_NOTHING = {"Ref": "AWS::NoValue"}
_PATHS = ("CodeUri", "ContentUri", "DefinitionUri")


def transformed() -> Template:
    """The template with its loops written out, its conditions decided by `PROTECTED`, and transformed by SAM."""
    from samtranslator.translator.transform import transform  # noqa: PLC0415 - a second that the other tools need not wait

    os.environ.setdefault("AWS_DEFAULT_REGION", _REGION)
    template = decided(without_loops(read_template(REPOSITORY / "template.yaml")))
    for resource in template["Resources"].values():
        for place in _PATHS:
            if place in resource["Properties"]:
                resource["Properties"][place] = "s3://any-bucket/any-key"
    result: Template = transform(template, {}, _NoManagedPolicies())
    return result


def decided(template: Template) -> Template:
    """The template with the values of `PROTECTED` in place of these parameters, and without conditions."""
    template = deepcopy(template)
    for name, value in PROTECTED.items():
        template["Parameters"][name]["Default"] = value
    values = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
    conditions = template.pop("Conditions")
    met = {name: _is_met(condition, values, conditions) for name, condition in conditions.items()}
    # A resource or output whose condition is not met does not exist.
    for part in ("Resources", "Outputs"):
        there = template.get(part, {}).items()
        template[part] = {name: found for name, found in there if met.get(found.pop("Condition", ""), True)}
    plain: Template = _without_conditions(template, met)
    return plain


def policies(template: Template) -> dict[str, Any]:
    """The policy of each role, by its logical id, with an ARN for each reference."""
    return {
        name: _with_arns(resource["Properties"]["Policies"][0]["PolicyDocument"], template)
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
    }


def _is_met(condition: Any, values: dict[str, Any], named: dict[str, Any]) -> bool:
    match condition:
        case {"Fn::Not": [inner]}:
            return not _is_met(inner, values, named)
        case {"Fn::And": parts}:
            return all(_is_met(part, values, named) for part in parts)
        case {"Condition": name}:
            return _is_met(named[name], values, named)
        case {"Fn::Equals": [{"Ref": name}, value]}:
            return bool(values[name] == value)
    raise ValueError(f"a condition that is not read here: {condition}")


def _without_conditions(node: Any, met: dict[str, bool]) -> Any:
    match node:
        case {"Ref": name} if name in PROTECTED:
            return PROTECTED[name]
        case {"Fn::If": [name, given, otherwise]}:
            return _without_conditions(given if met[name] else otherwise, met)
        case dict():
            plain = {key: _without_conditions(value, met) for key, value in node.items()}
            return {key: value for key, value in plain.items() if value != _NOTHING}
        case list():
            return [value for each in node if (value := _without_conditions(each, met)) != _NOTHING]
    return node


def _with_arns(node: Any, template: Template) -> Any:
    match node:
        case {"Ref": name}:
            return _PSEUDO.get(name) or _arn(name, template)
        case {"Fn::GetAtt": [name, attribute]}:
            return _arn(name, template) + ("/stream/any" if attribute == "StreamArn" else "")
        case {"Fn::Sub": text}:
            for name, value in _PSEUDO.items():
                text = text.replace(f"${{{name}}}", value)
            return re.sub(r"\$\{(\w+)\.Arn\}", lambda found: _arn(found[1], template), text)
        case dict():
            return {key: _with_arns(value, template) for key, value in node.items()}
        case list():
            return [_with_arns(value, template) for value in node]
    return node


def _arn(name: str, template: Template) -> str:
    here = f"{_REGION}:{_ACCOUNT}"
    return {
        "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{here}:table/{name}",
        "AWS::Events::EventBus": f"arn:aws:events:{here}:event-bus/{name}",
        "AWS::Lambda::Alias": f"arn:aws:lambda:{here}:function:{name}:live",
        "AWS::Lambda::Function": f"arn:aws:lambda:{here}:function:{name}",
        "AWS::Logs::LogGroup": f"arn:aws:logs:{here}:log-group:{name}:*",
        "AWS::S3::Bucket": f"arn:aws:s3:::{name.lower()}",
        "AWS::SQS::Queue": f"arn:aws:sqs:{here}:{name}",
        "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{here}:secret:{name}-a1b2c3",
        "AWS::StepFunctions::StateMachine": f"arn:aws:states:{here}:stateMachine:{name}",
    }[template["Resources"][name]["Type"]]


class _NoManagedPolicies:
    @staticmethod
    def load() -> dict[str, str]:
        return {}
