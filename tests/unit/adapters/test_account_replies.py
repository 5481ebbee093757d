"""The accounts of a reply: each row is counted, and unreadable parts are counted by kind."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.adapters.flinks.accounts import AccountReader
from reconnect.model.receipts import Account, Oddity

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


def read(*accounts: Any) -> tuple[Account, ...]:
    return read_with_oddities(*accounts)[0]


def read_with_oddities(*accounts: Any) -> tuple[tuple[Account, ...], dict[str, int]]:
    reader = AccountReader()
    found = reader.read(list(accounts))
    assert found is not None
    return found, dict(+reader.oddities)


def oddities_in(*accounts: Any) -> dict[str, int]:
    return read_with_oddities(*accounts)[1]


def test_an_account_is_read_as_its_id_transaction_count_and_date_range() -> None:
    days = ["2026-01-05", "2025-12-31", "2026-02-01", "2026-01-05"]
    account = an_account(Transactions=[a_transaction(Id=str(number), Date=day) for number, day in enumerate(days)])

    assert read_with_oddities(account) == (
        (Account("an-account", 4, date(2025, 12, 31), date(2026, 2, 1)),),
        {},
    )


def test_no_amount_account_number_or_name_is_kept() -> None:
    text = repr(read_with_oddities(an_account(), an_account(Id=None, Balance="1234.50")))

    assert not any(secret in text for secret in ("1234", "Jane", "Chequing", "4.10", "TIM"))


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.swapcase])
def test_field_names_are_read_in_any_letter_case(spell: Any) -> None:
    def respell(value: Any) -> Any:
        if isinstance(value, dict):
            return {spell(name): respell(inner) for name, inner in value.items()}
        return [respell(inner) for inner in value] if isinstance(value, list) else value

    assert read(respell(an_account())) == read(an_account())


@pytest.mark.parametrize(
    ("transactions", "count"), [({}, None), ({"Transactions": None}, None), ({"Transactions": []}, 0)]
)
def test_an_account_may_lack_all_but_its_id(transactions: dict[str, Any], count: int | None) -> None:
    bare = {"Id": "a", "Balance": None, **transactions}

    assert read_with_oddities(bare) == ((Account("a", count),), {})


@pytest.mark.parametrize("accounts", [None, {}, {"Id": "a"}, "text", 7, True])
def test_accounts_other_than_a_list_have_no_rows_and_are_counted(accounts: Any) -> None:
    reader = AccountReader()

    assert reader.read(accounts) is None
    assert +reader.oddities == {Oddity.ACCOUNTS_UNREADABLE: 1}


@pytest.mark.parametrize("account_id", [None, "", True, [7], {"Id": "a"}])
def test_an_account_without_an_id_is_still_a_row(account_id: Any) -> None:
    accounts, oddities = read_with_oddities(an_account(), an_account(Id=account_id))

    assert [(account.account_id, account.transaction_count) for account in accounts] == [("an-account", 1), (None, 1)]
    assert oddities == {Oddity.ACCOUNT_WITHOUT_ID: 1}


def test_an_id_may_be_a_number() -> None:
    assert read_with_oddities(an_account(Id=7, Transactions=[a_transaction(Id=8)]))[1] == {}
    assert read(an_account(Id=7))[0].account_id == "7"


@pytest.mark.parametrize("account", [None, "a", 7, True, []])
def test_an_account_other_than_an_object_is_a_row_without_data(account: Any) -> None:
    assert read_with_oddities(account) == ((Account(None),), {Oddity.ACCOUNT_UNREADABLE: 1})


def test_two_accounts_of_one_id_are_two_rows() -> None:
    accounts, oddities = read_with_oddities(an_account(Id="ab-1"), an_account(Id="AB-1", Title="Another"))

    assert len(accounts) == 2
    assert oddities == {Oddity.ACCOUNT_REPEATED: 1}


@pytest.mark.parametrize("transactions", [{}, {"Id": "t"}, "text", 7, True])
def test_unreadable_transactions_affect_no_other_account(transactions: Any) -> None:
    accounts, oddities = read_with_oddities(an_account(Transactions=transactions), an_account(Id="b"))

    assert [account.transaction_count for account in accounts] == [None, 1]
    assert oddities == {Oddity.TRANSACTIONS_UNREADABLE: 1}


UNREADABLE_DAYS: list[Any] = [None, "", 7, [], "yesterday", "2026-02-30", "05/01/2026", "0001-01-01T00:00:00"]


@pytest.mark.parametrize(
    ("odd", "kind"),
    [
        (None, Oddity.TRANSACTION_UNREADABLE),
        ("a", Oddity.TRANSACTION_UNREADABLE),
        ([], Oddity.TRANSACTION_UNREADABLE),
        (a_transaction(Id=None), Oddity.TRANSACTION_WITHOUT_ID),
        (a_transaction(Id=""), Oddity.TRANSACTION_WITHOUT_ID),
        *((a_transaction(Date=day), Oddity.DATE_UNREADABLE) for day in UNREADABLE_DAYS),
        *(
            (a_transaction(Debit=amount), Oddity.AMOUNT_UNREADABLE)
            for amount in ("much", "", "12,50 $", "1_000", "NaN", "Infinity", True, [1], {"a": 1}, 10**20, "1e-60")
        ),
    ],
)
def test_an_odd_transaction_is_counted_and_the_good_one_is_read(odd: Any, kind: Oddity) -> None:
    [account], oddities = read_with_oddities(an_account(Transactions=[a_transaction(), odd]))

    assert (account.transaction_count, account.first_date, oddities) == (2, date(2026, 1, 5), {kind: 1})


@pytest.mark.parametrize("day", ["2026-01-05", "20260105", "2026-01-05T00:00:00", "2026-01-05T23:00:00-10:00"])
def test_a_date_may_have_a_time_of_day(day: str) -> None:
    [account], oddities = read_with_oddities(an_account(Transactions=[a_transaction(Date=day)]))

    assert (account.last_date, oddities) == (date(2026, 1, 5), {})


@pytest.mark.parametrize("amount", ["1234.50", "-0.0", "1e3", ".5", 0, -7, "+12.5", None])
def test_amounts_are_numbers_in_any_json_notation_or_null(amount: Any) -> None:
    account = an_account(Balance={"Current": amount}, OverdraftLimit=amount, Transactions=[a_transaction(Debit=amount)])

    assert oddities_in(account) == {}


@pytest.mark.parametrize("name", ["Available", "Current", "Limit"])
def test_an_invalid_balance_amount_is_counted(name: str) -> None:
    assert oddities_in(an_account(Balance={"Current": "1.00", name: "much"})) == {Oddity.AMOUNT_UNREADABLE: 1}


@pytest.mark.parametrize("name", ["Debit", "Credit", "Balance"])
def test_each_amount_of_a_transaction_is_read(name: str) -> None:
    transactions = [a_transaction(**{name: "much"}), a_transaction(**{name: "more"})]

    assert oddities_in(an_account(Transactions=transactions)) == {Oddity.AMOUNT_UNREADABLE: 2}


def test_an_invalid_overdraft_limit_is_counted() -> None:
    assert oddities_in(an_account(OverdraftLimit="much")) == {Oddity.AMOUNT_UNREADABLE: 1}


@pytest.mark.parametrize("balance", ["1234.50", 7, [], True])
def test_a_balance_other_than_an_object_is_counted(balance: Any) -> None:
    assert oddities_in(an_account(Balance=balance)) == {Oddity.BALANCE_UNREADABLE: 1}


@pytest.mark.fuzz
@given(accounts=st.lists(json_values, max_size=4))
def test_each_account_is_one_row_for_any_json(accounts: list[Any]) -> None:
    found, oddities = read_with_oddities(*json.loads(json.dumps(accounts)))

    assert len(found) == len(accounts)
    assert oddities.keys() <= set(Oddity)
