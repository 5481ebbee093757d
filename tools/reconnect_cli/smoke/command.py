"""The command `reconnect smoke`."""

import json
import sys
from importlib import import_module

import click

from reconnect_cli.flinks_access import WrongInput
from reconnect_cli.smoke.checks import Mark, Result
from reconnect_cli.smoke.running import Plan, Run, User
from reconnect_cli.which_service import find_api
from reconnect_client.api import Api, ApiProblem, NoAnswer

_FAILED, _INTERRUPTED = 1, 130


@click.command(
    epilog="Exit status: 0 nothing failed, 1 a check failed, 2 wrong input, 130 interrupted. Nothing is cancelled or "
    "erased, unless --cancel asks for it."
)
@click.argument("login_id")
@click.option(
    "--user",
    type=click.Choice(["link", "simulator"]),
    default="link",
    show_default=True,
    help="Who answers the bank: you, with the link that is shown, or the simulator's user.",
)
@click.option("--patience", type=click.IntRange(min=1), default=600, show_default=True, help="Seconds until the end.")
@click.option("--queue-url", help="An SQS queue that a rule on the stack's bus feeds, to see that the event arrives.")
@click.option("--cancel", "is_cancelling", is_flag=True, help="Cancel the session if it has not ended.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object per check.")
def smoke(login_id: str, user: str, patience: int, queue_url: str | None, is_cancelling: bool, is_json: bool) -> None:
    """Run one session for LOGIN_ID on a deployed stack, and say by name what does not work.

    It is a live attempt at a bank, such as the sandbox's. The service is found as by the other commands.
    """
    api = find_api()
    answers = _simulated_user() if user == "simulator" else None
    run = Run(api, Plan(login_id, answers, patience, queue_url), lambda text: click.echo(f"  {text}", err=True))
    marks = []
    try:
        for result in run.results():
            marks.append(result.mark)
            click.echo(_line(result, is_json=is_json))
    except KeyboardInterrupt:
        left = f"; the session {run.session_id} goes on" if run.session_id and not is_cancelling else ""
        click.echo(f"stopped{left}", err=True)
        sys.exit(_INTERRUPTED)
    finally:
        if is_cancelling and run.session_id:
            _cancel(api, run.session_id)
    sys.exit(_FAILED if Mark.FAILED in marks else 0)


def _line(result: Result, *, is_json: bool) -> str:
    if is_json:
        return json.dumps({"check": result.check, "mark": result.mark.name, "sentence": result.sentence})
    return f"{result.mark:6} {result.check:10} {result.sentence}"


def _cancel(api: Api, session_id: str) -> None:
    try:
        api.cancel_session(session_id)
    except (ApiProblem, NoAnswer) as problem:
        click.echo(f"The session {session_id} could not be cancelled: {problem}", err=True)


def _simulated_user() -> User:
    # Another distribution, which an installed command line may lack.
    try:
        browser = import_module("flinks_simulator.browser")
    except ModuleNotFoundError:
        raise WrongInput(
            "--user simulator needs flinks-simulator: run `pip install ./simulator` in a checkout."
        ) from None

    def answer(connect_url: str) -> None:
        person = browser.SimulatedUser()
        try:
            person.open(connect_url)
            person.answer_correctly()
            person.follow_redirect()
        except browser.WrongScreenError as screen:
            raise LookupError(str(screen)) from None

    return answer
