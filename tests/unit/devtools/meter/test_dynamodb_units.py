"""DynamoDB's units, each case computed by hand from the Developer Guide's rules."""

from typing import Any

import pytest

from devtools.meter.dynamodb import Units, item_bytes, units_of

KIB = 1024
SPARSE = {"keys": ["due"], "projection": "KEYS_ONLY", "included": []}


def an_item(size: int, **attributes: dict[str, Any]) -> dict[str, Any]:
    """An item of exactly this many bytes, padded in its attribute `fill`."""
    item = {"pk": {"S": "A"}, **attributes}
    return {**item, "fill": {"S": "x" * (size - item_bytes(item) - len("fill"))}}


def a_write(
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    *,
    action: str = "PutItem",
    refused: bool = False,
    index: dict[str, Any] | None = None,
) -> dict[str, Any]:
    schema = {"keys": ["pk"], "indexes": [index] if index else []}
    touched = {"old": old, "new": old if refused else new, "asked": new, "schema": schema}
    return {"action": action, "refused": refused, "touched": [touched]}


def a_read(*items: dict[str, Any] | None, action: str = "GetItem", consistent: bool = True) -> dict[str, Any]:
    return {"action": action, "refused": False, "read": list(items), "consistent": consistent}


@pytest.mark.parametrize(
    ("attribute", "size"),
    [
        ({"S": "Montréal"}, 9),
        ({"S": ""}, 0),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "1790000000"}, 3),
        ({"N": "-12.345"}, 4),
        ({"B": "AAECAw=="}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "cde"]}, 5),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + (1 + 2) + (1 + 2)),
        ({"M": {"at": {"S": "noon"}}}, 3 + 1 + 2 + 4),
    ],
)
def test_an_attribute_takes_its_name_and_its_value(attribute: dict[str, Any], size: int) -> None:
    assert item_bytes({"name": attribute}) == len("name") + size


@pytest.mark.parametrize(("size", "units"), [(10, 1), (KIB, 1), (KIB + 1, 2), (3 * KIB, 3)])
def test_a_write_takes_one_unit_per_started_kibibyte(size: int, units: int) -> None:
    assert units_of(a_write(None, an_item(size))) == Units(write=units)


@pytest.mark.parametrize(("old", "new"), [(4 * KIB, 100), (100, 4 * KIB)])
def test_a_write_counts_the_larger_of_the_item_before_and_after(old: int, new: int) -> None:
    assert units_of(a_write(an_item(old), an_item(new))).write == 4


def test_a_delete_counts_the_deleted_item_or_one_unit() -> None:
    assert units_of(a_write(an_item(2 * KIB), None, action="DeleteItem")).write == 2
    assert units_of(a_write(None, None, action="DeleteItem")).write == 1


def test_a_failed_condition_costs_as_much_as_the_write() -> None:
    assert units_of(a_write(an_item(100), an_item(2 * KIB), refused=True, index=SPARSE)) == Units(write=2)


def test_a_transaction_costs_twice_for_each_item_but_not_in_an_index() -> None:
    entry = a_write(None, an_item(2 * KIB, due={"N": "1"}), action="TransactWriteItems", index=SPARSE)
    entry["touched"] *= 2

    assert units_of(entry) == Units(write=2 * (2 * 2), index=2)


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, {"due": {"N": "1"}}, 1),
        ({"due": {"N": "1"}}, {"due": {"N": "1"}}, 0),
        ({"due": {"N": "1"}}, {"due": {"N": "2"}}, 2),
        ({"due": {"N": "1"}}, {}, 1),
        ({"due": {"N": "1"}}, None, 1),
        ({}, {}, 0),
    ],
    ids=["put", "stays", "moves", "leaves", "is deleted", "was never there"],
)
def test_a_sparse_index_costs_only_when_its_own_entry_changes(
    old: dict[str, Any] | None, new: dict[str, Any] | None, units: int
) -> None:
    before, after = (None if each is None else an_item(3 * KIB, **each) for each in (old, new))

    assert units_of(a_write(before, after, index=SPARSE)).index == units


def test_an_index_that_holds_everything_costs_as_much_as_the_table() -> None:
    everything = {"keys": ["due"], "projection": "ALL", "included": []}
    old, new = an_item(100, due={"N": "1"}), an_item(3 * KIB, due={"N": "1"})

    assert units_of(a_write(old, new, index=everything)) == Units(write=3, index=3)


@pytest.mark.parametrize(
    ("entry", "units"),
    [
        (a_read(an_item(100)), 1),
        (a_read(an_item(4 * KIB + 1)), 2),
        (a_read(an_item(100), consistent=False), 0.5),
        (a_read(None), 1),
        (a_read(an_item(100), action="TransactGetItems"), 2),
        (a_read(an_item(100), an_item(100), action="BatchGetItem", consistent=False), 1),
        (a_read(an_item(3 * KIB), an_item(3 * KIB), action="Query", consistent=False), 1),
        (a_read(action="Query", consistent=False), 0.5),
    ],
)
def test_an_eventually_consistent_read_takes_half_of_the_units(entry: dict[str, Any], units: float) -> None:
    assert units_of(entry) == Units(read=units)


def test_a_task_token_counts_with_the_length_it_has_on_aws() -> None:
    entry = a_write(None, an_item(900, task_token={"S": "short"}))

    assert units_of(entry).write == 1
    assert units_of(entry, token_bytes=730).write == 2


def test_a_token_of_another_kind_counts_as_it_is() -> None:
    entry = a_write(None, an_item(900, load={"M": {"token": {"S": "short"}}}))

    assert units_of(entry, token_bytes=730).write == 1
