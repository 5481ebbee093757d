"""Bank statements: one PDF for each account and month, at once or after a 202."""

import base64
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from flinks_simulator.app import create_app
from flinks_simulator.bank import Bank
from flinks_simulator.data import make_detail
from flinks_simulator.settings import Settings
from flinks_simulator.statements import make_pdf, make_statements
from flinks_simulator.users import LOGINS
from tests.unit.simulator.support import Clock, Customer

NO_MFA = LOGINS["greatday_nomfa"]


@pytest.fixture
def request_id(customer: Customer) -> str:
    text: str = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]
    return text


def read_statements(customer: Customer, request_id: str, **options: Any) -> list[dict[str, Any]]:
    reply = customer.post("GetStatements", {"RequestId": request_id, **options})
    assert reply.status_code == 200
    accounts: list[dict[str, Any]] = reply.get_json()["StatementsByAccount"]
    return accounts


@pytest.mark.parametrize(
    ("options", "months"),
    [
        ({}, 3),
        *(({"NumberOfStatements": name}, n) for name, n in [("MostRecent", 1), ("Months3", 3), ("Months12", 12)]),
    ],
)
def test_each_account_has_as_many_statements_as_asked_for(
    customer: Customer, request_id: str, options: dict[str, str], months: int
) -> None:
    accounts = read_statements(customer, request_id, **options)

    assert [len(each["Statements"]) for each in accounts] == [months] * 3


def test_a_statement_is_a_pdf_with_an_id_of_its_own(customer: Customer, request_id: str) -> None:
    statements = [each for account in read_statements(customer, request_id) for each in account["Statements"]]

    assert len({each["UniqueId"] for each in statements}) == len(statements)
    for statement in statements:
        assert statement.keys() == {"UniqueId", "FileType", "Base64Bytes"}
        assert statement["FileType"] == "PDF"
        pdf = base64.b64decode(statement["Base64Bytes"])
        assert pdf.startswith(b"%PDF-1.") and pdf.endswith(b"%%EOF\n")


def test_every_object_of_the_pdf_is_where_its_table_says() -> None:
    pdf = make_pdf(("Épargne (1)", "Dépôt \\ 2"))

    table = int(pdf.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    lines = pdf[table:].split(b"\n")
    assert lines[0] == b"xref"
    offsets = [int(line.split()[0]) for line in lines[3:8]]
    assert [pdf[offset:].split(b"\n")[0] for offset in offsets] == [b"%d 0 obj" % number for number in range(1, 6)]
    assert "Épargne \\(1\\)".encode("cp1252") in pdf


def test_a_statement_lists_the_rows_of_its_full_month() -> None:
    [account] = make_detail("a", date(2026, 3, 14), accounts=1, days=365)

    [[statement]] = [each["Statements"] for each in make_statements([account], date(2026, 3, 14), 1)]

    pdf = base64.b64decode(statement["Base64Bytes"])
    rows = [row for row in account["Transactions"] if row["Date"].startswith("2026-02")]
    assert pdf.count(b"2026-02-") == len(rows) > 20
    assert b"2026-03" not in pdf


def test_the_filter_keeps_the_accounts_it_names(customer: Customer, request_id: str) -> None:
    summary = customer.post("GetAccountsSummary", {"RequestId": request_id}).get_json()["Accounts"]

    [only] = read_statements(customer, request_id, AccountsFilter=[summary[1]["Id"]])

    assert only["AccountNumber"] == summary[1]["AccountNumber"]


@pytest.mark.parametrize("number", ["Months2", 3])
def test_another_number_of_statements_is_an_invalid_request(customer: Customer, request_id: str, number: Any) -> None:
    reply = customer.post("GetStatements", {"RequestId": request_id, "NumberOfStatements": number})

    assert (reply.status_code, reply.get_json()["FlinksCode"]) == (401, "INVALID_REQUEST")


def test_statements_that_take_time_are_polled(clock: Clock) -> None:
    bank = Bank(Settings(seed=7, statements_pending=2), clock)
    customer = Customer(create_app(bank).test_client(), bank)
    request_id = customer.authorize(NO_MFA, cached=True).get_json()["RequestId"]

    first = customer.post("GetStatements", {"RequestId": request_id, "NumberOfStatements": "MostRecent"})
    later = [customer.get(f"GetStatementsAsync/{request_id}") for _ in range(2)]

    assert first.get_json()["Links"][0]["example"] == f"/GetStatementsAsync/{request_id}"
    assert [each.status_code for each in (first, *later)] == [202, 202, 200]
    assert [len(each["Statements"]) for each in later[-1].get_json()["StatementsByAccount"]] == [1, 1, 1]


def test_statements_and_detail_have_the_same_rows(customer: Customer) -> None:
    login = customer.bank.find_login(customer.bank.add_login("greatday_nomfa"))
    login.behaviour = replace(login.behaviour, transactions=240)
    request_id = customer.authorize(login.login_id, cached=True).get_json()["RequestId"]
    month = login.last_refresh.replace(day=1) - timedelta(days=1)

    [chequing, *_] = read_statements(customer, request_id, NumberOfStatements="MostRecent")
    accounts = make_detail(login.data_seed, login.last_refresh.date(), transactions=240)

    rows = [row for row in accounts[0]["Transactions"] if row["Date"].startswith(month.strftime("%Y-%m"))]
    pdf = base64.b64decode(chequing["Statements"][0]["Base64Bytes"])
    assert all(f"{row['Date']}  ".encode() in pdf and f"{row['Balance']:.2f}".encode() in pdf for row in rows)
