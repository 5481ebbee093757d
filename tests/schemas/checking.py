"""How values are checked against the contracts in `schemas/`."""

import json
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jsonschema_rs

from devtools.schemas import EVENTS, read_api

Schema = dict[str, Any]

API = read_api()
ENDPOINTS: dict[str, Schema] = {
    f"{method.upper()} {path}": operation
    for path, item in API["paths"].items()
    for method, operation in item.items()
    if method in {"get", "head", "post", "put", "patch", "delete"}
}


def resolved(node: Schema) -> Schema:
    """The target of a reference in the API's document, or the node itself."""
    if "$ref" not in node:
        return node
    found: Any = API
    for key in node["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return dict(found)


def validator(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    """A validator that checks formats too."""
    formats = {"iana-time-zone": _is_time_zone}
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, ignore_unknown_formats=False, formats=formats
    )


def event_schema(name: str) -> Schema:
    """The schema of an event by its detail-type."""
    schema: Schema = json.loads((EVENTS / f"{name}.v1.json").read_text())
    return schema


def api_validator(schema: Schema | str) -> jsonschema_rs.Draft202012Validator:
    """A validator by a schema or an object's name; undocumented fields are faults."""
    where = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return validator({**closed(where), "components": closed(API)["components"]})


def closed(node: Any) -> Any:
    """A document in which no object allows further fields: callers must accept new ones, but we document them."""
    if isinstance(node, list):
        return [closed(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    inner = {key: closed(value) for key, value in node.items()}
    return {"additionalProperties": False, **inner} if node.get("type") == "object" and "properties" in node else inner


def faults(checked: jsonschema_rs.Draft202012Validator, value: Any) -> list[str]:
    """The faults of a value, one sentence each."""
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in checked.iter_errors(value)]


def _is_time_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
