"""Lets templates publish versions of a state machine and move its alias; the engine has only the API for it."""

import json
import random
from collections.abc import Callable
from typing import Any

from devtools.engine import private_names

Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]
Answer = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Register both resource types with the engine's CloudFormation."""
    private_names.CFN_RESOURCES.load().update(
        {
            "AWS::StepFunctions::StateMachineVersion": {
                "create": lambda _, properties, __: _publish(properties),
                # Each of its properties requires replacement; the earlier version stays, by its UpdateReplacePolicy.
                "update": lambda _, __, properties, ___: _publish(properties),
                "delete": lambda *_: None,
            },
            "AWS::StepFunctions::StateMachineAlias": {
                "create": lambda _, properties, __: _create_alias(properties),
                "update": lambda arn, _, properties, __: _move_alias(arn, properties),
                "delete": lambda arn, _: _call(private_names.SFN_DELETE_ALIAS.load(), stateMachineAliasArn=arn),
            },
        }
    )


def version_of(arn: str) -> dict[str, Any] | None:
    """Return the published version behind a version's or an alias' ARN; None if the ARN is neither."""
    if alias := private_names.SFN_ALIASES.load().get(arn):
        routes = alias["routingConfiguration"]
        chosen = random.choices(routes, [route["weight"] for route in routes])[0]  # noqa: S311 - like AWS, by weight
        arn = chosen["stateMachineVersionArn"]
    version: dict[str, Any] | None = private_names.SFN_VERSIONS.load().get(arn)
    return version


def _publish(properties: Properties) -> Created:
    answer = _call(
        private_names.SFN_PUBLISH.load(),
        stateMachineArn=properties["StateMachineArn"],
        revisionId=properties.get("StateMachineRevisionId"),
    )
    arn = answer["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def _create_alias(properties: Properties) -> Created:
    answer = _call(private_names.SFN_CREATE_ALIAS.load(), name=properties["Name"], routingConfiguration=_routes(properties))
    arn = answer["stateMachineAliasArn"]
    return arn, {"Arn": arn}


def _move_alias(arn: str, properties: Properties) -> Created:
    _call(private_names.SFN_UPDATE_ALIAS.load(), stateMachineAliasArn=arn, routingConfiguration=_routes(properties))
    return arn, {"Arn": arn}


def _routes(properties: Properties) -> list[dict[str, Any]]:
    """Everything goes to the new version at once; the engine knows no gradual deployment."""
    return [{"stateMachineVersionArn": properties["DeploymentPreference"]["StateMachineVersionArn"], "weight": 100}]


def _call(action: Callable[[Properties], Answer], **arguments: Any) -> dict[str, Any]:
    status, _, body = action({name: value for name, value in arguments.items() if value is not None})
    answer: dict[str, Any] = json.loads(body or "{}")
    if status != 200:  # noqa: PLR2004
        raise ValueError(answer.get("message", answer))
    return answer
