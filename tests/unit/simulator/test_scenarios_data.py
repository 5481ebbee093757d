"""The shipped scenarios of data: odd rows, late data, data that is never ready, or no date in the first replies."""

from typing import Any

import pytest

from flinks_simulator.bank import Bank
from flinks_simulator.users import Fault, FaultKind
from tests.unit.simulator.support import Customer, scenario


def open_data(customer: Customer, login_id: str) -> str:
    request_id: str = customer.authorize(login_id, cached=True).get_json()["RequestId"]
    return request_id


def read_detail(customer: Customer, login_id: str) -> dict[str, Any]:
    """The data of a new RequestId, after the first 202."""
    request_id = open_data(customer, login_id)
    reply = customer.post("GetAccountsDetail", {"RequestId": request_id})
    while reply.status_code == 202:
        reply = customer.get(f"GetAccountsDetailAsync/{request_id}")
    body: dict[str, Any] = reply.get_json()
    return body


def counts(body: dict[str, Any]) -> list[int]:
    return [len(account["Transactions"]) for account in body["Accounts"]]


@scenario("odd_rows")
def test_some_rows_are_odd_and_the_others_are_normal(customer: Customer, login_id: str) -> None:
    first, second, third = read_detail(customer, login_id)["Accounts"]

    dates = [row["Date"] for row in first["Transactions"]]
    assert (dates[1:3], third) == ([None, ""], None)
    assert first["Transactions"][3]["Debit"] == "12,50 $"
    assert all(dates[3:])
    assert "Id" not in second
    assert second["Title"]


@scenario("one_bad_row")
def test_one_row_is_bad_each_time(customer: Customer, login_id: str) -> None:
    for _ in range(2):
        rows = [row for account in read_detail(customer, login_id)["Accounts"] for row in account["Transactions"]]
        assert [row["Date"] for row in rows].count("") == 1


@scenario("institution_object")
def test_the_institution_is_an_object(customer: Customer, login_id: str) -> None:
    body = read_detail(customer, login_id)

    assert body["Institution"] == {"Id": 999999999, "Name": "FlinksInvestment"}
    assert "InstitutionName" not in body


@scenario("cached_without_login")
def test_only_the_data_says_how_old_it_is(customer: Customer, login_id: str) -> None:
    cached = customer.authorize(login_id, cached=True).get_json()
    summary = customer.post("GetAccountsSummary", {"RequestId": cached["RequestId"]}).get_json()

    assert "Login" not in cached
    assert "Login" not in summary
    assert read_detail(customer, login_id)["Login"]["LastRefresh"]


@scenario("transactions_late")
def test_transactions_can_arrive_after_their_accounts(customer: Customer, login_id: str) -> None:
    read = [counts(read_detail(customer, login_id)) for _ in range(3)]

    assert read[:2] == [[0] * len(read[2])] * 2
    assert any(read[2])


@scenario("transactions_never")
def test_transactions_can_be_missing_for_good(customer: Customer, login_id: str) -> None:
    assert not any(count for _ in range(4) for count in counts(read_detail(customer, login_id)))


@scenario("accounts_late")
def test_accounts_can_arrive_after_an_empty_list(customer: Customer, login_id: str) -> None:
    assert [bool(read_detail(customer, login_id)["Accounts"]) for _ in range(2)] == [False, True]


@scenario("accounts_never")
def test_a_list_of_accounts_can_stay_empty(customer: Customer, login_id: str) -> None:
    assert [read_detail(customer, login_id)["Accounts"] for _ in range(3)] == [[], [], []]


@scenario("stuck_data")
def test_only_the_first_request_id_has_data_that_is_never_ready(customer: Customer, login_id: str) -> None:
    request_id = open_data(customer, login_id)
    customer.post("GetAccountsDetail", {"RequestId": request_id})

    stuck = [customer.get(f"GetAccountsDetailAsync/{request_id}").status_code for _ in range(20)]

    assert stuck == [202] * 20
    assert read_detail(customer, login_id)["Accounts"]


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("Accounts.0.Title", lambda body: body["Accounts"][0]["Title"]),
        ("Accounts.*.Balance.Current", lambda body: body["Accounts"][-1]["Balance"]["Current"]),
        ("Accounts.1", lambda body: body["Accounts"][1]),
        ("Login", lambda body: body["Login"]),
    ],
)
def test_a_fault_replaces_the_fields_at_its_path(customer: Customer, bank: Bank, path: str, changed: Any) -> None:
    login_id = bank.login_id("no_mfa")
    for call in ("detail", "detail_async"):
        bank.plan_fault(Fault(call, FaultKind.REPLACE, path=path, value={"odd": [1.50]}), login_id)

    assert changed(read_detail(customer, login_id)) == {"odd": [1.5]}


@pytest.mark.parametrize("path", ["Nothing", "Accounts.99.Title", "Accounts.Title", "Login.Id.Nothing"])
def test_a_reply_without_the_field_does_not_change(customer: Customer, bank: Bank, path: str) -> None:
    login_id = bank.login_id("no_mfa")
    before = read_detail(customer, login_id)
    for kind in (FaultKind.REMOVE, FaultKind.REPLACE):
        bank.plan_fault(Fault("detail_async", kind, path=path), login_id)

    after = read_detail(customer, login_id)

    assert {**after, "RequestId": ""} == {**before, "RequestId": ""}


def test_a_reply_meets_all_faults_that_are_planned_for_it(customer: Customer, bank: Bank) -> None:
    login_id = bank.login_id("no_mfa")
    bank.plan_fault(Fault("cached", FaultKind.REMOVE, path="Login"), login_id)
    bank.plan_fault(Fault("cached", FaultKind.REPLACE, path="Links.*", value=None))

    reply = customer.authorize(login_id, cached=True).get_json()

    assert "Login" not in reply
    assert set(reply["Links"]) == {None}
