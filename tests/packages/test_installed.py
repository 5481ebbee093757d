"""Both distributions, used without a checkout."""

import re
from pathlib import Path

import pytest

from tests.architecture.modules import ROOT
from tests.packages.environments import Environment, Wheel, install

_README = (ROOT / "simulator" / "README.md").read_text()


def test_the_command_line_lists_commands_that_need_a_checkout_apart(operator: Environment) -> None:
    ran = operator.run("reconnect", "--help")

    own, _, of_checkouts = ran.stdout.partition("Commands that need a checkout of the repository:\n")
    assert ran.returncode == 0
    assert re.findall(r"^  (\w+)  ", own.partition("Commands:\n")[2], re.MULTILINE) == [
        *("batch", "cancel", "codes", "console", "erase", "events", "evidence", "extend", "institutions", "list"),
        *("listen", "login", "preflight", "remind", "requests", "result", "show", "smoke", "start", "watch"),
    ]
    assert re.findall(r"^  (\w+)  ", of_checkouts, re.MULTILINE) == ["demo", "dev", "screenshots", "simulator"]


def test_the_command_line_prints_its_version(operator: Environment, reconnect_wheel: Wheel) -> None:
    assert (
        operator.run("reconnect", "--version").stdout == f"reconnect, version {reconnect_wheel.metadata['Version']}\n"
    )


@pytest.mark.parametrize(
    ("command", "missing"),
    [("demo", "devtools"), ("dev", "devtools"), ("screenshots", "devtools"), ("simulator", "flinks_simulator")],
)
def test_a_command_that_needs_more_names_it_in_one_sentence(operator: Environment, command: str, missing: str) -> None:
    ran = operator.run("reconnect", command)

    assert ran.returncode == 2
    assert ran.stderr.startswith(f"Error: `reconnect {command}` needs {missing}, which is not installed here: run `")
    assert ran.stderr.count("\n") == 1


def test_a_command_that_calls_a_service_requires_its_address(operator: Environment) -> None:
    ran = operator.run("reconnect", "show", "0" * 32)

    assert (ran.returncode, ran.stderr) == (
        1,
        "Error: No service is named. Set RECONNECT_API_URL to the stack's ApiUrl.\n",
    )


def test_with_both_installed_the_command_line_has_the_simulator(
    reconnect_wheel: Wheel, simulator_wheel: Wheel, tmp_path: Path
) -> None:
    both = install(tmp_path, reconnect_wheel, simulator_wheel)

    listed = both.run("reconnect", "simulator", "--list")

    assert listed.returncode == 0
    assert listed.stdout == both.run("flinks-simulator", "--list").stdout
    assert "redirect_lost" in listed.stdout


def test_the_simulator_prints_its_version(stranger: Environment, simulator_wheel: Wheel) -> None:
    version = simulator_wheel.metadata["Version"]

    assert stranger.run("flinks-simulator", "--version").stdout == f"flinks-simulator, version {version}\n"


def test_the_readmes_pytest_example_passes_in_another_project(stranger: Environment, tmp_path: Path) -> None:
    [example] = re.findall(r"```python\n(.*?)```", _README, re.DOTALL)
    (tmp_path / "test_theirs.py").write_text(example)

    ran = stranger.run("python", "-m", "pytest", "-p", "no:cacheprovider", cwd=tmp_path)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout
    assert "flinks-simulator" in ran.stdout.partition("plugins:")[2].splitlines()[0]


def test_a_run_that_does_not_use_the_simulator_does_not_load_it(stranger: Environment, tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(
        "import sys\n\n\ndef test_it():\n    assert not {'flask', 'flinks_simulator'} & sys.modules.keys()\n"
    )

    ran = stranger.run("python", "-m", "pytest", "-p", "no:cacheprovider", cwd=tmp_path)

    assert ran.returncode == 0, ran.stdout
