"""The commands of `reconnect` that need a checkout of the repository; they are loaded when called."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

# In an installed wheel this is a folder of the environment.
ROOT = Path(__file__).resolve().parents[2]

_CALLED_WITH_ANYTHING = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
_USE_A_CHECKOUT = "run `make setup` in a checkout of the repository and use its .venv/bin/reconnect"
_INSTALL_THE_SIMULATOR = "run `pip install ./simulator` in a checkout of the repository"


class NotInstalled(click.ClickException):
    """The package of a command is not installed here."""

    exit_code = 2


@dataclass(frozen=True)
class _Command:
    """`attribute` of the module `home`; `help_text` is the first line of its help."""

    home: str
    attribute: str
    help_text: str
    remedy: str = _USE_A_CHECKOUT


COMMANDS = {
    "demo": _Command(
        "devtools.commands", "demo", "Run three reconnects, end to end; exit 0 only if all of them SUCCEEDED."
    ),
    "dev": _Command("devtools.commands", "dev", "Run the service on this machine until Ctrl-C."),
    "screenshots": _Command(
        "devtools.commands",
        "screenshots",
        "Write a picture of every screen of the hosted page, in both languages and phone width, to docs/screens.",
    ),
    "simulator": _Command(
        "flinks_simulator.command",
        "main",
        "Simulate Flinks on this machine: the banking API and Connect.",
        _INSTALL_THE_SIMULATOR,
    ),
}


def is_here() -> bool:
    """Whether this is a checkout, in which a development stack may run."""
    return (ROOT / "template.yaml").is_file()


class CommandLine(click.Group):
    """The operator's commands, and under a separate heading those that need a checkout."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every name, including commands that are not installed."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; one that is not installed is replaced by a stand-in that says what to do."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        wanted = COMMANDS[cmd_name]
        try:
            command: click.Command = getattr(import_module(wanted.home), wanted.attribute)
        except ModuleNotFoundError as missing:
            return _stand_in(cmd_name, missing.name, wanted.remedy)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both lists of commands into the help without loading those that need a checkout."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        own = [(name, self.commands[name].get_short_help_str(limit)) for name in names if name in self.commands]
        others = [(name, COMMANDS[name].help_text) for name in names if name in COMMANDS]
        for heading, lines in (("Commands", own), ("Commands that need a checkout of the repository", others)):
            with formatter.section(heading):
                formatter.write_dl(lines)


def _stand_in(name: str, missing: str | None, remedy: str) -> click.Command:
    def refuse() -> None:
        raise NotInstalled(f"`reconnect {name}` needs {missing}, which is not installed here: {remedy}.")

    return click.Command(name, context_settings=_CALLED_WITH_ANYTHING, callback=refuse, add_help_option=False)
