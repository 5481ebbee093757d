"""What a reading lacks, compared with what was asked for and with the login's last success."""

from datetime import date, timedelta

import pytest

from reconnect.model.options import DaysOfTransactions, ReadOptions
from reconnect.model.receipts import Account, fingerprint, fingerprints
from reconnect.model.session import Session, Status
from reconnect.rules.completeness import judge_completeness, remember_days
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW

TODAY = NOW.date()
ALL = ReadOptions()
FULL, EMPTY, ABSENT = Account("full", 3, TODAY, TODAY), Account("empty", 0), Account("absent")


def knowing(*accounts: str, **newest: date) -> Session:
    """A session whose login had these accounts at its last success, and the newest transaction of each then."""
    newest_days = {fingerprint(account): day for account, day in newest.items()}
    return a_session(Status.FETCHING, known_accounts=fingerprints(accounts), newest_days=newest_days)


NEW = a_session(Status.FETCHING)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize("silent", [EMPTY, ABSENT, Account(None)])
def test_in_a_new_login_one_account_with_transactions_is_enough(silent: Account) -> None:
    assert judge_completeness([FULL, silent], NEW, ALL, TODAY).missing == {}


def test_without_any_transaction_all_accounts_count_as_incomplete() -> None:
    found = judge_completeness([EMPTY, ABSENT], NEW, ALL, TODAY)

    assert (found.missing, found.may_come) == ({"no_transactions": 2}, True)


@pytest.mark.parametrize(
    ("asked", "age", "is_missing"),
    [
        (DaysOfTransactions.DAYS_90, 0, True),
        (DaysOfTransactions.DAYS_90, 87, True),
        (DaysOfTransactions.DAYS_90, 91, False),
        (DaysOfTransactions.DAYS_365, 91, True),
        (DaysOfTransactions.DAYS_365, 366, False),
    ],
)
@pytest.mark.parametrize("others", [[], [FULL]])
def test_an_account_lacks_transactions_while_a_known_one_is_in_the_range(
    asked: DaysOfTransactions, age: int, is_missing: bool, others: list[Account]
) -> None:
    session = knowing("empty", "full", empty=days_ago(age))

    found = judge_completeness([EMPTY, *others], session, ReadOptions(days_of_transactions=asked), TODAY)

    assert (found.missing, found.may_come) == (({"no_transactions": 1}, True) if is_missing else ({}, False))


def test_transactions_not_asked_for_are_not_missing() -> None:
    session = knowing("empty", empty=TODAY)

    assert judge_completeness([EMPTY], session, ReadOptions(summary_only=True), TODAY).missing == {}


@pytest.mark.parametrize(
    ("session", "may_come"),
    [(NEW, True), (knowing("full", "gone"), True), (knowing("full"), False), (knowing(), False)],
    ids=["new_login", "there_the_last_time", "missing_the_last_time_too", "never_there"],
)
def test_a_requested_account_that_is_absent_is_missing_each_time(session: Session, may_come: bool) -> None:
    found = judge_completeness([FULL], session, ReadOptions(accounts=("full", "gone")), TODAY)

    assert (found.missing, found.may_come) == ({"accounts_not_found": 1}, may_come)


def test_an_empty_list_may_fill_and_lacks_what_was_asked_for() -> None:
    assert judge_completeness([], NEW, ALL, TODAY).may_come
    assert judge_completeness([], NEW, ReadOptions(accounts=("a", "b")), TODAY).missing == {"accounts_not_found": 2}


def test_unreadable_accounts_are_missing_and_may_come() -> None:
    found = judge_completeness(None, NEW, ALL, TODAY)

    assert (found.missing, found.may_come) == ({"accounts_unreadable": 1}, True)


def test_the_newest_day_of_a_known_account_is_kept_while_it_is_absent() -> None:
    before = {fingerprint("empty"): days_ago(50), fingerprint("full"): days_ago(40), fingerprint("gone"): days_ago(1)}
    known = fingerprints({"full", "empty", "new"})
    new = Account("new", 1, TODAY, TODAY + timedelta(days=400))

    remembered = remember_days(before, [FULL, EMPTY, new, Account(None, 1, TODAY, TODAY)], known, TODAY)

    assert remembered == {
        fingerprint("full"): TODAY,
        fingerprint("empty"): days_ago(50),
        fingerprint("new"): TODAY,
    }
