"""The options of the data calls, the tag, the x-api-key, and the options of the Async call."""

from dataclasses import replace
from typing import Any

import pytest

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.settings import Settings
from flinks_simulator.users import LOGINS
from tests.unit.simulator.support import Clock, Customer

NO_MFA = LOGINS["greatday_nomfa"]
DATA_CALLS = ["GetAccountsSummary", "GetAccountsDetail", "GetStatements"]


@pytest.fixture
def customer(clock: Clock) -> Customer:
    bank = Bank(Settings(seed=7, detail_pending=0), clock)
    return Customer(create_app(bank).test_client(), bank)


@pytest.fixture
def request_id(customer: Customer) -> str:
    text: str = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]
    return text


def read_accounts(customer: Customer, operation: str, request_id: str, **options: Any) -> list[dict[str, Any]]:
    reply = customer.post(operation, {"RequestId": request_id, **options})
    assert reply.status_code == 200
    accounts: list[dict[str, Any]] = reply.get_json()["Accounts"]
    return accounts


def count_rows(accounts: list[dict[str, Any]]) -> int:
    return sum(len(each["Transactions"]) for each in accounts)


def test_a_year_of_transactions_is_returned_on_request(customer: Customer, request_id: str) -> None:
    default = read_accounts(customer, "GetAccountsDetail", request_id)
    short = read_accounts(customer, "GetAccountsDetail", request_id, DaysOfTransactions="Days90")
    long = read_accounts(customer, "GetAccountsDetail", request_id, DaysOfTransactions="Days365")

    assert default == short
    assert count_rows(long) > 3 * count_rows(short)


@pytest.mark.parametrize(
    "options",
    [
        {"DaysOfTransactions": "Days360"},
        {"DaysOfTransactions": 90},
        {"WithTransactions": "yes"},
        {"AccountsFilter": "all"},
        {"AccountsFilter": [14]},
        {"NumberOfBankingStatements": "Months6"},
    ],
)
def test_an_undocumented_option_is_an_invalid_request(
    customer: Customer, request_id: str, options: dict[str, Any]
) -> None:
    reply = customer.post("GetAccountsDetail", {"RequestId": request_id, **options})

    assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, "INVALID_REQUEST")


def test_fields_that_are_turned_off_are_null_or_empty(customer: Customer, request_id: str) -> None:
    off = {"WithAccountIdentity": False, "WithKYC": False, "WithTransactions": False}

    for account in read_accounts(customer, "GetAccountsDetail", request_id, **off):
        assert account["Transactions"] == []
        assert [account[name] for name in ("TransitNumber", "InstitutionNumber", "AccountNumber", "Holder")] == [
            None
        ] * 4
        assert account["Balance"]["Current"] is not None


def test_a_summary_omits_balance_and_identity_on_request(customer: Customer, request_id: str) -> None:
    off = {"WithBalance": False, "WithAccountIdentity": False}

    full = read_accounts(customer, "GetAccountsSummary", request_id)
    for account, before in zip(read_accounts(customer, "GetAccountsSummary", request_id, **off), full, strict=True):
        assert account.keys() == before.keys()
        assert (account["Balance"], account["AccountNumber"]) == (None, None)


def test_the_filter_keeps_the_accounts_it_names(customer: Customer, request_id: str) -> None:
    chequing, _, card = read_accounts(customer, "GetAccountsDetail", request_id)

    kept = read_accounts(customer, "GetAccountsDetail", request_id, AccountsFilter=[card["Id"], chequing["Id"]])
    unknown = read_accounts(customer, "GetAccountsDetail", request_id, AccountsFilter=["of somebody else"])
    empty = read_accounts(customer, "GetAccountsDetail", request_id, AccountsFilter=[])

    assert (kept, unknown, len(empty)) == ([chequing, card], [], 3)


def test_accounts_chosen_in_connect_limit_what_the_session_reads(customer: Customer, request_id: str) -> None:
    chequing, savings, card = (each["Id"] for each in read_accounts(customer, "GetAccountsSummary", request_id))
    customer.bank.choose_accounts(request_id, (chequing, savings))

    seen = read_accounts(customer, "GetAccountsSummary", request_id)
    filtered = read_accounts(customer, "GetAccountsDetail", request_id, AccountsFilter=[savings, card])

    assert [each["Id"] for each in seen] == [chequing, savings]
    assert [each["Id"] for each in filtered] == [savings]


