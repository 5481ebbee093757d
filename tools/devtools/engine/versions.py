"""Publishes versions as AWS does: those of state machines, with an alias; of functions, only if something changed."""

import json
import random
from collections.abc import Callable
from typing import Any

from devtools.engine import private_names
from devtools.engine.replacing import set_attribute

Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]
# They differ between a function and its versions, or after an update that changed nothing.
_NOT_COMPARED = ("FunctionArn", "LastModified", "LastUpdate", "RevisionId", "State", "Version")

Answer = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Register the resource types with the engine's CloudFormation."""
    resources = private_names.CFN_RESOURCES.load()
    of_functions = resources["AWS::Lambda::Version"]
    publish_function = of_functions["create"]

    def publish_if_changed(logical_id: str, properties: Properties, stack: str) -> Created:
        _refuse_unchanged(properties["FunctionName"])
        created: Created = publish_function(logical_id, properties, stack)
        return created

    set_attribute(private_names.INVOKE_ASYNC, _with_config_of_alias(private_names.INVOKE_ASYNC.load()))
    resources["AWS::Lambda::Version"] = {**of_functions, "create": publish_if_changed}
    resources.update(
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


def _with_config_of_alias(invoke_async: Callable[..., None]) -> Callable[..., None]:
    """Use the retries and the destination configured for the alias that is called; the engine uses the function's."""

    def invoke(called: dict[str, Any], event: Any) -> None:
        name, _, qualifier = called["config"]["FunctionArn"].partition(":function:")[2].partition(":")
        configured = private_names.LAMBDA_FUNCTIONS.load()[name]["event_invoke_configs"]
        own = configured.get(qualifier or "$LATEST") or configured.get(qualifier)
        invoke_async({**called, "event_invoke_config": own, "event_invoke_configs": {}}, event)

    return invoke


def _refuse_unchanged(name: str) -> None:
    """Lambda publishes nothing if nothing has changed since the last version, and CloudFormation fails then."""
    function = private_names.LAMBDA_FUNCTIONS.load()[name]
    latest = max(function["versions"], key=int, default=None)
    if latest and _published_parts(function) == _published_parts(function["versions"][latest]):
        raise ValueError(
            f"A version for this Lambda function exists ( {latest} ). Modify the function to create a new version."
        )


def _published_parts(function: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in function["config"].items() if not name.startswith(_NOT_COMPARED)}


def _publish(properties: Properties) -> Created:
    answer = _call(
        private_names.SFN_PUBLISH.load(),
        stateMachineArn=properties["StateMachineArn"],
        revisionId=properties.get("StateMachineRevisionId"),
    )
    arn = answer["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def _create_alias(properties: Properties) -> Created:
    answer = _call(
        private_names.SFN_CREATE_ALIAS.load(), name=properties["Name"], routingConfiguration=_routes(properties)
    )
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
