"""Each function's role allows exactly the calls that its code makes, on exactly their resources."""

import ast
from collections.abc import Iterator
from typing import Any, TypeGuard

import pytest

from reconnect.adapters.dynamodb import sessions as dynamodb_sessions
from reconnect.adapters.dynamodb.session_items import LIVE
from reconnect.adapters.event_bus import SOURCE
from tests.template.template import (
    ALIAS,
    FUNCTIONS,
    MACHINES,
    ROLES,
    Grant,
    behind_alias,
    environment,
    grants,
    of_type,
    target,
)
from tests.template.wired import adapter_code, parts_of, wire

_LEADING = "ForAllValues:StringLike dynamodb:LeadingKeys="
_SERVICES = {
    "sessions": "dynamodb",
    "references": "dynamodb",
    "contacts": "dynamodb",
    "logins": "dynamodb",
    "claims": "dynamodb",
    "directories": "dynamodb",
    "roll_ups": "dynamodb",
    "bank_healths": "dynamodb",
    "feed": "dynamodb",
    "workflow": "states",
    "events": "events",
    "results": "s3",
    "delay_queue": "sqs",
    "batches": "dynamodb",
    "leases": "dynamodb",
    "batch_files": "s3",
    "batch_runs": "states",
    # What it refuses is reported to the budget, in the table.
    "flinks": "dynamodb",
}
_MACHINE = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}"
# The items of a port, by the beginnings of their keys; BUDGET and DIRECTORY are whole keys.
_ITEMS = {
    "sessions": "SESSION#*",
    "references": "REF#*",
    "contacts": "CONTACT#*",
    "logins": "LOGIN#*",
    "claims": "CLAIM#*",
    "directories": "DIRECTORY",
    "roll_ups": "HEALTH#*",
    "bank_healths": "BANK#*",
    "feed": "FEED#*",
    "flinks": "BUDGET",
    "batches": "BATCH#*",
    "leases": "LIVE",
}
# A query is of one value of an index' key; a login's cannot be told from another's beforehand.
_QUERIED = {"due": f"{_LEADING}{LIVE}", "login": "", "shelf": ""}
_RESULTS_ONLY = "StringLike s3:prefix=results/*"
_OURS_ONLY = f"StringEquals events:source={SOURCE}"
_EXECUTIONS = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}:*"
# The variable that names the resource of a call.
_ENVIRONMENT = {
    "PutEvents": "EVENT_BUS_NAME",
    "SendMessage": "DELAYED_REQUESTS_URL",
    "StartExecution": "STATE_MACHINE_ARN",
    "ListBucket": "RESULTS_BUCKET",
}
# What the pages of a paginator need.
_PAGED = {"list_objects_v2": "ListBucket"}
_OF_ONE_PARTITION = {"query_partition", "query_range", "query_before", "each_in_range"}
_LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
_READING_A_STREAM = {"DescribeStream", "GetRecords", "GetShardIterator"}
# The roles that do not belong to a function.
_MACHINE_ROLES = ("WorkflowRole", "BatchWorkflowRole")
_TAKEN_BY = {
    **dict.fromkeys(_MACHINE_ROLES, "states.amazonaws.com"),
    "HttpApiRole": "apigateway.amazonaws.com",
    "NightlyBatchRole": "scheduler.amazonaws.com",
}
# As Step Functions and EventBridge Scheduler document it. Lambda and HTTP APIs document no condition for the roles that
# they assume.
_OUR_MACHINES = {
    "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    "ArnLike": {
        "aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*"}
    },
}
_ONLY_FROM = {
    **{role: {"Condition": _OUR_MACHINES} for role in _MACHINE_ROLES},
    "NightlyBatchRole": {"Condition": {"StringEquals": _OUR_MACHINES["StringEquals"]}},
}
_LOG_DELIVERY = {
    *(f"{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
    *("ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"),
}
# What a call on encrypted data does with the key. A call that needs neither has no part of the data.
_WITH_THE_KEY = {
    "kms:Decrypt": {
        *(
            f"dynamodb:{name}"
            for name in ("GetItem", "BatchGetItem", "BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem")
        ),
        *("dynamodb:Query", "dynamodb:GetRecords"),
        *("secretsmanager:GetSecretValue", "s3:GetObject", "sqs:SendMessage", "sqs:ReceiveMessage"),
    },
    "kms:GenerateDataKey": {"s3:PutObject", "sqs:SendMessage"},
}
_READING_A_QUEUE = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_role_allows_exactly_the_calls_of_its_code(function: str) -> None:
    role = target(FUNCTIONS[function]["Role"])

    needed = {*_calls(function), *_lambda_itself(function)}
    assert sorted(grants(role)) == sorted({*needed, *_on_the_key(needed)}), "each once"


def test_every_role_has_one_owner_and_is_named_after_it() -> None:
    roles = {name: target(properties["Role"]) for name, properties in {**FUNCTIONS, **MACHINES}.items()}

    assert roles == {name: f"{name}Role" for name in roles}
    assert {*roles.values(), "HttpApiRole", "NightlyBatchRole"} == ROLES.keys()


@pytest.mark.parametrize("machine", MACHINES)
def test_a_workflow_may_invoke_exactly_the_functions_of_its_states(machine: str) -> None:
    named = {behind_alias(arn) + ALIAS for arn in MACHINES[machine]["DefinitionSubstitutions"].values()}
    invoked = {place for action, place, _ in grants(f"{machine}Role") if action == "lambda:InvokeFunction"}

    assert invoked == named


@pytest.mark.parametrize("role", _MACHINE_ROLES)
def test_a_workflow_may_call_its_functions_and_nothing_else(role: str) -> None:
    assert {action for action, _, _ in grants(role) if not action.startswith("logs:")} == {"lambda:InvokeFunction"}


def test_only_log_delivery_has_a_wildcard_resource() -> None:
    wide = {(role, action) for role in ROLES for action, place, _ in grants(role) if place == "*"}

    # What Step Functions documents for log delivery, which has no resource-level permissions.
    assert wide == {(role, f"logs:{action}") for role in _MACHINE_ROLES for action in _LOG_DELIVERY}


def test_no_action_has_a_wildcard() -> None:
    assert [action for role in ROLES for action, _, _ in grants(role) if "*" in action] == []


def test_no_role_has_a_managed_policy() -> None:
    assert [name for name, role in ROLES.items() if "ManagedPolicyArns" in role] == []
    assert [name for name, function in FUNCTIONS.items() if "Policies" in function] == []
    assert [name for name, machine in MACHINES.items() if "Policies" in machine] == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_be_assumed_only_by_the_service_of_its_owner(role: str) -> None:
    (statement,) = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]

    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": _TAKEN_BY.get(role, "lambda.amazonaws.com")},
        "Action": "sts:AssumeRole",
        **_ONLY_FROM.get(role, {}),
    }


