"""The sample accounts: repeatable, coherent, and null where Flinks has null."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from local.simulator.data import make_detail, make_summary

TODAY = date(2026, 3, 14)


def test_the_same_login_always_has_the_same_accounts() -> None:
    assert make_detail("a", TODAY) == make_detail("a", TODAY)
    assert make_detail("a", TODAY) != make_detail("b", TODAY)


def test_the_past_reads_the_same_on_a_later_day() -> None:
    later = make_detail("a", TODAY + timedelta(days=20))

    for before, after in zip(make_detail("a", TODAY), later, strict=True):
        old = {row["Id"]: row for row in before["Transactions"]}
        new = {row["Id"]: row for row in after["Transactions"]}
        shared = old.keys() & new.keys()
        assert len(shared) > len(old) / 2
        assert all(old[each] == new[each] for each in shared)


def test_each_balance_follows_from_the_one_before() -> None:
    for account in make_detail("a", TODAY):
        rows = account["Transactions"][::-1]
        for before, after in pairwise(rows):
            change = (after["Credit"] or 0) - (after["Debit"] or 0)
            assert after["Balance"] == pytest.approx(before["Balance"] + change)
        assert account["Balance"]["Current"] == rows[-1]["Balance"]


def test_transactions_are_newest_first_and_ninety_days_deep() -> None:
    for account in make_detail("a", TODAY):
        dates = [row["Date"] for row in account["Transactions"]]
        assert dates == sorted(dates, reverse=True)
        assert (TODAY - timedelta(days=90)).isoformat() < dates[-1] <= dates[0] <= TODAY.isoformat()


def test_each_transaction_is_either_a_debit_or_a_credit() -> None:
    for account in make_detail("a", TODAY):
        for row in account["Transactions"]:
            assert row.keys() == {"Date", "Code", "Description", "Debit", "Credit", "Balance", "Id"}
            assert (row["Debit"] is None) != (row["Credit"] is None)
            assert row["Code"] is None


def test_fields_without_a_value_are_null_rather_than_absent() -> None:
    chequing, _, card = make_detail("a", TODAY)

    assert chequing["AccountType"] is None
    assert chequing["LastFourDigits"] is None
    assert chequing["Holder"]["Address"]["POBox"] is None
    assert chequing["Balance"]["Limit"] is None
    assert card["LastFourDigits"] == card["AccountNumber"][-4:]


def test_a_summary_names_the_same_accounts_without_their_transactions() -> None:
    summary, detail = make_summary("a", TODAY), make_detail("a", TODAY)

    assert [each["Id"] for each in summary] == [each["Id"] for each in detail]
    for account in summary:
        assert not account.keys() & {"Transactions", "TransitNumber", "InstitutionNumber"}
        assert account.keys() >= {"EftEligibleRatio", "ETransferEligibleRatio"}
