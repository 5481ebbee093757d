"""The sample accounts: repeatable, consistent, covering a year, and null where Flinks has null."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from flinks_simulator.data import make_detail, make_holder, make_summary

TODAY = date(2026, 3, 14)
SEEDS = [f"None/{name}" for name in ("Greatday", "greatday_nomfa", "test_pending")]


def test_the_same_login_always_has_the_same_accounts() -> None:
    assert make_detail("a", TODAY) == make_detail("a", TODAY)
    assert make_detail("a", TODAY) != make_detail("b", TODAY)


@pytest.mark.parametrize("days", [1, 20, 200])
def test_past_data_is_the_same_on_a_later_day(days: int) -> None:
    later = make_detail("a", TODAY + timedelta(days=days), days=365)

    for before, after in zip(make_detail("a", TODAY, days=365), later, strict=True):
        shared = {(TODAY - timedelta(days=each)).isoformat() for each in range(365 - days)}
        assert [row for row in before["Transactions"] if row["Date"] in shared] == [
            row for row in after["Transactions"] if row["Date"] in shared
        ]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_balance_follows_from_the_one_before(seed: str) -> None:
    for account in make_detail(seed, TODAY, accounts=5, days=365):
        rows = account["Transactions"][::-1]
        for before, after in pairwise(rows):
            change = (after["Credit"] or 0) - (after["Debit"] or 0)
            assert after["Balance"] == pytest.approx(before["Balance"] + change)
        assert account["Balance"]["Current"] == rows[-1]["Balance"]


@pytest.mark.parametrize("days", [90, 365])
def test_transactions_are_newest_first_for_the_requested_days(days: int) -> None:
    for account in make_detail("a", TODAY, days=days):
        dates = [row["Date"] for row in account["Transactions"]]
        assert dates == sorted(dates, reverse=True)
        assert (TODAY - timedelta(days=days)).isoformat() < dates[-1] <= dates[0] <= TODAY.isoformat()


def test_a_year_has_hundreds_of_transactions_and_holds_the_ninety_days() -> None:
    short, long = make_detail("a", TODAY), make_detail("a", TODAY, days=365)

    assert sum(len(account["Transactions"]) for account in long) > 300
    for few, many in zip(short, long, strict=True):
        assert many["Transactions"][: len(few["Transactions"])] == few["Transactions"]


@pytest.mark.parametrize("number", [600, 20_000])
def test_a_year_has_roughly_the_requested_number_of_transactions(number: int) -> None:
    accounts = make_detail("many", TODAY, days=365, transactions=number)

    assert sum(len(account["Transactions"]) for account in accounts) == pytest.approx(number, rel=0.25)


@pytest.mark.parametrize("number", [0, 1, 3, 8])
def test_a_login_can_have_any_number_of_accounts_each_with_its_own_id(number: int) -> None:
    accounts = make_detail("a", TODAY, accounts=number)

    assert len({account["Id"] for account in accounts}) == number


def test_every_transaction_has_an_id_of_its_own() -> None:
    ids = [row["Id"] for account in make_detail("a", TODAY, accounts=8, days=365) for row in account["Transactions"]]

    assert len(set(ids)) == len(ids)


def test_each_transaction_is_either_a_debit_or_a_credit() -> None:
    for account in make_detail("a", TODAY):
        for row in account["Transactions"]:
            assert row.keys() == {"Date", "Code", "Description", "Debit", "Credit", "Balance", "Id"}
            assert (row["Debit"] is None) != (row["Credit"] is None)
            assert (row["Debit"] or row["Credit"]) > 0
            assert row["Code"] is None


def test_amounts_on_hold_show_in_available_alone() -> None:
    chequing, savings, card = make_detail("a", TODAY)

    assert chequing["Balance"]["Available"] <= chequing["Balance"]["Current"]
    assert savings["Balance"]["Available"] is None
    assert card["Balance"]["Available"] <= card["Balance"]["Limit"] + card["Balance"]["Current"]


def test_fields_without_a_value_are_null_rather_than_absent() -> None:
    chequing, _, card = make_detail("a", TODAY)

    assert chequing["AccountType"] is None
    assert chequing["LastFourDigits"] is None
    assert chequing["Holder"]["Address"]["POBox"] is None
    assert chequing["Balance"]["Limit"] is None
    assert card["LastFourDigits"] == card["AccountNumber"][-4:]


def test_holders_are_french_and_english() -> None:
    names = {make_holder(str(seed))["Name"] for seed in range(40)}

    assert {"Geneviève Tremblay-Côté", "John Doe"} <= names
    assert all(make_holder(str(seed))["Email"].isascii() for seed in range(40))


def test_a_summary_names_the_same_accounts_without_their_transactions() -> None:
    summary, detail = make_summary("a", TODAY), make_detail("a", TODAY)

    def same(account: dict[str, Any]) -> tuple[Any, ...]:
        return account["Id"], account["AccountNumber"], account["Balance"]

    assert [same(each) for each in summary] == [same(each) for each in detail]
    for account in summary:
        assert not account.keys() & {"Transactions", "TransitNumber", "InstitutionNumber"}
        assert account.keys() >= {"EftEligibleRatio", "ETransferEligibleRatio"}
