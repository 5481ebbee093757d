"""Every document that is made of others: event schemas, AsyncAPI, the API page, pictures and tables of docs/."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from devtools.schemas.doc_tables import filled_pages
from devtools.schemas.page import render_page
from devtools.schemas.type_files import python_types, typescript_types
from devtools.schemas.workflow import render_workflow
from reconnect.adapters.event_bus import SOURCE

_PROJECT = Path(__file__).resolve().parents[3]
SCHEMAS = _PROJECT / "schemas"
EVENTS = SCHEMAS / "events"
_DOCS = _PROJECT / "docs"
_PAGE = _DOCS / "api-reference.html"
_WORKFLOW = _DOCS / "workflow.md"
_CLIENT_TYPES = _PROJECT / "client" / "src" / "reconnect_client" / "types.py"
_DEFINITION = _PROJECT / "statemachine" / "reconnect.asl.json"
_TEMPLATE = _PROJECT / "template.yaml"
# The requests on the bus, and the objects of the API that they hold.
_REQUESTS = {"RefreshRequested": "OpenRequest", "BatchRequested": "OpenBatchRequest"}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_WRITTEN = "# Written by `make schemas` from announcements.yaml and openapi.yaml.\n"

Schema = dict[str, Any]


def written_documents() -> dict[Path, str]:
    """Return every generated document: its path and its text."""
    api, events = read_api(), _event_schemas()
    requests = {name: _request_schema(name, held, api) for name, held in _REQUESTS.items()}
    schemas = {EVENTS / f"{name}.v1.json": schema for name, schema in events.items()}
    schemas |= {SCHEMAS / f"{name}.v1.json": schema for name, schema in requests.items()}
    asyncapi = yaml.safe_dump(_asyncapi(events, requests), sort_keys=False, allow_unicode=True, width=120)
    return {
        **{path: f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n" for path, schema in schemas.items()},
        SCHEMAS / "asyncapi.yaml": _WRITTEN + asyncapi,
        _PAGE: render_page(api, {**events, **requests}),
        SCHEMAS / "types.d.ts": typescript_types(api),
        _CLIENT_TYPES: python_types(api),
        _WORKFLOW: render_workflow(json.loads(_DEFINITION.read_text(encoding="utf-8"))),
        **filled_pages(_DOCS, _TEMPLATE, api, events),
    }


def read_api() -> Schema:
    """Return the OpenAPI document."""
    api: Schema = yaml.safe_load((SCHEMAS / "openapi.yaml").read_text(encoding="utf-8"))
    return api


def _event_schemas() -> dict[str, Schema]:
    """Each event's schema by its name, without references: a schema registry accepts only a single file."""
    source = yaml.safe_load((SCHEMAS / "announcements.yaml").read_text(encoding="utf-8"))
    of_sessions = {name: _of_session(_overlaid(source["all"], own)) for name, own in source["events"].items()}
    return {name: _event_schema(name, each) for name, each in {**of_sessions, **source["others"]}.items()}


def _of_session(source: Schema) -> Schema:
    example = source["example"]
    return {**source, "example": {"eventId": f"{example['sessionId']}.{example['sequence']}", **example}}


def _event_schema(name: str, source: Schema) -> Schema:
    example = source.pop("example")
    head = {"$schema": _DRAFT, "$id": f"urn:reconnect:events:{name}:v1", "title": name}
    schema: Schema = {**head, "description": source.pop("description"), **_closed(source)}
    return {**schema, "examples": [{field: example[field] for field in schema["properties"]}]}


def _overlaid(under: Any, over: Any) -> Any:
    """Merge `over` into `under`, key by key."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return {**under, **{key: _overlaid(under.get(key), value) for key, value in over.items()}}


def _closed(schema: Schema) -> Schema:
    """Require an object's fields, except `optional` ones, and allow no others; what is always null has no format."""
    if schema["type"] == "null":
        return {name: value for name, value in schema.items() if name in {"description", "type"}}
    if "object" not in schema["type"] or "properties" not in schema:
        return schema
    properties = {name: _closed(value) for name, value in schema["properties"].items()}
    rest = {name: value for name, value in schema.items() if name not in {"properties", "optional"}}
    required = [name for name in properties if name not in schema.get("optional", ())]
    return {**rest, "required": required, "additionalProperties": False, "properties": properties}


def _request_schema(name: str, held: str, api: Schema) -> Schema:
    """The schema of a request on the bus: the same as the body of the endpoint that takes the object `held`."""
    head = {"$schema": _DRAFT, "$id": f"urn:reconnect:requests:{name}:v1", "title": name}
    return {**head, **_inlined(api["components"]["schemas"][held], api)}


def _inlined(node: Any, document: Schema) -> Any:
    """A part of a document with its local references replaced by their targets."""
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


def _asyncapi(events: dict[str, Schema], requests: dict[str, Schema]) -> Schema:
    messages = {name: _message(schema, f"events/{name}.v1.json", SOURCE) for name, schema in events.items()}
    messages |= {name: _message(schema, f"{name}.v1.json", None) for name, schema in requests.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Reconnect on Amazon EventBridge",
            "version": "1",
            "description": "The events that the service publishes about its sessions and batches, and the requests for "
            "fresh data and for batches that any system may send. Delivery is at least once: a repeat has the same "
            "`eventId`. EventBridge keeps no order; `sequence` restores it within a session.",
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
            "publish": _operation("send", "What happened to a session or a batch.", events),
            "openSession": _operation(
                "receive",
                "The same as `POST /sessions`, but a request that comes too soon is kept and runs at `nextAllowedAt`, "
                "unless its login is erased before.",
                ["RefreshRequested"],
            ),
            "openBatch": _operation(
                "receive",
                "The same as `POST /batches`, once for each event. A list that is too long for an event is an object, "
                "which `source` names.",
                ["BatchRequested"],
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
