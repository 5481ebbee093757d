"""The commands that need a checkout: listed apart, loaded when called, explained when missing."""

import sys

import click
import pytest
from click.testing import CliRunner

from reconnect_cli import checkout
from reconnect_cli.cli import main


@pytest.mark.parametrize("name", checkout.COMMANDS)
def test_the_list_shows_the_first_line_of_the_commands_own_help(name: str) -> None:
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert (command.help or "").splitlines()[0] == checkout.COMMANDS[name].help_text


@pytest.mark.parametrize("name", checkout.COMMANDS)
@pytest.mark.parametrize("arguments", [[], ["--help"], ["--json", "x"]], ids=" ".join)
def test_a_command_that_is_not_installed_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str]
) -> None:
    home = checkout.COMMANDS[name].home
    monkeypatch.setitem(sys.modules, home, None)

    ran = CliRunner().invoke(main, [name, *arguments])

    assert ran.exit_code == 2
    assert ran.stderr.startswith(f"Error: `reconnect {name}` needs {home}, which is not installed here: run `")
    assert len(ran.stderr.splitlines()) == 1


def test_outside_a_checkout_the_service_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "is_here", lambda: False)
    monkeypatch.delenv("RECONNECT_API_URL", raising=False)

    ran = CliRunner().invoke(main, ["show", "0" * 32])

    assert ran.exit_code == 1
    assert ran.stderr == "Error: No service is named. Set RECONNECT_API_URL to the stack's ApiUrl.\n"
