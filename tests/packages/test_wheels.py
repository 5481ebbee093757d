"""The wheels: their files, their metadata, and that they declare everything that their modules import."""

from pathlib import Path

import pytest

from tests.architecture.modules import LAYER, ROOT
from tests.packages.environments import Environment, Wheel, install

_LAYER, _COMMAND_LINE, _SIMULATOR = LAYER / "reconnect", ROOT / "tools" / "reconnect_cli", ROOT / "simulator" / "src"

_CLIENT = ROOT / "client" / "src" / "reconnect_client"

# Imports every module by name and prints those that cannot be imported.
_IMPORT_ALL = """
import importlib, pkgutil, sys
missing = []
def walk(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as problem:
        missing.append(f"{name} needs {problem.name}")
        return
    for found in pkgutil.iter_modules(getattr(module, "__path__", []), f"{name}."):
        if not found.name.endswith("__main__"):
            walk(found.name)
for name in sys.argv[1:]:
    walk(name)
print(*missing, sep="\\n")
"""


def _sources(*folders: Path) -> set[str]:
    """Every file of these packages, as a wheel names it."""
    return {
        str(path.relative_to(folder.parent))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _not_importable(environment: Environment, *names: str) -> list[str]:
    ran = environment.run("python", "-I", "-c", _IMPORT_ALL, *names)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split("\n")[:-1] if ran.stdout.strip() else []


def test_the_command_lines_wheel_has_three_complete_packages(reconnect_wheel: Wheel) -> None:
    assert reconnect_wheel.files == _sources(_LAYER, _COMMAND_LINE, _CLIENT)


def test_the_clients_wheel_has_one_complete_package_that_declares_its_imports(
    client_wheel: Wheel, backend: Environment
) -> None:
    assert client_wheel.files == _sources(_CLIENT)
    assert {each.name for each in client_wheel.requirements} == {"botocore", "requests"}
    assert _not_importable(backend, "reconnect_client") == []


def test_the_simulators_wheel_has_one_complete_package_and_its_plugin(simulator_wheel: Wheel) -> None:
    assert simulator_wheel.files == _sources(_SIMULATOR / "flinks_simulator") | {"pytest_flinks_simulator.py"}


@pytest.mark.parametrize(
    ("name", "readme"),
    [("reconnect", "README.md"), ("reconnect-client", "client/README.md"), ("simulator", "simulator/README.md")],
)
def test_a_wheel_has_its_licence_and_readme(request: pytest.FixtureRequest, name: str, readme: str) -> None:
    wheel: Wheel = request.getfixturevalue(f"{name.removeprefix('reconnect-')}_wheel")

    assert wheel.metadata["Name"] == f"flinks-{name}"
    assert wheel.metadata["License-Expression"] == "Apache-2.0"
    assert wheel.metadata["Requires-Python"] == ">=3.11"
    assert wheel.metadata.get_payload() == (ROOT / readme).read_text()
    assert [str(each) for each in wheel.requirements if not each.specifier] == []


def test_the_command_line_declares_all_its_imports(operator: Environment) -> None:
    missing = _not_importable(operator, "reconnect", "reconnect_cli", "reconnect_client")

    # Only functions draw the page, and their layer brings segno.
    assert [each for each in missing if not each.endswith(" needs segno")] == [
        "reconnect_cli.parquet_files needs pyarrow",
    ]


def test_the_extra_installs_what_parquet_needs(reconnect_wheel: Wheel, tmp_path: Path) -> None:
    environment = install(tmp_path, reconnect_wheel, extras=frozenset({"parquet"}))

    assert _not_importable(environment, "reconnect_cli.parquet_files") == []


def test_the_simulator_declares_all_its_imports(simulator_wheel: Wheel, tmp_path: Path) -> None:
    environment = install(tmp_path, simulator_wheel)

    assert _not_importable(environment, "flinks_simulator") == []
    assert _not_importable(environment, "pytest_flinks_simulator") == ["pytest_flinks_simulator needs pytest"]
