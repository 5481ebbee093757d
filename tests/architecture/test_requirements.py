"""The pins: exact, hashed, from no particular registry, and the same wherever a package appears twice."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from devtools.audit.packages import is_allowed, licence_of
from tests.architecture.modules import LAYER, ROOT

_LAYER, _TOOLS = LAYER / "requirements.txt", ROOT / "tools" / "requirements.txt"
_PINNED = [_LAYER, _TOOLS, ROOT / "tools" / "lambda-runtime.txt", ROOT / "tools" / "audit.txt"]
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


def test_the_packages_of_node_are_pinned_with_hashes_and_from_no_particular_registry() -> None:
    lock = json.loads((ROOT / "tools" / "cdk_nag" / "package-lock.json").read_text())
    installed = {name: package for name, package in lock["packages"].items() if name}

    assert [name for name, package in installed.items() if "resolved" in package] == []
    # A package that another one bundles is under that one's hash.
    assert [name for name, each in installed.items() if not each.get("inBundle") and "integrity" not in each] == []


def test_the_bill_of_the_layer_lists_what_the_layer_contains() -> None:
    folders = (ROOT / ".local" / "layer").glob("*.dist-info")
    shipped = {path.name.partition("-")[0].replace("_", "-").lower() for path in folders}

    assert shipped <= {name.lower() for name in _pins(_LAYER)}


@pytest.mark.parametrize("name", sorted(_pins(_TOOLS)))
def test_a_packages_licence_is_known_and_leaves_ours_alone(name: str) -> None:
    assert is_allowed(licence_of(name))


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-or-later", "GNU General Public License v2 (GPLv2)", "MIT, AGPLv3", "SSPL-1.0", "unknown"]
)
def test_a_licence_that_would_reach_ours_is_found(licence: str) -> None:
    assert not is_allowed(licence)


def test_our_own_packages_say_their_licence_and_carry_it() -> None:
    for folder in (ROOT, ROOT / "simulator"):
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
        assert (folder / "LICENSE").read_text().strip().startswith("Apache License")
