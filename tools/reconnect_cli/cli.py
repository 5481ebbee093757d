"""The `reconnect` command line."""

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import click

from reconnect.model.hash_chain import to_file
from reconnect.model.options import DaysOfTransactions
from reconnect_cli.batches.command import batch
from reconnect_cli.calling import call, session_argument
from reconnect_cli.cards import what_to_do_about
from reconnect_cli.checkout import CommandLine
from reconnect_cli.codes import codes_table
from reconnect_cli.console.command import console
from reconnect_cli.display import Display, JsonDisplay, TextDisplay
from reconnect_cli.evidence.command import evidence, write
from reconnect_cli.failing import ENDED_WITHOUT_DATA, EXIT_CODES, Failed
from reconnect_cli.listen.command import listen
from reconnect_cli.operating.events_command import events
from reconnect_cli.operating.feed_command import FEED
from reconnect_cli.operating.requests_command import requests
from reconnect_cli.preflight.command import preflight
from reconnect_cli.smoke.command import smoke
from reconnect_cli.support import SUPPORT
from reconnect_cli.watching import show_addresses, watch_session
from reconnect_cli.which_service import find_api
from reconnect_client import StillWaiting
from reconnect_client.results import fetch_result

_OPTIONS = ("summaryOnly", "daysOfTransactions", "withIdentity", "accounts")


@click.group(cls=CommandLine, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flinks-reconnect")
def main() -> None:
    """Get fresh bank data for a Flinks LoginId; the user is involved only when the bank asks.

    start, show, watch, result, login, list, console, batch, remind, extend, cancel and erase call the service that
    `reconnect dev` (or `make dev`) runs on this machine. For a service on AWS, set RECONNECT_API_URL to the stack's
    ApiUrl; requests are signed with your AWS credentials and region. If several services run on this machine,
    RECONNECT_STACK selects one by the name that `reconnect dev` was given.
    """
    # SIGTERM runs the same clean-up as Ctrl-C.
    signal.signal(signal.SIGTERM, _stop)


@main.command()
@click.argument("login_id")
@click.option("--language", type=click.Choice(["en", "fr"]), help="Language of the page and of Connect.")
@click.option("--time-zone", help="The user's IANA time zone, for the quiet hours of reminders.")
@click.option("--return-url", help="Where the browser goes at the end; https only.")
@click.option("--correlation-id", help="Your own id, repeated in every event.")
@click.option("--user-ref", help="Your own name for the user, by which `reconnect login` finds their logins.")
@click.option("--link-lifetime-hours", type=int, help="How long the session waits for the user, in hours.")
@click.option("--presence", type=click.Choice(["attended", "absent"]), help="absent: park what needs the user.")
@click.option("--summary-only", is_flag=True, default=None, help="Read accounts without transactions.")
@click.option(
    "--days-of-transactions",
    type=click.Choice([*map(str, DaysOfTransactions)]),
    help="How far back to read transactions.",
)
@click.option("--with-identity", is_flag=True, default=None, help="Also read account numbers and holders.")
@click.option("--account", "accounts", multiple=True, default=None, help="Read only this account id; may be repeated.")
@click.option("--idempotency-key", help="The same key returns the same session for 24 hours.")
@click.option("--watch", "is_watching", is_flag=True, help="Follow the session to its end.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object per line.")
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
    """Request fresh data for LOGIN_ID.

    Opens a session, or joins the live one of this login.
    """
    api, display = find_api(), _display(is_json)
    given = {_camel(name): value for name, value in fields.items() if value not in (None, ())}
    options = {name: given.pop(name) for name in _OPTIONS if name in given}
    request = {**given, **({"options": options} if options else {})}
    opened = call(lambda: api.open_session(idempotency_key, loginId=login_id, **request)).body
    display.note("joined the live session" if opened["joined"] else "opened", sessionId=opened["sessionId"])
    if is_watching:
        context.invoke(watch, session_id=opened["sessionId"], is_json=is_json)


@main.command()
@session_argument
@click.option("--json", "is_json", is_flag=True, help="Print the API's JSON.")
def show(session_id: str, is_json: bool) -> None:
    """Show the current state of SESSION_ID.

    Shows who must act next and where, the timeline, and how much was read and how fresh it is.
    """
    api = find_api()
    session = call(lambda: api.read_session(session_id))
    if is_json:
        click.echo(json.dumps(session, indent=2, ensure_ascii=False))
        return
    display = TextDisplay()
    display.about(session)
    display.timeline(session, is_whole=True)
    show_addresses(display, session, set())
    display.receipt(session)


@main.command()
@session_argument
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object per line.")
def watch(session_id: str, is_json: bool) -> None:
    """Follow SESSION_ID to its end; exit 0 only if it SUCCEEDED, 3 if it ended otherwise."""
    api, display = find_api(), _display(is_json)
    try:
        ended = call(lambda: watch_session(api, display, session_id))
    except StillWaiting as waiting:
        raise Failed(f"{waiting}; it is still live: watch it again.") from None
    sys.exit(0 if ended["status"] == "SUCCEEDED" else ENDED_WITHOUT_DATA)


@main.command()
@session_argument
@click.option(
    "--format", "format_name", type=click.Choice(["json", "csv", "parquet"]), default="csv", show_default=True
)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="The folder; SESSION_ID by default."
)
def result(session_id: str, format_name: str, folder: Path | None) -> None:
    """Write the data that SESSION_ID read to files in a folder.

    json is the document as Flinks sent it; csv and parquet are two tables, accounts and transactions. CSV is UTF-8
    without BOM. Its texts come from the bank, and a cell may begin with = or +: import the file, do not open it
    directly.
    """
    from reconnect_cli.result_files import write_files  # noqa: PLC0415 - the other commands do not need it

    api = find_api()
    document = call(lambda: fetch_result(api, session_id))
    try:
        paths = call(lambda: write_files(document, format_name, folder or Path(session_id)))
    except OSError as refused:
        where = refused.filename2 or refused.filename or folder
        raise click.ClickException(
            f"Cannot write {where}: {refused.strerror}. Choose another folder with --to."
        ) from None
    for path in paths:
        click.echo(path)


