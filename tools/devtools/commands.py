"""The commands that run on this machine: the demo, the service itself, pictures of its page."""

import signal
import sys
from pathlib import Path

import click

from devtools.engine import EngineError
from devtools.service import PROJECT, Service, running_service
from flinks_simulator import LOGINS, SHIPPED, PortTaken, ScenarioProblem, load_scenarios, ready_login_id
from flinks_simulator.command import SIMULATOR_PORT
from reconnect_cli import dev_files
from reconnect_cli.dev_files import DevService, registered
from reconnect_cli.display import Display, JsonDisplay, TextDisplay


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object per line.")
def demo(is_json: bool) -> None:
    """Run three reconnects, end to end; exit 0 only if all of them SUCCEEDED."""
    from devtools.demo import play  # noqa: PLC0415 - the other commands do not need it

    try:
        sys.exit(0 if play(JsonDisplay() if is_json else TextDisplay()) else 1)
    except EngineError as broken:
        raise click.ClickException(str(broken)) from None


@click.command()
@click.option("--simulator-port", default=SIMULATOR_PORT, show_default=True, help="0 for any free one.")
@click.option(
    "--scenarios",
    "own",
    type=click.Path(exists=True, path_type=Path),
    help="A YAML file, or a folder of them, with your own scenarios for the simulator.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    help="Refuse to run more functions at once than this, as Lambda does at an account's limit.",
)
def dev(simulator_port: int, own: Path | None, concurrency: int | None) -> None:
    """Run the service on this machine until Ctrl-C."""
    display = TextDisplay()
    try:
        scenarios = load_scenarios(own, SHIPPED) if own else SHIPPED
        display.heading("Starting")
        with (
            running_service(
                {"FlinksConnectDemo": "true", "CooldownSeconds": "0"},
                simulator_port=simulator_port,
                scenarios=scenarios,
                progress=display.note,
                on_flinks_request=lambda line: display.note(f"flinks  {line}"),
                concurrency=concurrency,
            ) as service,
            registered(dev_files.DEV_FILE, _address_of(service)),
        ):
            _print_dev(display, service, sorted(scenarios.keys() - SHIPPED.keys()))
            signal.pause()
    except (EngineError, PortTaken, ScenarioProblem) as broken:
        raise click.ClickException(str(broken)) from None
    except KeyboardInterrupt:
        display.note("stopped")


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=PROJECT / "docs" / "screens",
    help="Another folder.",
)
def screenshots(folder: Path) -> None:
    """Write a picture of every screen of the hosted page, in both languages and phone width, to docs/screens.

    Needs a Chromium on this machine.
    """
    from devtools.chromium import NO_BROWSER, find_chromium, headless  # noqa: PLC0415 - as above
    from devtools.screens import gallery, photograph  # noqa: PLC0415

    executable = find_chromium()
    if executable is None:
        raise click.ClickException(NO_BROWSER)
    with gallery() as address, headless(executable) as browser:
        for picture in photograph(browser, address, folder):
            click.echo(picture)


def _address_of(service: Service) -> DevService:
    root = service.engine.credentials
    return DevService(service.api.url, root.region, root.access_key_id, root.secret_access_key)


def _print_dev(display: Display, service: Service, own: list[str]) -> None:
    root = service.engine.credentials
    display.heading(f"Ready in {service.seconds_to_start:.1f} s; Ctrl-C stops everything")
    display.note("addresses", api=service.api.url, flinks=service.simulator.url, aws=service.engine.endpoint_url)
    display.note("in another terminal, as a backend would:")
    for name in ("greatday_nomfa", "Greatday", *own):
        display.note(f"  .venv/bin/reconnect start {ready_login_id(name)} --watch   # {name}")
    display.note("or signed by curl:")
    display.note(
        f"  curl --aws-sigv4 aws:amz:{root.region}:execute-api --user {root.access_key_id}:{root.secret_access_key} "
        f'-H "Content-Type: application/json" -d \'{{"loginId": "{LOGINS["Greatday"]}"}}\' {service.api.url}/sessions'
    )
