"""What every release has written is read today as what it was, and no format changes without anyone noticing."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any

import pytest

from reconnect.adapters.dynamodb.formats import READ, WRITTEN
from reconnect.model.failures import Owner
from reconnect.model.options import DaysOfTransactions
from reconnect.model.session import Actor, Ask, Status
from tests.compat.comparing import differences
from tests.compat.golden import TODAY, facts, golden_files, golden_text, meaning_of
from tests.compat.records import records
from tests.compat.release import versions

_GOLDEN = golden_files()
_EVERY_ITEM = [(release, name) for release, golden in _GOLDEN.items() for name in golden]

_CHANGED = """This version writes other items than tests/compat/golden/today.json has.
Only fields were added that may be absent: run `python -m tests.compat.golden`, and check its diff.
Anything else (a field gone, renamed, of another type or meaning; a new value of an enumeration): it is a new format.
Read docs/data.md first, then raise READ, and one release later WRITTEN, in adapters/dynamodb/formats.py."""


def _parts(value: Any) -> Iterator[Any]:
    """A record, and every record, enumeration or other value inside it."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from _parts(each)


_PARTS = [part for record in records().values() for part in _parts(record)]


@pytest.mark.parametrize(("release", "name"), _EVERY_ITEM)
def test_what_any_release_has_written_is_read_today_as_what_it_was(release: str, name: str) -> None:
    golden = _GOLDEN[release][name]

    assert differences(golden["means"], meaning_of(golden)) == []


def test_an_item_is_written_today_as_the_golden_one_says() -> None:
    assert golden_text() == TODAY.read_text(), _CHANGED


@pytest.mark.parametrize("name", _GOLDEN["today"])
def test_what_is_written_today_comes_back_in_every_field(name: str) -> None:
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

    assert unset == set(), "set it in tests/compat/records.py, then run `python -m tests.compat.golden`"


@pytest.mark.parametrize("known", [Status, Actor, Owner, Ask, DaysOfTransactions])
def test_every_value_that_a_reader_must_know_is_in_a_golden_item(known: type[Enum]) -> None:
    written = {part for part in _PARTS if isinstance(part, known)}

    # Days of transactions are written only where they differ from the usual ones.
    assert set(known) - written <= {DaysOfTransactions.DAYS_90}, f"{_CHANGED}\nA record is missing, too."


def test_every_record_has_its_golden_item_in_todays_format() -> None:
    assert _GOLDEN["today"].keys() == records().keys()
    assert {golden["item"]["fmt"]["N"] for golden in _GOLDEN["today"].values()} == {str(WRITTEN)}
    assert READ >= WRITTEN


def test_every_release_that_is_kept_has_its_golden_items() -> None:
    assert set(versions()) <= _GOLDEN.keys()


def test_a_record_is_compared_in_every_fact_that_the_older_version_knew() -> None:
    older = {"status": "FETCHING", "attempt": {"number": 1}, "timeline": [{"cause": "a"}, {"cause": "b"}]}
    newer = {**older, "attempt": {"number": 2, "more": 1}, "timeline": [{"cause": "a"}, {"cause": "c"}], "more": None}

    assert differences(older, {**older, "more": None}) == []
    assert [each.partition(":")[0] for each in differences(older, newer)] == [".attempt.number", ".timeline[1].cause"]
    assert [each.split()[0] for each in differences(older, facts({}))] == [".status", ".attempt", ".timeline"]
    assert len(differences(older, "RecordUnreadable")) == 1
