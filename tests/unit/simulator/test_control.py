"""The simulator's own endpoints: logins, clock and faults over HTTP, and the journal."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.users import LOGINS, Fault, FaultKind, ready_login_id
from tests.unit.simulator.support import Clock, Customer

GREATDAY = LOGINS["Greatday"]


def test_another_process_can_list_and_add_logins(client: FlaskClient, customer: Customer) -> None:
    added = client.post("/simulator/logins", json={"username": "Greatday"})

    listed = client.get("/simulator/logins").get_json()

    assert added.status_code == 201
    assert {"username": "Greatday", "LoginId": GREATDAY} in listed
    assert added.get_json() in listed
    assert customer.start(added.get_json()["LoginId"]).status_code == 202


@pytest.mark.parametrize("body", [{"username": "nobody"}, {"username": 14}, [], {}])
def test_a_login_that_cannot_be_added_is_explained(client: FlaskClient, body: Any) -> None:
    reply = client.post("/simulator/logins", json=body)

    assert reply.status_code == 400
    assert reply.get_json()["message"]


def test_the_journal_distinguishes_starts_from_status_calls(customer: Customer, bank: Bank) -> None:
    request_id = customer.start_until_asked(GREATDAY)
    customer.get(f"AuthorizeAsync/{request_id}")

    actions = [entry.action for entry in bank.journal if entry.login_id == GREATDAY]

    assert actions == ["start", "status", "status", "status"]


def test_the_journal_holds_path_templates_and_no_request_ids(
    client: FlaskClient, customer: Customer, bank: Bank
) -> None:
    request_id = customer.start_until_asked(GREATDAY)
    customer.get(f"AuthorizeAsync/{request_id}")

    last = client.get("/simulator/journal").get_json()[-1]

    assert last.pop("seconds") > 0
    assert last == {
        "method": "GET",
        "path": "/v3/{customer_id}/BankingServices/AuthorizeAsync/{request_id}",
        "status": 203,
        "action": "status",
        "username": "Greatday",
        "login_id": GREATDAY,
        "at": bank.clock().isoformat(),
        "fields": [],
        "headers": ["host", "user-agent"],
    }
    assert request_id not in str(bank.journal)


def test_a_refused_start_is_in_the_journal_too(customer: Customer, bank: Bank) -> None:
    customer.start(ready_login_id("sim_html"))
    customer.start(GREATDAY)
    customer.start(GREATDAY)

    assert [(each.action, each.status) for each in bank.journal] == [
        ("start", 502),
        ("start", 202),
        ("start", 401),
    ]


def test_the_journal_names_fields_and_headers_but_keeps_no_values(customer: Customer, bank: Bank) -> None:
    customer.start(GREATDAY)

    entry = bank.journal.of(GREATDAY)[0]

    assert entry.fields == ("LoginId", "MostRecentCached", "Save")
    assert {"flinks-auth-key", "content-type"} <= set(entry.headers)


def test_the_journal_can_be_asked_about_one_login(client: FlaskClient, customer: Customer, bank: Bank) -> None:
    other = bank.add_login("Greatday")
    customer.start_until_asked(GREATDAY)
    customer.start(other)

    listed = client.get("/simulator/journal", query_string={"login_id": other}).get_json()

    assert [each["action"] for each in listed] == ["start"]
    assert [bank.journal.count("start", login_id=each) for each in (GREATDAY, other, None)] == [1, 1, 2]


def test_each_request_is_reported_as_one_line_with_short_ids(bank: Bank) -> None:
    lines: list[str] = []
    customer = Customer(create_app(bank, on_request=lines.append).test_client(), bank)

    request_id = customer.start(GREATDAY).get_json()["RequestId"]
    customer.get(f"AuthorizeAsync/{request_id}")

    assert lines == [
        "POST /v3/43387ca6…/BankingServices/AuthorizeAsync 202",
        f"GET /v3/43387ca6…/BankingServices/AuthorizeAsync/{request_id[:8]}… 202",
    ]


def test_the_line_of_a_request_that_met_a_fault_names_the_fault(bank: Bank) -> None:
    lines: list[str] = []

    Customer(create_app(bank, on_request=lines.append).test_client(), bank).start(ready_login_id("sim_html"))

    assert lines == ["POST /v3/43387ca6…/BankingServices/AuthorizeAsync 502 (html_502)"]


def test_another_process_can_advance_the_clock(client: FlaskClient, customer: Customer, clock: Clock) -> None:
    request_id = customer.start_until_asked(GREATDAY)
    before = client.get("/simulator/clock").get_json()

    after = client.post("/simulator/clock", json={"advance_seconds": 480}).get_json()

    assert (before["ahead_seconds"], after["ahead_seconds"]) == (0, 480)
    assert after["now"] == clock.now.isoformat()
    assert customer.poll(request_id).get_json()["FlinksCode"] == "SESSION_NONEXISTENT"


@pytest.mark.parametrize(
    "body", ['{"advance_seconds": -1}', '{"advance_seconds": true}', '{"advance_seconds": NaN}', "{}", "[]", "480"]
)
def test_an_invalid_advance_leaves_the_clock_alone(client: FlaskClient, body: str) -> None:
    reply = client.post("/simulator/clock", data=body, content_type="application/json")

    assert reply.status_code == 400
    assert "advance_seconds" in reply.get_json()["message"]
    assert client.get("/simulator/clock").get_json()["ahead_seconds"] == 0


def test_another_process_can_plan_a_fault(client: FlaskClient, customer: Customer) -> None:
    planned = client.post("/simulator/faults", json={"call": "token", "kind": "throttled", "times": 1})

    assert planned.status_code == 201
    assert [customer.mint_token().status_code for _ in range(2)] == [401, 200]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"call": "token"}', "kind: this field is missing"),
        ('{"call": "tokens", "kind": "hang"}', "call: found 'tokens'; allowed: start, "),
        ("{", "this is not YAML"),
        ("", "the document is empty"),
    ],
)
def test_a_fault_that_cannot_be_planned_is_explained(client: FlaskClient, body: str, message: str) -> None:
    reply = client.post("/simulator/faults", data=body)

    assert reply.status_code == 400
    assert reply.get_json()["message"].startswith(message)


def test_another_process_can_list_the_scenarios(client: FlaskClient) -> None:
    listed = client.get("/simulator/scenarios").get_json()

    assert {each["name"] for each in listed} >= {"Greatday", "mfa", "sim_html"}
    assert all(each["description"] for each in listed)


def test_a_reset_restores_the_initial_state(client: FlaskClient, customer: Customer, bank: Bank) -> None:
    first_token = bank.issue_token()
    bank.plan_fault(Fault("token", FaultKind.SERVER_ERROR))
    added = bank.add_login("Greatday")
    customer.start_until_asked(GREATDAY)
    bank.clock.advance(hours=1)

    assert client.post("/simulator/reset").status_code == 204

    assert len(bank.journal) == 0
    assert added not in {each.login_id for each in bank.logins()}
    assert bank.clock.ahead.total_seconds() == 0
    assert bank.issue_token() == first_token
    assert customer.mint_token().status_code == 200
    assert customer.start(GREATDAY).status_code == 202


def test_functions_in_on_reset_are_called_by_a_reset(bank: Bank) -> None:
    called: list[str] = []
    bank.on_reset.append(lambda: called.append("reset"))

    bank.reset()

    assert called == ["reset"]
