"""The contract of the store of banks' health: one writer at a time, so that one session probes a bank."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconnect.model.bank_health import BankHealth, BankVerdict, mark_of
from reconnect.model.errors import RecordUnreadable
from reconnect.model.learned_cap import LearnedCap
from reconnect.rules.breaker import WINDOW
from tests.contract.at_once import at_once
from tests.contract.stores import InDynamoDb, Store
from tests.fakes.clock import NOW

A_VERDICT = BankVerdict(NOW, has_failed=True, mark=mark_of("a"))
OPEN = BankHealth(
    key="14", opened_at=NOW, probe_at=NOW + timedelta(minutes=5, microseconds=1), prober=mark_of("a"), version=0
)


def saved(store: Store, health: BankHealth) -> BankHealth:
    assert store.bank_healths.save(health)
    return store.bank_healths.get(health.key)


def test_a_bank_of_which_nothing_was_noted_is_new(store: Store) -> None:
    assert store.bank_healths.get("14") == store.bank_healths.peek("14") == BankHealth(key="14")
    assert store.bank_healths.get_all(["14"]) == []


@pytest.mark.parametrize(
    "health", [OPEN, BankHealth(key="a bank", verdicts=(A_VERDICT, replace(A_VERDICT, has_failed=False)))]
)
def test_a_health_is_read_as_it_was_written(store: Store, health: BankHealth) -> None:
    written = replace(health, version=1)

    assert saved(store, health) == written
    assert store.bank_healths.peek(health.key) == written
    assert store.bank_healths.get_all([health.key, "another"]) == [written]


def test_a_write_over_a_changed_health_is_refused(store: Store) -> None:
    first = saved(store, OPEN)
    second = saved(store, replace(first, prober=None))

    assert not store.bank_healths.save(OPEN)
    assert not store.bank_healths.save(replace(first, opened_at=None))
    assert store.bank_healths.get("14") == second


def test_of_those_who_want_to_probe_at_once_one_does(store: Store) -> None:
    health = saved(store, replace(OPEN, prober=None))

    assert sum(at_once(lambda number: store.bank_healths.save(replace(health, prober=f"{number:08x}")))) == 1


def test_a_learned_cap_is_read_as_it_was_written_last(store: Store) -> None:
    learned = LearnedCap("14", 30, 7, NOW + timedelta(microseconds=1))

    store.bank_healths.save_learned(learned)
    assert store.bank_healths.learned(["14", "2"]) == [learned]

    store.bank_healths.save_learned(LearnedCap("14"))
    assert store.bank_healths.learned(["14"]) == [LearnedCap("14")]
    assert store.bank_healths.get_all(["14"]) == []


@pytest.mark.engine
def test_more_banks_than_one_request_takes_are_read(dynamodb: InDynamoDb) -> None:
    saved(dynamodb, OPEN)

    assert len(dynamodb.bank_healths.get_all([str(number) for number in range(250)])) == 1


@pytest.mark.engine
def test_a_full_health_is_one_write_unit_and_expires_a_month_after_its_last_write(dynamodb: InDynamoDb) -> None:
    dynamodb.bank_healths.save(replace(OPEN, key="x" * 80, verdicts=(A_VERDICT,) * WINDOW))

    item = dynamodb.items()[f"BANK#{'x' * 80}"]

    assert sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items()) < 1000
    assert int(item["expires_at"]["N"]) - int(NOW.timestamp()) == 30 * 24 * 3600


@pytest.mark.engine
@pytest.mark.parametrize("damage", [{"verdicts": {"S": "x"}}, {"opened_at": {"S": "x"}}, {"fmt": {"N": "99"}}])
def test_an_unreadable_health_is_reported_and_left_as_it_is(dynamodb: InDynamoDb, damage: dict[str, object]) -> None:
    dynamodb.bank_healths.save(OPEN)
    damaged = {**dynamodb.items()["BANK#14"], **damage}
    dynamodb.put(damaged)

    with pytest.raises(RecordUnreadable):
        dynamodb.bank_healths.get("14")
    assert dynamodb.items()["BANK#14"] == damaged
