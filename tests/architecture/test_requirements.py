"""The pins: exact, hashed, from no particular registry, and the same wherever a package appears twice."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.modules import LAYER, ROOT

_LAYER, _TOOLS = LAYER / "requirements.txt", ROOT / "tools" / "requirements.txt"
_PINNED = [_LAYER, _TOOLS, ROOT / "tools" / "lambda-runtime.txt"]
_LISTS = [*_PINNED, *(path.with_suffix(".in") for path in _PINNED)]


def _entries(path: Path) -> list[str]:
    """The requirements, each with its continuation lines."""
    text = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
    return [entry for entry in re.split(r"(?<!\\)\n", text) if entry.strip()]


def _pins(path: Path) -> dict[str, str]:
    return dict(re.match(r"([\w.-]+)==([\w.+!]+)", entry).groups() for entry in _entries(path))  # type: ignore[union-attr, misc]


@pytest.mark.parametrize("path", _PINNED, ids=lambda path: path.name)
def test_every_package_is_pinned_to_one_version_with_its_hashes(path: Path) -> None:
    unpinned = [
        entry
        for entry in _entries(path)
        if not re.match(r"[\w.-]+==[\w.+!]+.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL)
    ]

    assert unpinned == []
    assert len(_pins(path)) > 5


@pytest.mark.parametrize("path", _LISTS, ids=lambda path: path.name)
def test_no_requirements_file_names_a_registry(path: Path) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|(^|\s)-[if]\s", path.read_text())


@pytest.mark.parametrize("path", _PINNED, ids=lambda path: path.name)
def test_every_requirement_is_pinned(path: Path) -> None:
    required = [re.split(r"[\[=<>~ ]", line)[0] for line in path.with_suffix(".in").read_text().splitlines()]
    names = {name.lower() for name in required if name and not name.startswith(("#", "-"))}

    assert names <= {name.lower() for name in _pins(path)}


def test_what_ships_in_the_layer_is_what_the_tests_run_on() -> None:
    assert _pins(_LAYER).items() <= _pins(_TOOLS).items()


def test_the_layer_ships_neither_the_aws_sdk_nor_a_model_library() -> None:
    assert not _pins(_LAYER).keys() & {"boto3", "botocore", "pydantic", "aws-xray-sdk"}


def test_time_zones_are_known_even_where_the_system_has_none() -> None:
    code = "from zoneinfo import ZoneInfo; ZoneInfo('America/Toronto')"
    ran = subprocess.run([sys.executable, "-c", code], env={"PYTHONTZPATH": ""}, capture_output=True, check=False)

    assert ran.returncode == 0
    assert "tzdata" in _pins(_LAYER)
