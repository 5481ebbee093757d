"""The commands `reconnect batch …`."""

import json
import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

import click

from reconnect_cli.batches.plan_display import show_plan
from reconnect_cli.batches.reports import FORMATS, Format, write_report
from reconnect_cli.batches.running import send
from reconnect_cli.batches.view_display import show_batch, show_details, show_listed, show_summary
from reconnect_cli.batches.wanted import Wanted, wanted_options
from reconnect_cli.batches.watching import exit_code_of, watch_batch
from reconnect_cli.calling import batch_argument, call
from reconnect_cli.failing import MISSES_DEADLINE, Failed
from reconnect_cli.which_service import find_api
from reconnect_client.client import Client
from reconnect_client.types import Batch

_json = click.option("--json", "is_json", is_flag=True, help="Print the API's JSON.")
_json_lines = click.option("--json", "is_json", is_flag=True, help="Print one JSON object per line.")


@click.group()
def batch() -> None:
    """Refresh many logins by a deadline."""


@batch.command()
@wanted_options
@_json
def plan(is_json: bool, **options: Any) -> None:
    """Say whether the logins in FILE can be refreshed by a deadline; nothing is started and no bank is asked.

    FILE has one login a line: JSON with `loginId`, CSV, or LoginIds; - is standard input. Line numbers are shown, and
    never a LoginId.
    """
    wanted = Wanted.of(**options)
    planned = wanted.plan(Client(find_api()))
    if is_json:
        click.echo(json.dumps(planned, indent=2, ensure_ascii=False))
    else:
        _show_plan(wanted, planned)
    sys.exit(0 if planned["feasible"] else MISSES_DEADLINE)


@batch.command()
@wanted_options
@click.option("--label", help="A name for it, which its event repeats; another label begins another batch.")
@click.option("--watch", "is_watching", is_flag=True, help="Follow the batch to its end.")
@click.option("--force", "is_forced", is_flag=True, help="Also if the plan does not keep the deadline.")
@_json_lines
def run(label: str | None, is_watching: bool, is_forced: bool, is_json: bool, **options: Any) -> None:
    """Plan the logins in FILE, then refresh them by a deadline; nobody is there, so questions are parked.

    FILE is as for `plan`; its other columns or fields are those of POST /sessions. The same file, deadline and label
    are the same batch: if this command was interrupted, give it again.
    """
    wanted, client = Wanted.of(**options), Client(find_api())
    planned = wanted.plan(client)
    if is_json:
        click.echo(json.dumps(planned, ensure_ascii=False))
    else:
        _show_plan(wanted, planned)
    if not planned["feasible"] and not is_forced:
        raise Failed("Nothing was started. Choose one of the remedies, or --force.", MISSES_DEADLINE)
    batch_id = send(client, wanted, label, is_json=is_json)["batchId"]
    if is_watching:
        _watch(client, batch_id, is_json=is_json)
    elif not is_json:
        click.echo(f"Watch it with: reconnect batch watch {batch_id}")


@batch.command()
@batch_argument
@_json_lines
def watch(batch_id: str, is_json: bool) -> None:
    """Follow BATCH to its end; exit 0 only if it kept its deadline. Ctrl-C ends the command, and not the batch."""
    _watch(Client(find_api()), batch_id, is_json=is_json)


@batch.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=25, show_default=True, help="How many batches at most.")
@_json_lines
def list_batches(limit: int, is_json: bool) -> None:
    """List the batches, the newest first."""
    batches = Client(find_api()).batches()
    found = call(lambda: list(islice(batches, limit)))
    for each in found:
        click.echo(json.dumps(each, ensure_ascii=False)) if is_json else show_listed(each)
    if not found and not is_json:
        click.echo("There is no batch.")


@batch.command()
@batch_argument
@_json
def show(batch_id: str, is_json: bool) -> None:
    """Show how far BATCH is, by institution."""
    found = call(lambda: Client(find_api()).batch(batch_id))
    _print(found) if is_json else show_batch(found)


@batch.command()
@batch_argument
@_json
def pause(batch_id: str, is_json: bool) -> None:
    """Begin no more sessions of BATCH; those that are live go on."""
    _steered(call(lambda: Client(find_api()).pause_batch(batch_id)), is_json=is_json)


@batch.command()
@batch_argument
@_json
def resume(batch_id: str, is_json: bool) -> None:
    """Begin sessions of BATCH again."""
    _steered(call(lambda: Client(find_api()).resume_batch(batch_id)), is_json=is_json)


@batch.command()
@batch_argument
@_json
def stop(batch_id: str, is_json: bool) -> None:
    """Begin no more sessions of BATCH for good; those that are live go on to their end."""
    _steered(call(lambda: Client(find_api()).stop_batch(batch_id)), is_json=is_json)


@batch.command()
@batch_argument
@click.argument("institution")
@click.argument("most", type=click.IntRange(0, 1000), metavar="N")
@_json
def cap(batch_id: str, institution: str, most: int, is_json: bool) -> None:
    """Let BATCH have at most N live attempts at INSTITUTION, named by its key, id or name; 0 is none for now."""
    client = Client(find_api())
    key = _key_of(institution, call(lambda: client.batch(batch_id)))
    _steered(call(lambda: client.set_cap(batch_id, key, most)), is_json=is_json)


@batch.command()
@batch_argument
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option("-o", "--output", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
@click.option("--json", "is_json", is_flag=True, help="Print errors as JSON.")
def report(batch_id: str, format_name: str, path: Path | None, is_json: bool) -> None:  # noqa: ARG001 - read by Failed
    """Get the report of BATCH, which has ended: a line for each login, and no LoginId.

    Without -o, JSON lines and CSV go to standard output. Parquet needs a file.
    """
    if format_name == "parquet" and path is None:
        raise click.UsageError("Parquet needs a file: give -o FILE.")
    document = call(lambda: Client(find_api()).batch_report(batch_id, cast(Format, format_name)))
    write_report(document, path)


def _show_plan(wanted: Wanted, planned: Mapping[str, Any]) -> None:
    show_plan(planned)
    if wanted.logins.ignored:
        click.echo(f"not used: {', '.join(wanted.logins.ignored)}")


def _watch(client: Client, batch_id: str, *, is_json: bool) -> None:
    ended = watch_batch(client, batch_id, is_json=is_json)
    if not is_json:
        show_details(ended)
    sys.exit(exit_code_of(ended))


def _steered(found: Batch, *, is_json: bool) -> None:
    _print(found) if is_json else show_summary(found)


def _print(found: Batch) -> None:
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _key_of(named: str, found: Batch) -> str:
    """The key of the one institution of the batch with this key, id or name; raise Failed if there is none."""
    names: dict[str, set[str]] = {}
    for each in found["institutions"]:
        bank = each["institution"]
        known = [each["key"], *([str(bank["id"]), bank["names"]["en"], bank["names"]["fr"]] if bank else [])]
        for name in known:
            names.setdefault((name or "").casefold(), set()).add(each["key"])
    matching = names.get(named.casefold(), set())
    if len(matching) != 1:
        keys = ", ".join(sorted(each["key"] for each in found["institutions"])) or "none yet"
        raise Failed(f"{named!r} is not one institution of this batch. Their keys: {keys}")
    return matching.pop()
