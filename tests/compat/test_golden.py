"""Today's code reads the items of every release correctly, and no format changes unnoticed."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any

import pytest

from reconnect.adapters.dynamodb.formats import READ, WRITTEN
from reconnect.model.attempt import Ask
from reconnect.model.batch_items import ItemState
from reconnect.model.batch_run import BatchStatus, Wanted
from reconnect.model.failures import Owner
from reconnect.model.options import DaysOfTransactions
from reconnect.model.session import Actor, Status
from tests.compat.comparing import differences
from tests.compat.golden import TODAY, facts, golden_files, golden_text, meaning_of
from tests.compat.records import records
from tests.compat.release import versions

_GOLDEN = golden_files()
_EVERY_ITEM = [(release, name) for release, golden in _GOLDEN.items() for name in golden]

_CHANGED = """This version writes items that differ from tests/compat/golden/today.json.
If only optional fields were added: run `python -m tests.compat.golden`, and check its diff.
Any other change (a removed or renamed field, a new type, meaning or enumeration value) is a new format.
Read docs/data.md first, then raise READ, and one release later WRITTEN, in adapters/dynamodb/formats.py."""


def _parts(value: Any) -> Iterator[Any]:
    """Yield a record and every value inside it."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, tuple | frozenset | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _parts(each)


_PARTS = [part for record in records().values() for part in _parts(record)]


@pytest.mark.parametrize(("release", "name"), _EVERY_ITEM)
def test_todays_code_reads_the_items_of_every_release_correctly(release: str, name: str) -> None:
    golden = _GOLDEN[release][name]

    assert differences(golden["means"], meaning_of(golden)) == []


def test_todays_code_writes_the_golden_items() -> None:
    assert golden_text() == TODAY.read_text(), _CHANGED


@pytest.mark.parametrize("name", _GOLDEN["today"])
def test_todays_items_are_read_back_in_every_field(name: str) -> None:
    golden = _GOLDEN["today"][name]

    assert meaning_of(golden) == golden["means"]


def test_every_field_of_every_record_is_in_a_golden_item() -> None:
    optional = {
        (type(part), field.name): field.default
        for part in _PARTS
        if is_dataclass(part)
        for field in fields(part)
        if field.default is not MISSING
    }
    unset = {
        f"{kind.__name__}.{name}"
        for (kind, name), default in optional.items()
        if all(getattr(part, name) == default for part in _PARTS if type(part) is kind)
    }

    assert unset == set(), "set these in tests/compat/records.py, then run `python -m tests.compat.golden`"


# Days of transactions are written only where they differ from the default; the others are shown, and never written.
_NEVER_WRITTEN = {DaysOfTransactions.DAYS_90, BatchStatus.PAUSED, BatchStatus.STOPPING, ItemState.QUEUED}


@pytest.mark.parametrize("known", [Status, Actor, Owner, Ask, DaysOfTransactions, BatchStatus, Wanted, ItemState])
def test_every_value_that_a_reader_must_know_is_in_a_golden_item(known: type[Enum]) -> None:
    written = {part for part in _PARTS if isinstance(part, known)}

    assert set(known) - written <= _NEVER_WRITTEN, f"{_CHANGED}\nA record is missing as well."


def test_every_record_has_its_golden_item_in_todays_format() -> None:
    assert _GOLDEN["today"].keys() == records().keys()
    assert {golden["item"]["fmt"]["N"] for golden in _GOLDEN["today"].values()} == {str(WRITTEN)}
    assert READ >= WRITTEN


def test_every_stored_release_has_its_golden_items() -> None:
    assert set(versions()) <= _GOLDEN.keys()


def test_records_are_compared_in_every_field_of_the_older_version() -> None:
    older = {"status": "FETCHING", "attempt": {"number": 1}, "timeline": [{"cause": "a"}, {"cause": "b"}]}
    newer = {**older, "attempt": {"number": 2, "more": 1}, "timeline": [{"cause": "a"}, {"cause": "c"}], "more": None}

    assert differences(older, {**older, "more": None}) == []
    assert [each.partition(":")[0] for each in differences(older, newer)] == [".attempt.number", ".timeline[1].cause"]
    assert [each.split()[0] for each in differences(older, facts({}))] == [".status", ".attempt", ".timeline"]
    assert len(differences(older, "RecordUnreadable")) == 1
