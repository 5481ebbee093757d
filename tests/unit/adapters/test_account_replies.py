"""The accounts of a reply: counted if every part of them can be relied on, refused by name if not."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.adapters.account_replies import read_accounts
from reconnect.domain.errors import AccountsInvalid
from reconnect.domain.receipts import Account

KNOWN = ["Id", "Balance", "Current", "Available", "Transactions", "Date", "Debit", "Credit"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["2026-01-05", "12.50", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=12,
)


def a_transaction(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "a-transaction",
        "Date": "2026-01-05",
        "Code": None,
        "Description": "TIM HORTONS",
        "Debit": "4.10",
        "Credit": None,
        "Balance": "100.00",
        **changes,
    }


def an_account(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "an-account",
        "Title": "Chequing CAD",
        "AccountNumber": "1234567",
        "Holder": {"Name": "Jane Doe"},
        "Balance": {"Available": None, "Current": "1234.50", "Limit": 0},
        "Transactions": [a_transaction()],
        **changes,
    }


def fault_in(*accounts: Any) -> str:
    with pytest.raises(AccountsInvalid) as invalid:
        read_accounts(list(accounts))
    return str(invalid.value)


def test_an_account_comes_to_its_id_the_number_of_its_transactions_and_their_first_and_last_day() -> None:
    days = ["2026-01-05", "2025-12-31", "2026-02-01", "2026-01-05"]
    account = an_account(Transactions=[a_transaction(Id=str(number), Date=day) for number, day in enumerate(days)])

    assert read_accounts([account]) == (Account("an-account", 4, date(2025, 12, 31), date(2026, 2, 1)),)


def test_nothing_of_anyones_money_number_or_name_is_kept() -> None:
    told = repr(read_accounts([an_account()]))

    assert not any(secret in told for secret in ("1234", "Jane", "Chequing", "4.10", "TIM"))


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.swapcase])
def test_field_names_are_read_in_any_letter_case(spell: Any) -> None:
    def respell(value: Any) -> Any:
        if isinstance(value, dict):
            return {spell(name): respell(inner) for name, inner in value.items()}
        return [respell(inner) for inner in value] if isinstance(value, list) else value

    assert read_accounts([respell(an_account())]) == read_accounts([an_account()])


@pytest.mark.parametrize(
    ("transactions", "count"), [({}, None), ({"Transactions": None}, None), ({"Transactions": []}, 0)]
)
def test_an_account_may_lack_all_but_its_id(transactions: dict[str, Any], count: int | None) -> None:
    assert read_accounts([{"Id": "a", "Balance": None, **transactions}]) == (Account("a", count),)


@pytest.mark.parametrize("accounts", [{}, "text", 7, True])
def test_accounts_that_are_no_list_are_invalid(accounts: Any) -> None:
    with pytest.raises(AccountsInvalid):
        read_accounts(accounts)


@pytest.mark.parametrize("account", [{}, {"Id": ""}, {"Id": 7}, None, "a", []])
def test_an_account_without_an_id_is_invalid(account: Any) -> None:
    assert "without an Id" in fault_in(account)


def test_two_accounts_of_one_id_are_invalid() -> None:
    assert "the same Id" in fault_in(an_account(), an_account(Title="Another"))
    assert "the same Id" in fault_in(an_account(Id="ab-1"), an_account(Id="AB-1"))


@pytest.mark.parametrize("transactions", [{}, "text", 7, True])
def test_transactions_that_are_no_list_are_invalid(transactions: Any) -> None:
    assert "Transactions" in fault_in(an_account(Transactions=transactions))


@pytest.mark.parametrize("transaction", [None, "a", [], {}, a_transaction(Id=None), a_transaction(Id="")])
def test_a_transaction_without_an_id_is_invalid(transaction: Any) -> None:
    assert "without an Id" in fault_in(an_account(Transactions=[a_transaction(), transaction]))


@pytest.mark.parametrize("day", [None, "", 7])
def test_a_transaction_without_a_date_is_invalid(day: Any) -> None:
    assert "without a Date" in fault_in(an_account(Transactions=[a_transaction(Date=day)]))


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "2026-13-01", "05/01/2026"])
def test_a_date_that_is_none_is_invalid(day: str) -> None:
    assert "Date" in fault_in(an_account(Transactions=[a_transaction(Date=day)]))


@pytest.mark.parametrize("day", ["2026-01-05", "2026-01-05T00:00:00", "2026-01-05T13:00:00Z"])
def test_a_date_may_bring_its_time_of_day(day: str) -> None:
    [account] = read_accounts([an_account(Transactions=[a_transaction(Date=day)])])

    assert account.last_date == date(2026, 1, 5)


@pytest.mark.parametrize("amount", ["much", "NaN", "Infinity", True, [1], {"a": 1}, "1" * 39, "1e60", "1e-60"])
@pytest.mark.parametrize("name", ["Available", "Current", "Limit"])
def test_a_balance_that_is_no_amount_is_invalid(name: str, amount: Any) -> None:
    assert name in fault_in(an_account(Balance={"Current": "1.00", name: amount}))


@pytest.mark.parametrize("name", ["Debit", "Credit", "Balance"])
def test_a_transactions_amount_that_is_none_is_invalid(name: str) -> None:
    assert name in fault_in(an_account(Transactions=[a_transaction(**{name: "much"})]))


def test_an_overdraft_limit_that_is_no_amount_is_invalid() -> None:
    assert "OverdraftLimit" in fault_in(an_account(OverdraftLimit="much"))


@pytest.mark.parametrize("balance", ["1234.50", 7, []])
def test_a_balance_that_is_no_object_is_invalid(balance: Any) -> None:
    assert "Balance" in fault_in(an_account(Balance=balance))


def test_what_is_wrong_is_told_without_whose_it_is() -> None:
    wrong = a_transaction(Debit="Jane Doe 1234567", Date="2026-01-05")

    assert not any(part in fault_in(an_account(Transactions=[wrong])) for part in ("Jane", "1234567", "an-account"))


@given(accounts=json_values)
def test_whatever_accounts_come_they_are_counted_or_invalid(accounts: Any) -> None:
    try:
        read = read_accounts(json.loads(json.dumps(accounts)))
    except AccountsInvalid:
        return
    assert len({account.account_id for account in read}) == len(accounts)
