"""The generated documents are up to date, and their references resolve."""

import json
import re
from typing import Any

import pytest
import yaml

from devtools.schemas import EVENTS, SCHEMAS, read_api, written_documents
from reconnect.adapters.event_bus import SOURCE
from tests.schemas.checking import faults, validator
from tests.template.template import of_type

_WRITTEN = written_documents()
_ASYNCAPI = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text())
_MESSAGES = _ASYNCAPI["components"]["messages"]
_PAYLOADS = SCHEMAS.parent / "events"
# What any system may put on the bus, with a real event of each.
_REQUESTS = {
    "RefreshRequested": _PAYLOADS / "open_session" / "bus_refresh_requested.json",
    "BatchRequested": _PAYLOADS / "open_batch" / "bus_batch_requested.json",
}
_PAGE = (SCHEMAS.parent / "docs" / "api-reference.html").read_text()


def test_each_generated_document_is_up_to_date() -> None:
    assert [path.name for path, text in _WRITTEN.items() if path.read_text() != text] == []


def test_every_schema_file_is_generated() -> None:
    assert {*EVENTS.iterdir(), *SCHEMAS.glob("*.json")} == {path for path in _WRITTEN if path.suffix == ".json"}


def test_every_schema_has_a_message_on_the_bus_that_refers_to_it() -> None:
    files = {name: (SCHEMAS / message["payload"]["$ref"]) for name, message in _MESSAGES.items()}

    assert set(files.values()) == {path for path in _WRITTEN if path.suffix == ".json"}
    assert all(path.name == f"{name}.v1.json" for name, path in files.items())
    assert _ASYNCAPI["channels"]["bus"]["messages"].keys() == _MESSAGES.keys()


def test_every_reference_in_the_document_resolves() -> None:
    local = [ref for ref in _refs(_ASYNCAPI) if ref.startswith("#/")]

    assert local
    assert all(_found(ref, _ASYNCAPI) for ref in local)


def test_the_service_sends_every_event_and_receives_every_request() -> None:
    operations = dict(_ASYNCAPI["operations"])
    sent = _messages_of(operations.pop("publish"), "send")
    received = [name for operation in operations.values() for name in _messages_of(operation, "receive")]

    assert sorted(sent) == sorted(path.name.partition(".")[0] for path in EVENTS.iterdir())
    assert sorted(received) == sorted(_REQUESTS)
    assert {*sent, *received} == _MESSAGES.keys()


def test_each_bus_rule_that_takes_requests_matches_a_received_message() -> None:
    rules = of_type("AWS::Events::Rule")

    assert {name: rules[name]["EventPattern"] for name in _REQUESTS} == {
        name: {"detail-type": [name]} for name in _REQUESTS
    }
    assert {name for name, rule in rules.items() if "EventBusName" in rule} == set(_REQUESTS)


@pytest.mark.parametrize("name", _REQUESTS)
def test_a_real_request_on_the_bus_fits_the_schema_of_its_name(name: str) -> None:
    detail = json.loads(_REQUESTS[name].read_text())["detail"]
    schema = validator(json.loads((SCHEMAS / f"{name}.v1.json").read_text()))

    assert faults(schema, detail) == []
    assert faults(schema, {**detail, "another": 1}) != []


def test_each_message_documents_its_envelope_and_an_example() -> None:
    for name, message in _MESSAGES.items():
        envelope = {"detail-type": name, "source": SOURCE}

        assert faults(validator(message["headers"]), envelope) == [], name
        assert faults(validator(message["headers"]), {**envelope, "detail-type": "Another"}) != [], name
        assert [set(example) for example in message["examples"]] == [{"payload"}], name


def test_the_page_needs_no_network_and_runs_no_script() -> None:
    loads = re.findall(r"<(?:script|link|img|iframe)\b|\bsrc=|@import|url\(", _PAGE)

    assert loads == []


def test_the_page_shows_every_endpoint_object_and_event() -> None:
    api = read_api()
    endpoints = {
        operation["operationId"]
        for item in api["paths"].values()
        for operation in item.values()
        if "operationId" in operation
    }
    anchors = {*endpoints, *api["components"]["schemas"], *(f"event-{name}" for name in _MESSAGES)}

    assert [anchor for anchor in anchors if f'id="{anchor}"' not in _PAGE] == []
    assert set(re.findall(r'href="#([^"]+)"', _PAGE)) <= set(re.findall(r'id="([^"]+)"', _PAGE))


def _messages_of(operation: dict[str, Any], action: str) -> list[str]:
    assert operation["action"] == action
    return [_found(ref["$ref"], _ASYNCAPI)["$ref"].rpartition("/")[2] for ref in operation["messages"]]


def _refs(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for entry in node for ref in _refs(entry)]
    if not isinstance(node, dict):
        return []
    return [*([node["$ref"]] if "$ref" in node else []), *(ref for value in node.values() for ref in _refs(value))]


def _found(ref: str, document: Any) -> Any:
    for key in ref.removeprefix("#/").split("/"):
        document = document[key]
    return document