def test_the_async_reply_keeps_the_options_of_the_first_call(clock: Clock) -> None:
    bank = Bank(Settings(seed=7, detail_pending=1), clock)
    customer = Customer(create_app(bank).test_client(), bank)
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]
    body = {"RequestId": request_id, "DaysOfTransactions": "Days365", "WithKYC": False}
    assert customer.post("GetAccountsDetail", body).status_code == 202

    later = customer.get(f"GetAccountsDetailAsync/{request_id}").get_json()

    assert later == customer.post("GetAccountsDetail", body).get_json()
    assert later["Accounts"][0]["Holder"] is None


def test_statements_come_with_the_detail_on_request(customer: Customer, request_id: str) -> None:
    options = {"WithDetailsAndBankingStatements": True, "NumberOfBankingStatements": "MostRecent"}

    body = customer.post("GetAccountsDetail", {"RequestId": request_id, **options}).get_json()

    assert [len(each["Statements"]) for each in body["StatementsByAccount"]] == [1, 1, 1]
    assert "StatementsByAccount" not in customer.post("GetAccountsDetail", {"RequestId": request_id}).get_json()


@pytest.mark.parametrize("cached", [True, False])
def test_the_tag_of_authorize_is_echoed_by_every_reply_of_the_session(customer: Customer, cached: bool) -> None:
    body = {"LoginId": NO_MFA, "MostRecentCached": cached, "Tag": "order-14"}
    authorized = customer.post("Authorize", body, customer.bank.issue_token()).get_json()

    replies = [customer.post(each, {"RequestId": authorized["RequestId"]}).get_json() for each in DATA_CALLS]

    assert {each["Tag"] for each in (authorized, *replies)} == {"order-14"}


def test_without_a_tag_there_is_no_tag(customer: Customer, request_id: str) -> None:
    assert "Tag" not in customer.post("GetAccountsSummary", {"RequestId": request_id}).get_json()


def test_a_behaviour_sets_the_number_of_accounts_and_transactions(customer: Customer) -> None:
    login = customer.bank.find_login(customer.bank.add_login("greatday_nomfa"))
    login.behaviour = replace(login.behaviour, accounts=5, transactions=2_000)
    request_id = customer.authorize(login.login_id, cached=True).get_json()["RequestId"]

    accounts = read_accounts(customer, "GetAccountsDetail", request_id, DaysOfTransactions="Days365")

    assert len(accounts) == 5
    assert count_rows(accounts) == pytest.approx(2_000, rel=0.25)


def test_the_same_person_has_the_same_accounts_in_every_run_of_one_seed(clock: Clock) -> None:
    def read_ids(seed: int) -> list[str]:
        bank = Bank(Settings(seed=seed, detail_pending=0), clock)
        customer = Customer(create_app(bank).test_client(), bank)
        request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]
        return [each["Id"] for each in read_accounts(customer, "GetAccountsDetail", request_id)]

    assert read_ids(1) == read_ids(1) != read_ids(2)


@pytest.mark.parametrize("operation", DATA_CALLS)
@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"x-api-key": "wrong"}, 401), ({"x-api-key": "k"}, 200)])
def test_an_instance_with_an_api_key_requires_it_on_every_data_call(
    clock: Clock, operation: str, headers: dict[str, str], status: int
) -> None:
    bank = Bank(Settings(x_api_key="k", detail_pending=0), clock)
    customer = Customer(create_app(bank).test_client(), bank)
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]

    first = customer.client.post(f"{customer.base}/{operation}", json={"RequestId": request_id}, headers=headers)
    again = customer.client.get(f"{customer.base}/{operation}Async/{request_id}", headers=headers)

    assert [first.status_code, again.status_code] == [status, status]
    if status == 401:
        assert first.get_json()["FlinksCode"] == again.get_json()["FlinksCode"] == "ACCESS_DENIED"
