"""Every document that is made of others: event schemas, AsyncAPI, the API page, pictures and tables of docs/."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from devtools.schemas.doc_tables import filled_pages
from devtools.schemas.page import render_page
from devtools.schemas.workflow import render_workflow
from reconnect.adapters.event_bus import SOURCE

_PROJECT = Path(__file__).resolve().parents[3]
SCHEMAS = _PROJECT / "schemas"
EVENTS = SCHEMAS / "events"
_DOCS = _PROJECT / "docs"
_PAGE = _DOCS / "api-reference.html"
_WORKFLOW = _DOCS / "workflow.md"
_DEFINITION = _PROJECT / "statemachine" / "reconnect.asl.json"
_TEMPLATE = _PROJECT / "template.yaml"
_REFRESH_REQUESTED = "RefreshRequested"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_WRITTEN = "# Written by `make schemas` from announcements.yaml and openapi.yaml.\n"

Schema = dict[str, Any]


def written_documents() -> dict[Path, str]:
    """Every document that the command writes: its path and its text."""
    api, events, request = read_api(), _event_schemas(), _refresh_requested()
    schemas = {EVENTS / f"{name}.v1.json": schema for name, schema in events.items()}
    schemas[SCHEMAS / f"{_REFRESH_REQUESTED}.v1.json"] = request
    asyncapi = yaml.safe_dump(_asyncapi(events, request), sort_keys=False, allow_unicode=True, width=120)
    return {
        **{path: f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n" for path, schema in schemas.items()},
        SCHEMAS / "asyncapi.yaml": _WRITTEN + asyncapi,
        _PAGE: render_page(api, {**events, _REFRESH_REQUESTED: request}),
        _WORKFLOW: render_workflow(json.loads(_DEFINITION.read_text(encoding="utf-8"))),
        **filled_pages(_DOCS, _TEMPLATE, api, events),
    }


def read_api() -> Schema:
    """The OpenAPI document."""
    api: Schema = yaml.safe_load((SCHEMAS / "openapi.yaml").read_text(encoding="utf-8"))
    return api


def _event_schemas() -> dict[str, Schema]:
    """Each event's schema by its name. Each stands alone: a schema registry takes one file, without references."""
    source = yaml.safe_load((SCHEMAS / "announcements.yaml").read_text(encoding="utf-8"))
    return {name: _event_schema(name, _overlaid(source["all"], own)) for name, own in source["events"].items()}


def _event_schema(name: str, told: Schema) -> Schema:
    example = {"eventId": f"{told['example']['sessionId']}.{told['example']['sequence']}", **told.pop("example")}
    head = {"$schema": _DRAFT, "$id": f"urn:reconnect:events:{name}:v1", "title": name}
    schema: Schema = {**head, "description": told.pop("description"), **_closed(told)}
    return {**schema, "examples": [{field: example[field] for field in schema["properties"]}]}


def _overlaid(under: Any, over: Any) -> Any:
    """`over` laid over `under`, key by key."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return {**under, **{key: _overlaid(under.get(key), value) for key, value in over.items()}}


def _closed(schema: Schema) -> Schema:
    """An object has all its fields and no others; what is always null has no form."""
    if schema["type"] == "null":
        return {name: value for name, value in schema.items() if name in {"description", "type"}}
    if schema["type"] != "object":
        return schema
    properties = {name: _closed(value) for name, value in schema["properties"].items()}
    rest = {name: value for name, value in schema.items() if name != "properties"}
    return {**rest, "required": list(properties), "additionalProperties": False, "properties": properties}


def _refresh_requested() -> Schema:
    """What the bus may ask for: the same as the body of `POST /sessions`."""
    api = read_api()
    head = {"$schema": _DRAFT, "$id": f"urn:reconnect:requests:{_REFRESH_REQUESTED}:v1", "title": _REFRESH_REQUESTED}
    return {**head, **_inlined(api["components"]["schemas"]["OpenRequest"], api)}


def _inlined(node: Any, document: Schema) -> Any:
    """A part of a document with its local references replaced by what they point at."""
    if isinstance(node, list):
        return [_inlined(entry, document) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {key: _inlined(value, document) for key, value in node.items()}
    found: Any = document
    for key in node["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return _inlined({**found, **{key: value for key, value in node.items() if key != "$ref"}}, document)


def _asyncapi(events: dict[str, Schema], request: Schema) -> Schema:
    messages = {name: _message(schema, f"events/{name}.v1.json", SOURCE) for name, schema in events.items()}
    messages[_REFRESH_REQUESTED] = _message(request, f"{_REFRESH_REQUESTED}.v1.json", None)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Reconnect on Amazon EventBridge",
            "version": "1",
            "description": "What the service announces about its sessions, and how any system asks it for fresh data. "
            "Delivery is at least once: a repeat has the same `eventId`. EventBridge keeps no order; `sequence` "
            "restores it within a session.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "bus": {
                "address": "{eventBusName}",
                "description": "The stack's event bus. A message's payload is the event's `detail`; its headers are "
                "fields of the EventBridge envelope.",
                "parameters": {"eventBusName": {"description": "The stack's output `EventBusName`."}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            "publish": _operation("send", "What happened to a session.", events),
            "openSession": _operation(
                "receive",
                "The same as `POST /sessions`, but what comes too soon waits with us: it is taken at `nextAllowedAt`, "
                "unless its login is erased before.",
                [_REFRESH_REQUESTED],
            ),
        },
        "components": {"messages": messages},
    }


def _operation(action: str, summary: str, names: dict[str, Schema] | list[str]) -> Schema:
    refs: Iterator[Schema] = ({"$ref": f"#/channels/bus/messages/{name}"} for name in names)
    return {"action": action, "summary": summary, "channel": {"$ref": "#/channels/bus"}, "messages": list(refs)}


def _message(schema: Schema, path: str, source: str | None) -> Schema:
    envelope: Schema = {"detail-type": {"type": "string", "const": schema["title"]}}
    if source is not None:
        envelope |= {"source": {"type": "string", "const": source}}
    return {
        "name": schema["title"],
        "title": schema["title"],
        "summary": schema["description"],
        "headers": {"type": "object", "required": list(envelope), "properties": envelope},
        "payload": {"$ref": path},
        "examples": [{"payload": example} for example in schema["examples"]],
    }
