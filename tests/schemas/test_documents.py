"""The generated documents are up to date, and their references resolve."""

import re
from typing import Any

import yaml

from devtools.schemas import EVENTS, SCHEMAS, read_api, written_documents
from reconnect.adapters.event_bus import SOURCE
from tests.schemas.checking import faults, validator
from tests.template.template import of_type

_WRITTEN = written_documents()
_ASYNCAPI = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text())
_MESSAGES = _ASYNCAPI["components"]["messages"]
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


def test_the_service_sends_every_event_and_receives_one_request() -> None:
    sent, received = (
        {_found(ref["$ref"], _ASYNCAPI)["$ref"].rpartition("/")[2] for ref in operation["messages"]}
        for operation in (_ASYNCAPI["operations"]["publish"], _ASYNCAPI["operations"]["openSession"])
    )

    assert _ASYNCAPI["operations"]["publish"]["action"] == "send"
    assert _ASYNCAPI["operations"]["openSession"]["action"] == "receive"
    assert sent == {path.name.partition(".")[0] for path in EVENTS.iterdir()}
    assert sent | received == _MESSAGES.keys()


def test_the_bus_rule_matches_the_received_message() -> None:
    rule = of_type("AWS::Events::Rule")["RefreshRequested"]
    (received,) = _ASYNCAPI["operations"]["openSession"]["messages"]

    assert rule["EventPattern"] == {"detail-type": [received["$ref"].rpartition("/")[2]]}


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
