"""Logins at several banks, and banks that refuse every live attempt for a while."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from flinks_simulator.bank import Bank
from flinks_simulator.errors import ERRORS
from tests.unit.simulator.support import Customer


def a_login(client: FlaskClient, institution_id: int) -> str:
    body = {"username": "greatday_nomfa", "institutionId": institution_id}
    return str(client.post("/simulator/logins", json=body).get_json()["LoginId"])


def switch(client: FlaskClient, institution_id: int, refusal: str | None) -> Any:
    return client.post(f"/simulator/institutions/{institution_id}", json={"refusal": refusal}).get_json()


@pytest.mark.parametrize("institution_id", [2, 14])
def test_a_login_is_at_the_bank_that_it_was_added_at(
    client: FlaskClient, customer: Customer, institution_id: int
) -> None:
    request_id = customer.authorize(a_login(client, institution_id), cached=True).get_json()["RequestId"]

    summary = customer.post("GetAccountsSummary", {"RequestId": request_id}).get_json()

    listed = {each["id"]: each["name"] for each in client.get("/simulator/institutions").get_json()}
    assert summary["InstitutionId"] == institution_id
    assert summary["Institution"] == summary["InstitutionName"] == listed[institution_id]


def test_a_bank_that_refuses_refuses_all_its_logins_and_no_others(client: FlaskClient, customer: Customer) -> None:
    sick, other = [a_login(client, 2) for _ in range(2)], a_login(client, 3)
    switch(client, 2, "RETRY_LATER")

    assert {customer.start_until_verdict(login).get_json()["FlinksCode"] for login in sick} == {"RETRY_LATER"}
    assert customer.start_until_verdict(other).status_code == 200


def test_a_bank_that_works_again_gives_fresh_data(client: FlaskClient, customer: Customer) -> None:
    login = a_login(client, 2)
    before = customer.read_last_refresh(login)
    switch(client, 2, "RETRY_LATER")
    customer.start_until_verdict(login)

    switch(client, 2, None)

    assert customer.start_until_verdict(login).status_code == 200
    assert customer.read_last_refresh(login) > before


def test_a_reset_ends_every_refusal(client: FlaskClient, bank: Bank) -> None:
    switch(client, 2, "RETRY_LATER")

    client.post("/simulator/reset")

    assert bank.refusal_of(2) is None


def test_each_bank_says_with_which_code_it_refuses(client: FlaskClient) -> None:
    refusals = {each["id"]: each["refusal"] for each in switch(client, 3, "AGGREGATION_ERROR")}

    assert refusals[3] == "AGGREGATION_ERROR"
    assert set(refusals.values()) == {None, "AGGREGATION_ERROR"}
    assert "AGGREGATION_ERROR" in ERRORS


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("institutions/99", {"refusal": None}),
        ("institutions/14", {"refusal": "NO_SUCH_CODE"}),
        ("institutions/14", {}),
        ("logins", {"username": "greatday_nomfa", "institutionId": 99}),
    ],
)
def test_a_bank_or_a_code_that_does_not_exist_is_refused(client: FlaskClient, path: str, body: Any) -> None:
    reply = client.post(f"/simulator/{path}", json=body)

    assert reply.status_code == 400
    assert reply.get_json()["message"]
