"""The known accounts of a login: stored in few bytes, readable by older and newer versions."""

from datetime import date

import pytest

from reconnect.adapters.dynamodb.known_accounts import known_accounts_from_item, known_accounts_to_item
from reconnect.model.receipts import fingerprints

KNOWN = fingerprints({"chequing", "savings", "card", "loan"})
NEWEST = dict(zip(sorted(KNOWN), [date(2026, 3, 14), date(2000, 1, 1), date(2127, 9, 26)], strict=False))


def test_each_day_is_read_back_with_its_account() -> None:
    item = known_accounts_to_item(KNOWN, NEWEST)

    assert known_accounts_from_item(item) == {"known_accounts": KNOWN, "newest_days": NEWEST}


def test_a_day_takes_three_bytes_and_a_missing_day_none() -> None:
    assert len(known_accounts_to_item(KNOWN, NEWEST)["days"]) == 3 * len(KNOWN)
    assert known_accounts_to_item(KNOWN, {}) == {"known_accounts": set(KNOWN)}
    assert known_accounts_to_item(None, {}) == known_accounts_to_item(frozenset(), {}) == {}


@pytest.mark.parametrize(("day", "read"), [(date(1970, 1, 1), date(2000, 1, 1)), (date(9999, 1, 1), date(2127, 9, 26))])
def test_a_day_beyond_three_digits_is_capped(day: date, read: date) -> None:
    account = min(KNOWN)

    assert known_accounts_from_item(known_accounts_to_item(KNOWN, {account: day}))["newest_days"] == {account: read}


def test_accounts_of_an_older_version_have_no_days() -> None:
    assert known_accounts_from_item({"known_accounts": set(KNOWN)}) == {"known_accounts": KNOWN, "newest_days": {}}
    assert known_accounts_from_item({}) == {"known_accounts": None}


def test_days_that_do_not_match_the_accounts_are_dropped() -> None:
    item = {**known_accounts_to_item(KNOWN, NEWEST), "known_accounts": {"another"}}

    assert known_accounts_from_item(item) == {"known_accounts": frozenset({"another"}), "newest_days": {}}
