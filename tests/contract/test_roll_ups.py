"""The contract of the store of counters: no write is lost to another, and a day's are found without a scan."""

from datetime import date

import pytest

from reconnect.model.errors import RecordUnreadable
from reconnect.model.institution import Institution
from reconnect.model.roll_up import CountedEnding, RollUp
from tests.contract.stores import InDynamoDb, Store
from tests.fakes.clock import NOW

DAY = NOW.date()
MAPLE = Institution(14, "Maple Bank")


def an_ending(number: int = 0) -> CountedEnding:
    return CountedEnding(MAPLE, NOW, number.to_bytes(5, "big"), {"tries": 1, "succeeded": 1, "e40": 1})


def counted(store: Store, key: str = "14", day: date = DAY) -> RollUp:
    before = store.roll_ups.get(day, key)
    assert store.roll_ups.save(before.add([an_ending()], NOW))
    return store.roll_ups.get(day, key)


def test_nothing_is_counted_before_the_first_ending(store: Store) -> None:
    assert store.roll_ups.get(DAY, "14") == RollUp(DAY, "14")
    assert store.roll_ups.of_day(DAY) == []


def test_counters_are_read_as_they_were_written(store: Store) -> None:
    found = counted(store)

    assert (found.version, found.institution) == (1, MAPLE)
    assert found.hours == {NOW.hour: {"tries": 1, "succeeded": 1, "e40": 1}}
    assert found.add([an_ending()], NOW) is found


def test_a_write_over_changed_counters_is_refused(store: Store) -> None:
    new, first = store.roll_ups.get(DAY, "14"), counted(store)
    second = first.add([an_ending(2)], NOW)
    assert store.roll_ups.save(second)

    assert not store.roll_ups.save(new.add([an_ending(3)], NOW))
    assert not store.roll_ups.save(first.add([an_ending(3)], NOW))
    assert store.roll_ups.get(DAY, "14").hours[NOW.hour]["tries"] == 2


def test_counters_are_found_by_their_day_and_by_their_bank(store: Store) -> None:
    yesterday = date.fromordinal(DAY.toordinal() - 1)
    today, other, before = counted(store), counted(store, "2"), counted(store, "14", yesterday)

    assert sorted(store.roll_ups.of_day(DAY), key=lambda each: each.key) == [today, other]
    assert sorted(store.roll_ups.of_institution("14", [yesterday, DAY]), key=lambda each: each.day) == [before, today]


@pytest.mark.engine
def test_counters_expire_after_400_days_and_a_usual_day_fits_one_write_unit(dynamodb: InDynamoDb) -> None:
    roll_up = dynamodb.roll_ups.get(DAY, "14")
    dynamodb.roll_ups.save(roll_up.add([an_ending(number) for number in range(60)], NOW))

    item = dynamodb.items()[f"HEALTH#{DAY}"]

    assert int(item["expires_at"]["N"]) - int(NOW.timestamp()) <= 400 * 24 * 3600
    assert (
        sum(len(name) + len(next(iter(value.values()))) for name, value in item.items() if name != "institution") < 1000
    )


@pytest.mark.engine
@pytest.mark.parametrize("damage", [{"hours": {"B": b"junk"}}, {"version": {"S": "x"}}, {"fmt": {"N": "99"}}])
def test_counters_that_cannot_be_read_are_an_error(dynamodb: InDynamoDb, damage: dict[str, object]) -> None:
    counted(dynamodb)
    dynamodb.put({**dynamodb.items()[f"HEALTH#{DAY}"], **damage})

    with pytest.raises(RecordUnreadable):
        dynamodb.roll_ups.get(DAY, "14")