def _on_the_key(needed: set[Grant]) -> Iterator[Grant]:
    """The use of the deployer's key, only by the services whose calls need it."""
    actions = {action for action, _, _ in needed}
    services = {name.partition(":")[0] for names in _WITH_THE_KEY.values() for name in names & actions}
    via = " ".join(f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}" for service in sorted(services))
    for action, calls in _WITH_THE_KEY.items():
        if calls & actions:
            yield action, "KmsKeyArn", f"StringEquals kms:ViaService={via}"


def _lambda_itself(function: str) -> Iterator[Grant]:
    """What Lambda itself does with the role: logs, failed asynchronous invocations, reading event sources."""
    logs = target(FUNCTIONS[function]["LoggingConfig"]["LogGroup"])
    yield from ((action, logs, "") for action in _LOGGING)
    failed = FUNCTIONS[function].get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure")
    if failed:
        yield "sqs:SendMessage", target(failed["Destination"]), ""
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        source = target(mapping["EventSourceArn"])
        if behind_alias(mapping["FunctionName"]) != function:
            continue
        if given_up := mapping.get("DestinationConfig", {}).get("OnFailure"):
            yield "sqs:SendMessage", target(given_up["Destination"]), ""
        if source in of_type("AWS::SQS::Queue"):
            yield from ((f"sqs:{action}", source, "") for action in _READING_A_QUEUE)
        else:
            yield from ((f"dynamodb:{action}", source, "") for action in _READING_A_STREAM)
            # It lists a table's streams, so it cannot name one of them.
            yield "dynamodb:ListStreams", "${Table.Arn}/stream/*", ""


def _calls(function: str) -> Iterator[Grant]:
    """The calls that the function's adapters make for its use cases."""
    wired = wire(function)
    for part in parts_of(wired.use_cases):
        for port, node in adapter_code(part):
            for name in _client_methods(node):
                place = _target_of(name, environment(function), port)
                yield f"{_SERVICES[port]}:{name}", place, _condition_of(port, name)
            for index in _indexes(node):
                yield "dynamodb:Query", f"${{Table.Arn}}/index/{index}", _QUERIED[index]
            if _is_call_on(node, "self._table") and node.func.attr in _OF_ONE_PARTITION:
                yield "dynamodb:Query", _target_of("Query", environment(function)), _condition_of(port, "Query")
    for call in wired.calls:
        yield f"{call.service}:{_pascal(call.method)}", call.arguments["SecretId"], ""


def _condition_of(port: str, name: str) -> str:
    if port in _ITEMS:
        return f"{_LEADING}{_ITEMS[port]}"
    return {"PutEvents": _OURS_ONLY, "ListBucket": _RESULTS_ONLY}.get(name, "")


def _client_methods(node: ast.AST) -> Iterator[str]:
    if not _is_call_on(node, "self._client"):
        return
    match node.func.attr:
        # A presigned URL is used by a client, with the function's permission.
        case "generate_presigned_url":
            yield "GetObject"
        case "get_paginator":
            yield _PAGED[ast.literal_eval(node.args[0])]
        case "query":
            # `_indexes` finds them, because each names its index.
            return
        case method:
            yield _pascal(method)


def _indexes(node: ast.AST) -> Iterator[str]:
    """A query names its index by a constant of its module."""
    if _is_call_on(node, "self._table") and node.func.attr in {"query_index", "query_page"}:
        yield vars(dynamodb_sessions)[ast.unparse(node.args[0])]


def _is_call_on(node: ast.AST, held: str) -> TypeGuard[Any]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == held


def _target_of(action: str, variables: dict[str, str], port: str = "") -> str:
    match action:
        case "PutObject" | "GetObject" | "DeleteObject":
            folder = "batches" if port == "batch_files" else "results"
            return f"${{{variables['RESULTS_BUCKET']}.Arn}}/{folder}/*"
        case "StartExecution" if port == "batch_runs":
            return variables["BATCH_MACHINE_ARN"].removesuffix(":live")
        case name if name in _ENVIRONMENT:
            return variables[_ENVIRONMENT[name]].removesuffix(":live")
        # A token names no state machine, but the permission must. AWS asks for the machine's ARN, also for its alias.
        case "SendTaskSuccess" | "SendTaskFailure":
            return _MACHINE
        case "DescribeExecution":
            return _EXECUTIONS
        case _:
            return variables["TABLE_NAME"]


def _pascal(method: str) -> str:
    return "".join(word.capitalize() for word in method.split("_"))