@main.command()
@session_argument
def cancel(session_id: str) -> None:
    """Cancel SESSION_ID; a session that has ended does not change."""
    api, display = find_api(), TextDisplay()
    session = call(lambda: api.cancel_session(session_id))
    display.about(session)


@main.command()
@click.argument("login_id")
@click.option("--delete-card", is_flag=True, help="Also delete the login at Flinks (DeleteCard).")
@click.option(
    "--receipt",
    "receipt_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a receipt there, which `reconnect evidence verify` checks.",
)
@click.confirmation_option(prompt="This permanently deletes the sessions and results of this login. Continue?")
def erase(login_id: str, delete_card: bool, receipt_file: Path | None) -> None:
    """Delete every record and result of LOGIN_ID.

    Ends its live session first.
    """
    erasure = call(lambda: find_api().erase_login(login_id, delete_card=delete_card))
    # Services of earlier versions give none.
    receipt = erasure.pop("receipt", None)
    TextDisplay().note("erased", **erasure)
    if receipt_file:
        if receipt is None:
            raise Failed("All is erased, but this service is of a version that gives no receipt.")
        write(receipt_file, to_file(receipt))
        click.echo(f"sha256 {receipt['sha256']}")
    sys.exit(what_to_do_about(erasure["card"]))


@main.command()
def codes() -> None:
    """Print what each FlinksCode means to the service, as Markdown."""
    click.echo(codes_table())


main.add_command(console)
main.add_command(batch)
main.add_command(evidence)
main.add_command(events)
for _command in FEED:
    events.add_command(_command)
main.add_command(listen)
main.add_command(preflight)
main.add_command(requests)
main.add_command(smoke)
for _command in SUPPORT:
    main.add_command(_command)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _display(is_json: bool) -> Display:
    return JsonDisplay() if is_json else TextDisplay()


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


if __name__ == "__main__":
    main()
