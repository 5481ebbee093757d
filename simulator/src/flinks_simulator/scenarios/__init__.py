"""Reads scenarios from YAML files; an error names file, line, field and what is allowed, in one line."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from flinks_simulator.scenarios.fields import BEHAVIOUR, FAULT_FOR_EVERYONE, Fields, WrongField, read_text
from flinks_simulator.users import USERS, Behaviour, Fault, Scenario

SHIPPED_FOLDER = Path(__file__).parent
_SUFFIXES = {".yaml", ".yml"}
_SCENARIO = Fields(
    {"name": read_text, "description": read_text, "behaviour": BEHAVIOUR.read}, required={"name", "description"}
)


class ScenarioProblem(ValueError):
    """An invalid scenario file; the message says where and why."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")


class _Unusable(ValueError):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def load_scenarios(path: Path, known: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """Add the scenarios of one file, or of every YAML file of a folder, to those already known."""
    scenarios = dict(known)
    for file in _files(path):
        scenario = _load_file(file)
        if scenario.name in scenarios:
            raise ScenarioProblem(file, 1, f"name: there is already a scenario {scenario.name!r}")
        scenarios[scenario.name] = scenario
    return scenarios


def read_fault(text: str) -> Fault:
    """Read a fault for everyone, in YAML or JSON (which is YAML too)."""
    fault: Fault = _read(text, FAULT_FOR_EVERYONE)
    return fault


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES)
    if not files:
        raise ScenarioProblem(path, 0, "there is no .yaml file in this folder")
    return files


def _load_file(file: Path) -> Scenario:
    try:
        fields = _read(file.read_text(encoding="utf-8"), _SCENARIO)
    except _Unusable as unusable:
        raise ScenarioProblem(file, unusable.line, str(unusable)) from None
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ScenarioProblem(file, 0, f"the file cannot be read: {unreadable}") from None
    return Scenario(fields["name"], fields["description"], fields.get("behaviour", Behaviour()))


def _read(text: str, fields: Fields) -> Any:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise _Unusable(1, f"the document is empty; wanted fields: {fields}")
        return fields.read(node)
    except WrongField as wrong:
        raise _Unusable(wrong.line, wrong.reason) from None
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        raise _Unusable(line, f"this is not YAML: {broken.problem}") from None
    except yaml.YAMLError as broken:
        raise _Unusable(1, f"this is not YAML: {broken}") from None


SHIPPED: Mapping[str, Scenario] = MappingProxyType(load_scenarios(SHIPPED_FOLDER, USERS))
