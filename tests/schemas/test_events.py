"""Every published event matches its schema, and every event has one."""

import json
from collections.abc import Callable
from datetime import timedelta

import jsonschema_rs
import pytest

from devtools.schemas import EVENTS, SCHEMAS
from reconnect.model.batch import Window
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus
from reconnect.model.failures import Owner
from reconnect.model.session import Status
from reconnect.views.batch_report import finished_detail
from reconnect.views.event_detail import VERSION
from tests.fakes.builders import (
    AUTHORIZE_TOKEN,
    DATA_REQUEST_ID,
    LOGIN_ID,
    REQUEST_ID,
    SESSION_ID,
    TASK_TOKEN,
    an_account,
)
from tests.fakes.clock import NOW
from tests.schemas.checking import Schema, event_schema, faults, validator
from tests.schemas.event_types import event_types_in_source
from tests.schemas.journeys import ANOTHER_LOGIN_ID, JOURNEYS, World

_NAMES = sorted(path.name.partition(".")[0] for path in EVENTS.iterdir())
# A session's event is part of a write of its record; a batch's is published on its own.
_OF_BATCHES = {"BatchFinished"}
_OF_SESSIONS = [name for name in _NAMES if name not in _OF_BATCHES]
_FILES = [*sorted(EVENTS.iterdir()), *sorted(SCHEMAS.glob("*.json"))]
A_BALANCE = "1234.5"
_PRIVATE = (
    LOGIN_ID,
    ANOTHER_LOGIN_ID,
    REQUEST_ID,
    DATA_REQUEST_ID,
    TASK_TOKEN,
    AUTHORIZE_TOKEN,
    "connect.test",
    str(an_account().account_id),
    A_BALANCE,
)


def test_every_event_in_the_code_has_a_schema_and_every_schema_an_event() -> None:
    assert event_types_in_source() == set(_OF_SESSIONS)


def test_every_event_is_published_by_a_journey() -> None:
    assert set(JOURNEYS.values()) == set(_OF_SESSIONS)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_a_published_event_fits_the_schema_of_its_name(journey: Callable[[], World]) -> None:
    (event,) = journey().published()

    assert (event["Source"], event["DetailType"]) == ("reconnect", JOURNEYS[journey])
    assert faults(validator(event_schema(event["DetailType"])), event["Detail"]) == []


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_no_event_contains_personal_data(journey: Callable[[], World]) -> None:
    world = journey()
    (event,) = world.published()

    text = json.dumps(event)
    leading_to_data = [result_id for _, result_id in world.results.documents]
    assert [private for private in (*_PRIVATE, *leading_to_data) if private in text] == []


@pytest.mark.parametrize("failure", [None, "SOURCE_CHANGED"])
def test_the_event_of_a_batch_fits_its_schema(failure: str | None) -> None:
    status = BatchStatus.FAILED if failure else BatchStatus.FINISHED
    run = BatchRun(
        batch_id=SESSION_ID,
        asked="",
        created_at=NOW,
        window=Window(NOW, NOW + timedelta(hours=6), 60),
        status=status,
        label="night",
        banks={"7": BankProgress(ended=2, succeeded=1, parked=1, endings={"SUCCEEDED": 1, "RETRY_LATER": 1})},
        items=3,
        finished_at=NOW,
        failure=failure,
        report_key=None if failure else "batches/reports/a.jsonl",
    )

    event = {"eventId": f"{run.batch_id}-{status}", **finished_detail(run)}

    assert faults(validator(event_schema("BatchFinished")), event) == []
    assert event["wasKept"] is (failure is None)


def test_events_carry_their_time_and_their_order() -> None:
    world = next(journey for journey, name in JOURNEYS.items() if name == "LoginChanged")()
    world.clock.turn(minutes=1)
    world.service.stop_session(world.sessions.all[0].session_id, "CANCELLED")

    first, second = (event["Detail"] for event in world.published())

    assert first["occurredAt"] < second["occurredAt"]
    assert first["sequence"] < second["sequence"]
    assert [event["eventId"] for event in (first, second)] == [
        f"{event['sessionId']}.{event['sequence']}" for event in (first, second)
    ]


def test_a_corrected_session_has_no_next_step() -> None:
    world = next(journey for journey, name in JOURNEYS.items() if name == "SessionCorrected")()

    (event,) = world.published()

    assert event["Detail"]["nextStep"]["owner"] == Owner.NOBODY
    assert (event["Detail"]["status"], event["Detail"]["failureCode"]) == (Status.EXPIRED, "DISABLED_LOGIN")


def test_each_schema_is_valid_and_its_examples_fit() -> None:
    schemas = {path.name.partition(".")[0]: json.loads(path.read_text()) for path in _FILES}

    assert [name for name, schema in schemas.items() if not jsonschema_rs.meta.is_valid(schema)] == []
    assert [name for name, schema in schemas.items() if schema["title"] != name or not schema["examples"]] == []
    examples = [(schema, example) for schema in schemas.values() for example in schema["examples"]]
    assert [fault for schema, example in examples for fault in faults(validator(schema), example)] == []


# What events of release 0.1.0 lack.
_ADDED_SINCE = {"institution"}


def test_each_event_schema_is_strict_and_explains_every_field() -> None:
    objects = [(name, schema) for name in _NAMES for schema in _objects(event_schema(name))]

    assert [name for name, schema in objects if schema["additionalProperties"] is not False] == []
    optional = {field for _, schema in objects for field in set(schema["properties"]) - set(schema["required"])}
    assert optional == _ADDED_SINCE
    fields = [(name, field, rules) for name, schema in objects for field, rules in schema["properties"].items()]
    assert [(name, field) for name, field, rules in fields if not rules.get("description")] == []


@pytest.mark.parametrize("name", _NAMES)
def test_each_event_schema_means_the_same_in_draft_4_of_eventbridge(name: str) -> None:
    schema = {**event_schema(name), "$schema": "http://json-schema.org/draft-04/schema#"}
    (example,) = schema["examples"]

    jsonschema_rs.meta.validate(schema)
    old = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
    assert old.is_valid(example)
    for field in schema["properties"]:
        assert not old.is_valid({**example, field: {"something": "else"}})
        without = {other: value for other, value in example.items() if other != field}
        assert old.is_valid(without) is (field in _ADDED_SINCE)
    assert "$ref" not in json.dumps(schema)


def test_each_event_schema_has_its_version_in_id_and_events() -> None:
    schemas = {name: event_schema(name) for name in _NAMES}

    assert [name for name, schema in schemas.items() if not schema["$id"].endswith(f":v{VERSION}")] == []
    assert [name for name, schema in schemas.items() if schema["properties"]["version"]["enum"] != [VERSION]] == []


def test_the_schemas_list_the_statuses_and_owners_of_the_code() -> None:
    statuses = {status for name in _OF_SESSIONS for status in event_schema(name)["properties"]["status"]["enum"]}
    owners = {
        owner
        for name in _OF_SESSIONS
        for owner in event_schema(name)["properties"]["nextStep"]["properties"]["owner"]["enum"]
    }

    assert statuses == set(Status)
    assert owners == set(Owner)


def _objects(schema: Schema) -> list[Schema]:
    # A map has names of no one's choice.
    if "object" not in schema.get("type", "") or "properties" not in schema:
        return []
    return [schema, *(inner for field in schema["properties"].values() for inner in _objects(field))]
