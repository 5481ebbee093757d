"""The answers of the endpoints match `schemas/openapi.yaml`, field by field."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.attempt import Ask
from reconnect.model.batch import Skip, Window
from reconnect.model.batch_request import BatchRequest
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus, Steering, Wanted
from reconnect.model.failures import Owner
from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.receipts import Receipt
from reconnect.model.session import Actor, Session, Status
from reconnect.runtime.service import Service
from reconnect.views.batch_progress import show_batch, show_listed_batch
from reconnect.views.batch_view import show_planned
from reconnect.views.session_view import show, show_result
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_receipt, a_session, an_attempt
from tests.fakes.clock import NOW
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings
from tests.schemas.checking import API, ENDPOINTS, api_validator, faults, resolved

_RECEIPTS = {
    "everything": a_receipt(),
    "first_success": a_receipt(comparison=None),
    "summary": a_receipt(transaction_count=None, first_date=None, last_date=None),
    "no_transactions": a_receipt(transaction_count=0, first_date=None, last_date=None),
    "no_accounts": a_receipt(fresh=False, account_count=0, result=None),
    "not_yet_read": Receipt(fresh=False, last_refresh=None),
}
_OPTIONS = {
    "usual": ReadOptions(),
    "summary": ReadOptions(summary_only=True),
    "everything": ReadOptions(
        days_of_transactions=DaysOfTransactions.DAYS_365, with_identity=True, accounts=(LOGIN_ID,)
    ),
}


def test_a_session_is_shown_as_documented_in_every_status() -> None:
    sessions = [a_session(status, correlation_ids=frozenset({"b", "a"}), next_allowed_at=NOW) for status in Status]
    shown = [view for session in sessions for view in (show(session), {**show(session), "joined": True})]

    assert [(view["status"], fault) for view in shown for fault in faults(api_validator("Session"), view)] == []


def test_a_session_with_everything_is_shown_as_documented() -> None:
    session = a_session(Status.AWAITING_USER, receipt=a_receipt(), quarantined=True, return_url="https://app.example")

    assert faults(api_validator("Session"), show(session)) == []


@pytest.mark.parametrize("receipt", _RECEIPTS.values(), ids=_RECEIPTS)
def test_a_receipt_without_some_fields_is_shown_as_documented(receipt: Receipt) -> None:
    shown = show(a_session(Status.SUCCEEDED, receipt=receipt))["receipt"]

    assert faults(api_validator("Receipt"), shown) == []


@pytest.mark.parametrize("options", _OPTIONS.values(), ids=_OPTIONS)
def test_options_are_shown_as_documented_and_can_be_sent_back(options: ReadOptions) -> None:
    shown = show(a_session(options=options))["options"]

    assert faults(api_validator("Options"), shown) == []
    assert faults(api_validator("OpenOptions"), shown) == []
    assert ReadOptions.of(shown) == options


def test_the_link_to_a_result_is_shown_as_documented() -> None:
    ports = FakePorts()
    ports.sessions.with_session(a_session(Status.SUCCEEDED, receipt=a_receipt()))

    link = Service(ports, a_settings()).read_result(SESSION_ID)

    assert faults(api_validator("ResultLink"), show_result(link)) == []


@given(
    login_ids=st.lists(st.text() | st.sampled_from([LOGIN_ID, LOGIN_ID.upper()]) | st.uuids().map(str), min_size=1),
    cap=st.integers(1, 3),
    seconds=st.integers(1, 3600),
)
def test_a_plan_is_shown_as_documented(login_ids: list[str], cap: int, seconds: int) -> None:
    service = Service(FakePorts(), a_settings())
    late = {"deadline": (NOW + timedelta(hours=1)).isoformat(), "maxPerInstitution": cap, "assumedSeconds": seconds}
    request = BatchRequest.parse({"loginIds": login_ids, **late}, NOW)

    shown = show_planned(service.plan_batch(request), request.lines, service.institutions)

    assert faults(api_validator("BatchPlan"), shown) == []


def test_batches_are_shown_and_listed_as_documented_in_every_status() -> None:
    window, banks = Window(NOW, NOW + timedelta(hours=6), 60), {"unknown": BankProgress(open=1)}
    run = BatchRun(batch_id=SESSION_ID, asked="", created_at=NOW, window=window, banks=banks)
    stored = [replace(run, status=status) for status in {*BatchStatus} - {BatchStatus.PAUSED, BatchStatus.STOPPING}]
    ended = replace(run, status=BatchStatus.FAILED, failure="SOURCE_CHANGED", finished_at=NOW, label="tonight")
    batches = [(each, Steering(each.batch_id, wanted)) for each in [*stored, ended] for wanted in Wanted]

    views = [show_batch(*each, lambda _: None, NOW) for each in batches]
    listed = [show_listed_batch(*each) for each in batches]

    assert {each["status"] for each in listed} == {*BatchStatus}
    assert [fault for view in views for fault in faults(api_validator("Batch"), view)] == []
    assert faults(api_validator("BatchPage"), {"batches": listed, "cursor": None}) == []


def test_every_field_of_an_answer_is_required_but_four() -> None:
    optional = {
        name: set(schema["properties"]) - set(schema["required"])
        for name, schema in API["components"]["schemas"].items()
        if "properties" in schema
        and name not in {"OpenRequest", "OpenOptions", "FindRequest", "BatchRequest", "Problem"}
        and name not in {"OpenBatchRequest", "AddItemsRequest"}
    }

    assert {name: fields for name, fields in optional.items() if fields} == {
        "Session": {"joined"},
        "PageView": {"connectUrl", "nextBank", "wasLast"},
    }


def test_the_documented_values_are_the_values_of_the_code() -> None:
    schemas = API["components"]["schemas"]

    assert schemas["Status"]["enum"] == [*Status]
    assert all(f"`{status}`" in schemas["Status"]["description"] for status in Status)
    assert set(schemas["NextStep"]["properties"]["owner"]["enum"]) == set(Owner)
    for name in ("OpenOptions", "Options"):
        assert schemas[name]["properties"]["daysOfTransactions"]["enum"] == [*DaysOfTransactions, None]
    assert schemas["SkippedLogins"]["properties"]["reason"]["enum"] == [*Skip]
    assert set(schemas["TimelineEntry"]["properties"]["actor"]["enum"]) == set(Actor)


def test_the_examples_of_the_endpoints_fit_their_schemas() -> None:
    contents = [
        content
        for endpoint in ENDPOINTS.values()
        for answer in map(resolved, endpoint["responses"].values())
        for content in answer.get("content", {}).values()
    ]
    shown = [
        (content["schema"], value)
        for content in contents
        for value in [
            *([content["example"]] if "example" in content else []),
            *(each["value"] for each in content.get("examples", {}).values()),
        ]
    ]

    wrong = [faults(api_validator(schema), value) for schema, value in shown]
    assert [fault for faults_of_one in wrong for fault in faults_of_one] == []


def test_the_examples_of_objects_fit_them() -> None:
    shown = {name: schema.get("examples", []) for name, schema in API["components"]["schemas"].items()}

    assert [fault for name in shown for value in shown[name] for fault in faults(api_validator(name), value)] == []


# With another bank that is known, with one that is not, and with none.
_SHOWN_OF_THE_NEXT_BANK: tuple[dict[str, Any], ...] = (
    {"nextBank": {"institution": "Desjardins", "link": "https://api.test/connect/a?led=true"}, "wasLast": False},
    {"nextBank": {"institution": None, "link": "https://api.test/connect/a?led=true&lang=fr"}, "wasLast": False},
    {"nextBank": None, "wasLast": True},
)


def _page_view(session: Session) -> dict[str, Any]:
    return Service(FakePorts(), a_settings()).connect_page.view(session)


def test_each_screen_of_the_page_is_shown_as_documented() -> None:
    asked = an_attempt(asked=Ask.SIGN_IN, asked_at=NOW, institution="FlinksCapital")
    sessions = [
        *(a_session(status, return_url="https://app.example") for status in Status),
        a_session(Status.AWAITING_USER, attempt=asked),
        a_session(Status.AWAITING_CLICK, next_allowed_at=NOW + timedelta(hours=1)),
    ]

    views = [_page_view(session) for session in sessions]
    views += [{**view, **shown} for view in views for shown in _SHOWN_OF_THE_NEXT_BANK]

    assert [fault for view in views for fault in faults(api_validator("PageView"), view)] == []
    assert {view["stage"] for view in views} == set(
        API["components"]["schemas"]["PageView"]["properties"]["stage"]["enum"]
    )
