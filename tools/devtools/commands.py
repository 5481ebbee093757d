"""The commands that run on this machine: the demo, the service itself, pictures of its page."""

import re
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import click

from devtools.engine import EngineError
from devtools.other_flinks import before_flinks, check_reachable
from devtools.service import PROJECT, TEMPLATE, LocalStack, Service, running_before, running_service
from devtools.template_parameters import ParameterProblem, read_parameters
from flinks_simulator import LOGINS, SHIPPED, PortTaken, ScenarioProblem, load_scenarios, ready_login_id
from flinks_simulator.command import SIMULATOR_PORT
from reconnect.model.flinks_secret import FlinksSecret
from reconnect_cli import dev_files
from reconnect_cli.dev_files import DevService, registered, running_here
from reconnect_cli.display import Display, JsonDisplay, TextDisplay
from reconnect_cli.flinks_access import WrongInput, check_origin, read_keys
from reconnect_cli.which_service import STACK_VARIABLE

_NAME = re.compile("[a-z0-9-]{1,32}")


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object per line.")
def demo(is_json: bool) -> None:
    """Run three reconnects, end to end; exit 0 only if all of them SUCCEEDED."""
    from devtools.demo import play  # noqa: PLC0415 - the other commands do not need it

    try:
        sys.exit(0 if play(JsonDisplay() if is_json else TextDisplay()) else 1)
    except EngineError as broken:
        raise click.ClickException(str(broken)) from None


def _check_name(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not _NAME.fullmatch(value):
        raise click.BadParameter("a name has 1 to 32 lower-case letters, digits and hyphens.")
    if other := next((each for each in running_here(dev_files.DEV_FILE) if each.name == value), None):
        raise click.ClickException(
            f"A service named {value} runs here already, at {other.api_url}. Choose another name: --name NAME."
        )
    return value


def _usual_port(display: Display) -> int:
    """Return the simulator's usual port, or 0, for any free one, if another program has it."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", SIMULATOR_PORT))
        except OSError:
            display.note(f"port {SIMULATOR_PORT} is taken, so the simulator takes a free one")
            return 0
    return SIMULATOR_PORT


@click.command()
@click.option(
    "--name",
    envvar=STACK_VARIABLE,
    default="reconnect",
    show_default=True,
    callback=_check_name,
    help="The stack's name, by which RECONNECT_STACK selects it for the other commands.",
)
@click.option(
    "--simulator-port",
    type=int,
    help=f"0 for any free one; by default {SIMULATOR_PORT} unless it is taken.",
)
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
@click.option(
    "--parameter",
    "given",
    metavar="NAME=VALUE",
    multiple=True,
    help="Set a parameter of the template; may be repeated.",
)
@click.option(
    "--flinks-url",
    callback=check_origin,
    help="Use the Flinks at this origin, with your own keys, instead of the simulator.",
)
@click.option(
    "--secret-file",
    type=click.File(),
    help="With --flinks-url: a file with the secret's JSON, - for standard input; or FLINKS_SECRET_KEY, or a prompt.",
)
def dev(
    name: str,
    simulator_port: int | None,
    own: Path | None,
    concurrency: int | None,
    given: tuple[str, ...],
    flinks_url: str | None,
    secret_file: IO[str] | None,
) -> None:
    """Run the service on this machine until Ctrl-C.

    Several may run, each under a name of its own. With --flinks-url it runs before any Flinks, such as the sandbox or a
    proxy. That needs your customer id, as FLINKS_CUSTOMER_ID or as the parameter FlinksCustomerId; `reconnect
    preflight` prints the other parameters.
    """
    display = TextDisplay()
    try:
        # A mistake is said before anything starts.
        parameters = {"CooldownSeconds": "0"} | read_parameters(TEMPLATE, given)
        scenarios = load_scenarios(own, SHIPPED) if own else SHIPPED
        if flinks_url is not None:
            _dev_before(display, name, flinks_url, read_keys(secret_file), parameters, concurrency)
            return
        display.heading("Starting")
        with (
            running_service(
                {"FlinksConnectDemo": "true"} | parameters,
                simulator_port=_usual_port(display) if simulator_port is None else simulator_port,
                scenarios=scenarios,
                progress=display.note,
                on_flinks_request=lambda line: display.note(f"flinks  {line}"),
                concurrency=concurrency,
            ) as service,
            registered(dev_files.DEV_FILE, _address_of(service, name)),
        ):
            _print_dev(display, service, sorted(scenarios.keys() - SHIPPED.keys()))
            signal.pause()
    except ParameterProblem as wrong:
        raise WrongInput(str(wrong)) from None
    except (EngineError, PortTaken, ScenarioProblem) as broken:
        raise click.ClickException(str(broken)) from None
    except KeyboardInterrupt:
        display.note("stopped")


def _dev_before(
    display: Display, name: str, flinks_url: str, keys: FlinksSecret, given: Mapping[str, str], concurrency: int | None
) -> None:
    """Run the service before a Flinks that is already there."""
    parameters = {**before_flinks(flinks_url), **given}
    if "FlinksCustomerId" not in parameters:
        raise WrongInput(
            "Flinks needs your customer id: set FLINKS_CUSTOMER_ID or give --parameter FlinksCustomerId=..."
        )
    read_parameters(TEMPLATE, [f"{name}={value}" for name, value in parameters.items()])
    check_reachable(parameters["FlinksApiBaseUrl"])
    display.heading("Starting")
    with (
        running_before(parameters, keys, progress=display.note, concurrency=concurrency) as stack,
        registered(dev_files.DEV_FILE, _address_of(stack, name)),
    ):
        display.heading(f"Ready in {stack.seconds_to_start:.1f} s; Ctrl-C stops everything")
        display.note("addresses", api=stack.api.url, flinks=flinks_url, aws=stack.engine.endpoint_url)
        _print_names(display, stack)
        display.note("in another terminal, as a backend would; each start is a live attempt at a bank:")
        display.note("  .venv/bin/reconnect start LOGIN_ID --watch")
        signal.pause()


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


def _address_of(service: LocalStack, name: str) -> DevService:
    root = service.engine.credentials
    return DevService(
        service.api.url,
        root.region,
        root.access_key_id,
        root.secret_access_key,
        aws_url=service.engine.endpoint_url,
        event_bus=service.stack.outputs["EventBusName"],
        name=name,
    )


def _print_names(display: Display, service: LocalStack) -> None:
    outputs = service.stack.outputs
    display.note(
        "for the AWS command line with --endpoint-url and the address of aws",
        bus=outputs["EventBusName"],
        stateMachine=outputs["StateMachineArn"],
        table=outputs["TableName"],
    )


def _print_dev(display: Display, service: Service, own: list[str]) -> None:
    root = service.engine.credentials
    display.heading(f"Ready in {service.seconds_to_start:.1f} s; Ctrl-C stops everything")
    display.note("addresses", api=service.api.url, flinks=service.simulator.url, aws=service.engine.endpoint_url)
    _print_names(display, service)
    display.note("in another terminal, as a backend would:")
    for name in ("greatday_nomfa", "Greatday", *own):
        display.note(f"  .venv/bin/reconnect start {ready_login_id(name)} --watch   # {name}")
    display.note("or signed by curl:")
    display.note(
        f"  curl --aws-sigv4 aws:amz:{root.region}:execute-api --user {root.access_key_id}:{root.secret_access_key} "
        f'-H "Content-Type: application/json" -d \'{{"loginId": "{LOGINS["Greatday"]}"}}\' {service.api.url}/sessions'
    )
