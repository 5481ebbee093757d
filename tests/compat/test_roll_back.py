"""The previous release reads what today's version has written, as after a roll-back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compat.comparing import differences
from tests.compat.golden import golden_files
from tests.compat.release import Release, versions

_TODAY = golden_files()["today"]
_BEFORE = golden_files()[versions()[-1]]


def _format_of(golden: dict[str, Any]) -> int:
    return int(golden["item"].get("fmt", {"N": "0"})["N"])


# Release 0.1.0 writes format 1, and marks its items with it.
_FORMAT_BEFORE = max(1, *(map(_format_of, _BEFORE.values())))


# Kinds of record that came after the release are never read by it.
_KNOWN = {
    name: golden for name, golden in _TODAY.items() if golden["kind"] in {each["kind"] for each in _BEFORE.values()}
}


@pytest.fixture(scope="module")
def meanings(release: Release, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return how the release reads today's items."""
    items = tmp_path_factory.mktemp("today") / "items.json"
    items.write_text(json.dumps(_KNOWN))
    found: dict[str, Any] = json.loads(release.run("tests.compat.golden", "read", items))
    return found


@pytest.mark.parametrize("name", _KNOWN)
def test_the_previous_release_reads_todays_records_correctly_or_refuses(meanings: dict[str, Any], name: str) -> None:
    is_refused = meanings[name] == "RecordUnreadable"

    assert is_refused or differences(meanings[name], _TODAY[name]["means"]) == []
    assert not is_refused or _format_of(_TODAY[name]) > _FORMAT_BEFORE, "it must read a format that it knows"


def test_the_previous_release_still_writes_its_golden_items(release: Release, tmp_path: Path) -> None:
    written = tmp_path / "items.json"

    release.run("tests.compat.golden", "write", written)

    assert json.loads(written.read_text()) == _BEFORE
