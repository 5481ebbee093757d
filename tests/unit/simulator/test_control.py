"""The simulator's own doors: logins over HTTP, and the journal tests count with."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from local.simulator.app import create_app
from local.simulator.bank import Bank
from local.simulator.users import LOGINS, ready_login_id
from tests.unit.simulator.support import Customer

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


def test_the_journal_tells_starts_from_status_calls(customer: Customer, bank: Bank) -> None:
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


def test_each_request_is_told_as_one_line_with_short_ids(bank: Bank) -> None:
    lines: list[str] = []
    customer = Customer(create_app(bank, on_request=lines.append).test_client(), bank)

    request_id = customer.start(GREATDAY).get_json()["RequestId"]
    customer.get(f"AuthorizeAsync/{request_id}")

    assert lines == [
        "POST /v3/43387ca6…/BankingServices/AuthorizeAsync 202",
        f"GET /v3/43387ca6…/BankingServices/AuthorizeAsync/{request_id[:8]}… 202",
    ]
