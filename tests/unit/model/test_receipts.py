"""The receipt of a read, and its comparison with the login's last success."""

from datetime import date

import pytest

from reconnect.model.receipts import (
    Account,
    Comparison,
    Receipt,
    compare_accounts,
    fingerprints,
    make_receipt,
    remember_accounts,
)
from tests.fakes.clock import NOW

KNOWN = fingerprints({"chequing", "savings", "card"})


def test_a_first_success_is_compared_with_nothing() -> None:
    assert compare_accounts(None, ["chequing"]) is None


@pytest.mark.parametrize(
    ("read", "comparison"),
    [
        (["card", "chequing", "savings"], Comparison(matched=3, new=0, missing=0)),
        (["chequing", "mortgage"], Comparison(matched=1, new=1, missing=2)),
        (["mortgage"], Comparison(matched=0, new=1, missing=3)),
        ([], Comparison(matched=0, new=0, missing=3)),
    ],
)
def test_accounts_are_compared_with_those_of_the_last_success(read: list[str], comparison: Comparison) -> None:
    assert compare_accounts(KNOWN, read) == comparison


def test_after_a_success_without_accounts_every_account_is_new() -> None:
    assert compare_accounts(frozenset(), ["chequing"]) == Comparison(matched=0, new=1, missing=0)


def test_an_account_not_requested_is_not_missing() -> None:
    asked = ["chequing", "card", "mortgage"]

    assert compare_accounts(KNOWN, ["chequing", "mortgage"], asked) == Comparison(matched=1, new=1, missing=1)


@pytest.mark.parametrize("known", [None, frozenset(), KNOWN])
def test_a_read_of_all_accounts_replaces_the_known_ones(known: frozenset[str] | None) -> None:
    assert remember_accounts(known, ["chequing", "mortgage"]) == fingerprints({"chequing", "mortgage"})


def test_a_read_of_some_accounts_keeps_the_other_known_ones() -> None:
    assert remember_accounts(KNOWN, ["chequing"], ["chequing", "card"]) == fingerprints({"chequing", "savings"})
    assert remember_accounts(None, ["chequing"], ["chequing"]) == fingerprints({"chequing"})


def test_a_known_account_is_stored_as_a_short_digest() -> None:
    account_id = "a4b1c2d3-1111-4222-8333-444455556666"

    (remembered,) = remember_accounts(None, [account_id])

    assert len(remembered) == 8
    assert remembered not in account_id
    assert len(remember_accounts(None, [f"{account_id}-{number}" for number in range(10_000)])) == 10_000


def test_a_receipt_counts_all_accounts_and_spans_all_their_transactions() -> None:
    accounts = (
        Account("chequing", 3, date(2026, 1, 5), date(2026, 3, 1)),
        Account("savings", 0),
        Account("card", 2, date(2025, 12, 31), date(2026, 2, 1)),
    )

    receipt = make_receipt(accounts, NOW, Comparison(2, 1, 0), None)

    assert receipt == Receipt(
        fresh=True,
        last_refresh=NOW,
        account_count=3,
        transaction_count=5,
        first_date=date(2025, 12, 31),
        last_date=date(2026, 3, 1),
        comparison=Comparison(2, 1, 0),
    )


def test_no_transactions_differ_from_transactions_not_requested() -> None:
    assert make_receipt((Account("savings", 0),), NOW, None, None).transaction_count == 0
    assert make_receipt((Account("savings"),), NOW, None, None).transaction_count is None


def test_a_read_without_accounts_is_not_fresh() -> None:
    assert make_receipt((), NOW, None, None) == Receipt(fresh=False, last_refresh=NOW, account_count=0)


def test_an_account_is_the_same_in_either_letter_case() -> None:
    assert fingerprints({"AB-1"}) == fingerprints({"ab-1"})
