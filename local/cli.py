"""The `reconnect` command: open, show and watch sessions of a deployed service; run it and a Flinks on this machine."""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import boto3
import click
import requests
from botocore.credentials import Credentials

from local.api import Api, ApiProblem
from local.cards import what_to_do_about
from local.codes import codes_table
from local.display import Display, JsonDisplay, TextDisplay
from local.following import StillWaiting, follow
from local.results import ResultProblem, fetch_result
from local.running import DEV_FILE, demo, dev, screenshots
from local.simulator.command import simulator
from reconnect.domain.options import DaysOfTransactions

_WATCH_SECONDS = 3600.0
_OPTIONS = ("summaryOnly", "daysOfTransactions", "withIdentity", "accounts")

_Answer = TypeVar("_Answer")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Fresh bank data for a Flinks LoginId, with the user brought back only when the bank asks.

    start, show, watch and cancel talk to the service that `reconnect dev` (or `make dev`) runs on this machine. For
    one on AWS set RECONNECT_API_URL to the stack's ApiUrl; requests are signed with your AWS credentials and region.
    """
    # A supervisor's polite stop runs the same clean-up as Ctrl-C.
    signal.signal(signal.SIGTERM, _stop)


for command in (demo, dev, screenshots, simulator):
    main.add_command(command)


@main.command()
@click.argument("login_id")
@click.option("--language", type=click.Choice(["en", "fr"]), help="What we and Connect speak to the user.")
@click.option("--time-zone", help="Where the user lives, as IANA calls it; for reminders' quiet hours.")
@click.option("--return-url", help="Where the browser goes after the bank; https only.")
@click.option("--correlation-id", help="Your own id, repeated in every event.")
@click.option("--link-lifetime-hours", type=int, help="How long the session waits for its user.")
@click.option("--summary-only", is_flag=True, default=None, help="Accounts without transactions.")
@click.option("--days-of-transactions", type=click.Choice([*map(str, DaysOfTransactions)]), help="How far back.")
@click.option("--with-identity", is_flag=True, default=None, help="Account numbers and holders too.")
@click.option("--account", "accounts", multiple=True, default=None, help="Only this account id; may be repeated.")
@click.option("--idempotency-key", help="The same key finds the same session for 24 hours.")
@click.option("--watch", "is_watching", is_flag=True, help="Follow the session to its end.")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def start(
    context: click.Context,
    /,
    login_id: str,
    idempotency_key: str | None,
    is_watching: bool,
    is_json: bool,
    **fields: Any,
) -> None:
    """Ask for fresh data for LOGIN_ID.

    Opens a session, or joins the one that is live for this login.
    """
    api, display = _api(), _display(is_json)
    given = {_camel(name): value for name, value in fields.items() if value not in (None, ())}
    options = {name: given.pop(name) for name in _OPTIONS if name in given}
    request = {**given, **({"options": options} if options else {})}
    opened = _asked(lambda: api.open_session(idempotency_key, loginId=login_id, **request)).body
    display.note("joined the live session" if opened["joined"] else "opened", session=opened["sessionId"])
    if is_watching:
        context.invoke(watch, session_id=opened["sessionId"], is_json=is_json)


@main.command()
@click.argument("session_id")
@click.option("--json", "is_json", is_flag=True, help="The API's own JSON.")
def show(session_id: str, is_json: bool) -> None:
    """Show SESSION_ID: its timeline, who must act next, its accounts."""
    api = _api()
    session = _asked(lambda: api.read_session(session_id))
    if is_json:
        click.echo(json.dumps(session, indent=2, ensure_ascii=False))
        return
    _show(TextDisplay(), session)


@main.command()
@click.argument("session_id")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line.")
def watch(session_id: str, is_json: bool) -> None:
    """Follow SESSION_ID to its end; exit 0 only if it SUCCEEDED."""
    api, display = _api(), _display(is_json)
    try:
        ended = _asked(lambda: _watch(api, display, session_id))
    except StillWaiting as waiting:
        raise click.ClickException(f"{waiting}; it goes on, and you can watch it again") from None
    sys.exit(0 if ended["status"] == "SUCCEEDED" else 1)


@main.command()
@click.argument("session_id")
@click.option(
    "--format", "format_name", type=click.Choice(["json", "csv", "parquet"]), default="csv", show_default=True
)
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="By default SESSION_ID.")
def result(session_id: str, format_name: str, folder: Path | None) -> None:
    """Fetch what SESSION_ID read, as files in a folder.

    json is the document as Flinks sent it; csv and parquet are two tables, accounts and transactions.
    """
    from local.result_files import write_files  # noqa: PLC0415 - the other commands need no tables

    api = _api()
    document = _asked(lambda: fetch_result(api, session_id))
    for path in _asked(lambda: write_files(document, format_name, folder or Path(session_id))):
        click.echo(path)


@main.command()
@click.argument("session_id")
def cancel(session_id: str) -> None:
    """Cancel SESSION_ID; one that has ended stays as it is."""
    api, display = _api(), TextDisplay()
    session = _asked(lambda: api.cancel_session(session_id))
    display.note(session["status"], next_allowed_at=session["nextAllowedAt"])


@main.command()
@click.argument("login_id")
@click.option("--delete-card", is_flag=True, help="Have Flinks forget the login, too (DeleteCard).")
@click.confirmation_option(prompt="Sessions and results of this login will be gone for good. Go on?")
def erase(login_id: str, delete_card: bool) -> None:
    """Forget LOGIN_ID: end what is live, delete every record and result."""
    erasure = _asked(lambda: _api().erase_login(login_id, delete_card=delete_card))
    TextDisplay().note("erased", **erasure)
    sys.exit(what_to_do_about(erasure["card"]))


@main.command()
def codes() -> None:
    """What each FlinksCode means to the service, as Markdown."""
    click.echo(codes_table())


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _api() -> Api:
    url = os.environ.get("RECONNECT_API_URL")
    if url:
        session = boto3.session.Session()
        credentials, region = session.get_credentials(), session.region_name
        if credentials is None or region is None:
            raise click.ClickException("RECONNECT_API_URL is set, but there are no AWS credentials or no region.")
        return Api(url.rstrip("/"), credentials, region)
    try:
        running = json.loads(DEV_FILE.read_text())
    except FileNotFoundError:
        raise click.ClickException(
            "No service is running here. Start one with `make dev`, or set RECONNECT_API_URL for one on AWS."
        ) from None
    return Api(running["apiUrl"], Credentials(running["accessKeyId"], running["secretAccessKey"]), running["region"])


def _asked(ask: Callable[[], _Answer]) -> _Answer:
    try:
        return ask()
    except (ApiProblem, ResultProblem) as problem:
        raise click.ClickException(str(problem)) from None
    except requests.exceptions.ConnectionError:
        raise click.ClickException("The service does not answer at its address. Is it still running?") from None


def _watch(api: Api, display: Display, session_id: str) -> dict[str, Any]:
    session: dict[str, Any] = {}
    shown_url = None
    for session in follow(api, session_id, patience=_WATCH_SECONDS):
        display.session(session)
        if session["connectUrl"] and session["connectUrl"] != shown_url:
            shown_url = session["connectUrl"]
            display.note("open Connect to answer the bank", connectUrl=shown_url)
    display.receipt(session)
    return session


def _show(display: TextDisplay, session: dict[str, Any]) -> None:
    step = session["nextStep"]
    display.note(f"{session['status']}: {step['sentence']}", next=step["owner"])
    display.session(session)
    if session["connectUrl"]:
        display.note("open Connect to answer the bank", connectUrl=session["connectUrl"])
    display.receipt(session)


def _display(is_json: bool) -> Display:
    return JsonDisplay() if is_json else TextDisplay()


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
