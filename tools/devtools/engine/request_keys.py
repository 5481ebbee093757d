"""Gives policies the condition keys that the engine leaves out: DynamoDB's leading keys, the sources of events, and for
whom Step Functions assumes a role.

Without a key, a condition on all its values holds: the engine would allow what AWS refuses.
"""

import json
import re
from typing import Any

from devtools.engine import private_names
from devtools.engine.replacing import replace_everywhere
from devtools.engine.task_clients import SESSION_NAME


def install() -> None:
    """Add these keys to those that the engine itself finds."""
    trusts = private_names.TRUST_POLICY.load()

    def trusts_with_source(policy: Any, caller: str, context: Any = None) -> bool:
        if context and context.service_context.get("sts:rolesessionname") == SESSION_NAME:
            account = context.principal_account
            # Which machine is not known here; a policy that names one is refused.
            machine = f"arn:aws:states:{context.region}:{account}:stateMachine:unknown"
            context.service_context.update({"aws:sourceaccount": account, "aws:sourcearn": machine})
        return bool(trusts(policy, caller, context))

    replace_everywhere(private_names.TRUST_POLICY, trusts_with_source)
    keys_found = private_names.REQUEST_KEYS.load()
    tables = private_names.DYNAMODB_TABLES.load()

    def request_keys(service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
        keys: dict[str, Any] = keys_found(service, action, body, parameters)
        match service:
            case "dynamodb":
                return keys | _leading_keys(_parsed(body), tables)
            case "events":
                return keys | _sources(_parsed(body))
        return keys

    replace_everywhere(private_names.REQUEST_KEYS, request_keys)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}


def _leading_keys(request: dict[str, Any], tables: Any) -> dict[str, Any]:
    """The partition key of each item that a request names, or of the partition that a query reads."""
    table = tables.get(request.get("TableName"))
    if table is None:
        return {}
    schemas = {index["IndexName"]: index["KeySchema"] for index in table.get("GlobalSecondaryIndexes") or []}
    schema = schemas.get(request.get("IndexName"), table["KeySchema"])
    (name,) = [key["AttributeName"] for key in schema if key["KeyType"] == "HASH"]
    item = request.get("Key") or request.get("Item")
    value = item.get(name) if item else _queried(request, name)
    return {"dynamodb:LeadingKeys": [str(each) for each in (value or {}).values()]} if value else {}


def _queried(request: dict[str, Any], name: str) -> dict[str, Any] | None:
    names = {name, *(alias for alias, meant in request.get("ExpressionAttributeNames", {}).items() if meant == name)}
    for each in names:
        found = re.search(rf"(?<![\w#]){re.escape(each)}\s*=\s*(:\w+)", request.get("KeyConditionExpression", ""))
        if found:
            value: dict[str, Any] | None = request.get("ExpressionAttributeValues", {}).get(found[1])
            return value
    return None


def _sources(request: dict[str, Any]) -> dict[str, Any]:
    """The source of an event. Several differ: then a policy that names one of them does not hold."""
    sources = sorted({entry.get("Source", "") for entry in request.get("Entries", [])})
    return {"events:source": ",".join(sources)} if sources else {}
