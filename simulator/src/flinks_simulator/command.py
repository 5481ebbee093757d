"""The `flinks-simulator` command."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from flinks_simulator.forms import FORMS, FormProblem, with_forms
from flinks_simulator.scenarios import SHIPPED, ScenarioProblem, load_scenarios
from flinks_simulator.server import PortTaken, serve_forever
from flinks_simulator.settings import Settings
from flinks_simulator.users import LOGINS, Scenario, ready_login_id

SIMULATOR_PORT = 4600
_SECONDS = click.FloatRange(min=0)


@click.command("flinks-simulator", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flinks-simulator")
@click.option("--port", default=SIMULATOR_PORT, show_default=True, help="0 for any free one.")
@click.option("--seed", type=int, help="The same seed gives the same ids and data in every run.")
@click.option(
    "--scenarios",
    "own",
    type=click.Path(exists=True, path_type=Path),
    help="A YAML file, or a folder of them, with scenarios of your own.",
)
@click.option("--list", "is_listing", is_flag=True, help="Print the scenarios with their LoginIds, and stop.")
@click.option("--pending-seconds", type=_SECONDS, default=0.0, help="How long the bank takes to reach its verdict.")
@click.option("--detail-pending-seconds", type=_SECONDS, default=0.0, help="How long the accounts' detail takes then.")
@click.option("--x-api-key", metavar="KEY", help="Require this key on every data call.")
@click.option("--requests-per-second", type=float, metavar="RATE", help="Refuse what is more: TOO_MANY_REQUESTS.")
@click.option("--webhook-url", metavar="URL", help="Where webhooks go: 10 attempts, 30 minutes apart.")
@click.option("--webhook-secret", metavar="SECRET", help="Sign webhooks with this.")
@click.option(
    "--form",
    "switches",
    metavar="NAME=VALUE",
    multiple=True,
    help="Decide a point that Flinks' pages leave open; may be repeated.",
)
@click.option("--forms", "is_listing_forms", is_flag=True, help="Print these points with their values, and stop.")
@click.pass_context
def main(
    context: click.Context,
    /,
    port: int,
    own: Path | None,
    is_listing: bool,
    switches: tuple[str, ...],
    is_listing_forms: bool,
    **settings: Any,
) -> None:
    """Simulate Flinks on this machine: the banking API and Connect."""
    try:
        scenarios = load_scenarios(own, SHIPPED) if own else SHIPPED
        if is_listing:
            click.echo(table_of(scenarios.values()))
            return
        if is_listing_forms:
            click.echo(table_of_forms())
            return
        serve_forever(
            port,
            settings=with_forms(Settings(**settings), switches),
            scenarios=scenarios,
            on_ready=lambda url: click.echo(welcome(url, context.command_path)),
            on_request=click.echo,
        )
    except (FormProblem, PortTaken, ScenarioProblem) as problem:
        raise click.ClickException(str(problem)) from None
    except KeyboardInterrupt:
        click.echo("stopped")


def welcome(url: str, command: str) -> str:
    """Say where the simulator listens and how to begin; `command` is how it was called."""
    return "\n".join(
        (
            f"Flinks simulator at {url} (Ctrl-C stops it). LoginIds of the FlinksCapital users:",
            *(f"  {login_id}  {username}" for username, login_id in LOGINS.items()),
            f"More behaviours: `{command} --list`. One line per request follows.",
        )
    )


def table_of(scenarios: Collection[Scenario]) -> str:
    """List scenarios, one per line, with their fixed LoginIds."""
    width = max(len(each.name) for each in scenarios)
    return "\n".join(
        (
            f"{'SCENARIO':{width}}  {'LOGIN ID':36}  WHAT HAPPENS",
            *(f"{each.name:{width}}  {ready_login_id(each.name)}  {each.description}" for each in scenarios),
        )
    )


def table_of_forms() -> str:
    """List the points that Flinks' pages leave open, one per line, with the values of `--form`."""
    width = max(len(each.name) for each in FORMS)
    return "\n".join(f"{each.name:{width}}  {each.help_text} ({each.choices.strip(', ')})" for each in FORMS)
