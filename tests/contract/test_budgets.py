"""The contract of the store of budgets: what is taken adds up whoever takes it, and one at a time changes the clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.budget import Budget
from reconnect.model.errors import RecordUnreadable
from reconnect.ports import Budgets
from tests.contract.at_once import CALLERS, at_once
from tests.contract.stores import InDynamoDb
from tests.fakes.clock import NOW

FIRST = Budget(since=NOW, done=0.0, queued=15.0)


def _begun(budgets: Budgets) -> Budget:
    budget = budgets.save(None, FIRST)
    assert budget is not None
    return budget


def _taking(budget: Budget, requests: float) -> Budget:
    return replace(budget, queued=budget.queued + requests)


def test_there_is_no_budget_until_one_is_written(budgets: Budgets) -> None:
    assert budgets.get() is None
    assert budgets.save(FIRST, _taking(FIRST, 15)) is None
    assert budgets.get() is None


def test_a_budget_is_read_as_it_was_written(budgets: Budgets) -> None:
    begun = _begun(budgets)
    changed = replace(
        begun,
        since=NOW + timedelta(seconds=1.5),
        done=12.345,
        people=7.5,
        ahead=15.0,
        refused_at=NOW + timedelta(microseconds=1),
        refused_rate=9.9,
    )

    saved = budgets.save(begun, changed)

    assert begun == replace(FIRST, version=1)
    assert saved == budgets.get() == replace(changed, version=2)


def test_only_the_first_of_two_beginnings_is_written(budgets: Budgets) -> None:
    begun = _begun(budgets)

    assert budgets.save(None, replace(FIRST, done=99.0)) is None
    assert budgets.get() == begun


def test_what_is_taken_adds_up_although_nobody_read_it_anew(budgets: Budgets) -> None:
    begun = _begun(budgets)

    saved = [budgets.save(begun, _taking(begun, 15)) for _ in range(3)]

    assert [budget and budget.queued for budget in saved] == [30, 45, 60]


def test_those_who_take_at_once_get_different_places(budgets: Budgets) -> None:
    begun = _begun(budgets)

    saved = at_once(lambda _: budgets.save(begun, _taking(begun, 15)))

    assert sorted(budget.queued for budget in saved if budget) == [15.0 * (2 + number) for number in range(CALLERS)]


def test_a_clock_that_others_changed_is_not_changed_again(budgets: Budgets) -> None:
    begun = _begun(budgets)
    changed = budgets.save(begun, replace(begun, done=100.0))

    assert budgets.save(begun, replace(_taking(begun, 15), done=200.0)) is None
    assert budgets.get() == changed


def test_one_of_those_who_change_the_clock_at_once_succeeds(budgets: Budgets) -> None:
    begun = _begun(budgets)

    saved = at_once(lambda number: budgets.save(begun, replace(begun, done=100.0 + number)))

    assert [each for each in saved if each] == [budgets.get()]


def test_a_change_of_the_clock_keeps_what_others_took_meanwhile(budgets: Budgets) -> None:
    begun = _begun(budgets)
    budgets.save(begun, _taking(begun, 15))

    saved = budgets.save(begun, replace(begun, done=100.0, ahead=15.0))

    assert saved is not None
    assert (saved.done, saved.queued, saved.ahead) == (100, 30, 15)


@pytest.mark.engine
@pytest.mark.parametrize("damage", [{"since": {"S": "yesterday"}}, {"fmt": {"N": "99"}}, {"queued": {"S": "many"}}])
def test_an_unreadable_budget_is_reported_and_left_as_it_is(dynamodb: InDynamoDb, damage: dict[str, object]) -> None:
    begun = _begun(dynamodb.budgets)
    damaged = {**dynamodb.items()["BUDGET"], **damage}
    dynamodb.put(damaged)

    with pytest.raises(RecordUnreadable):
        dynamodb.budgets.get()
    if "fmt" in damage:
        assert dynamodb.budgets.save(begun, _taking(begun, 15)) is None
        assert dynamodb.items()["BUDGET"] == damaged
