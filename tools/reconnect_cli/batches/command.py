"""The commands `reconnect batch …`."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any

import click

from reconnect.model.batch import Window
from reconnect.model.batch_request import MAX_ATTEMPT_SECONDS, MAX_CAP, MAX_FRESH_HOURS
from reconnect_cli.batches.files import read_logins
from reconnect_cli.batches.planning import plan_lines
from reconnect_cli.batches.times import next_time, read_zone
from reconnect_cli.calling import call
from reconnect_cli.display import bank_of, moment
from reconnect_cli.failing import MISSES_DEADLINE, Failed
from reconnect_cli.which_service import find_api
from reconnect_client.client import Client

_LINES_SHOWN = 8


@click.group()
def batch() -> None:
    """Refresh many logins by a deadline."""


@batch.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
@click.option("--by", required=True, help="The deadline: the next 06:00, or a date and time with its offset.")
@click.option("--start", help="When the batch begins, in the same form; now by default.")
@click.option("--time-zone", "zone_name", help="The IANA time zone of --by and --start; this machine's by default.")
@click.option("--max-per-institution", "cap", type=click.IntRange(1, MAX_CAP), required=True, help="Live attempts.")
@click.option("--fresh-within-hours", type=click.IntRange(1, MAX_FRESH_HOURS), help="Leave out data of this age.")
@click.option("--assumed-seconds", type=click.IntRange(1, MAX_ATTEMPT_SECONDS), help="An attempt at a bank not known.")
@click.option("--json", "is_json", is_flag=True, help="Print the plan as the API's JSON.")
def plan(
    file: IO[str],
    by: str,
    start: str | None,
    zone_name: str | None,
    cap: int,
    is_json: bool,
    **more: int | None,
) -> None:
    """Say whether the logins in FILE can be refreshed by a deadline; nothing is started and no bank is asked.

    FILE has one login a line: JSON with `loginId`, CSV, or LoginIds; - is standard input. Line numbers are shown, and
    never a LoginId.
    """
    zone, now = read_zone(zone_name), datetime.now(UTC)
    start_at = next_time(start, zone, now) if start else now
    window = Window(start_at, next_time(by, zone, start_at), cap)
    lines = read_logins(file.read())
    if not lines.login_ids:
        raise Failed(f"No line of {file.name} names a login. A line is a LoginId, or JSON or CSV with loginId.")
    given: dict[str, Any] = {
        "deadline": window.deadline.isoformat(),
        "startAt": window.start_at.isoformat(),
        "maxPerInstitution": cap,
        "freshWithinHours": more["fresh_within_hours"],
        "assumedSeconds": more["assumed_seconds"],
    }
    client = Client(find_api())
    planned = call(lambda: plan_lines(lines, window, lambda ids: client.plan_batch(loginIds=ids, **given)))
    if is_json:
        click.echo(json.dumps(planned, indent=2, ensure_ascii=False))
    else:
        _show(planned)
    sys.exit(0 if planned["feasible"] else MISSES_DEADLINE)


def _show(planned: Mapping[str, Any]) -> None:
    verdict = "is kept" if planned["feasible"] else "is NOT kept"
    what = (
        f"{planned['logins']:,} logins from {moment(planned['startAt'])} would be done at {moment(planned['endsAt'])}"
    )
    click.echo(
        f"The deadline {moment(planned['deadline'])} {verdict}: {what if planned['logins'] else 'none is left'}."
    )
    for each in planned["institutions"]:
        click.echo(f"  {_line(each)}")
        if shortfall := each["shortfall"]:
            click.echo(f"    {_remedies(shortfall, planned['startAt'])}")
    for each in planned["skipped"]:
        click.echo(f"left out, {each['reason']}: {each['logins']:,} ({_lines(each['positions'])})")
    if planned["duplicates"]:
        click.echo(f"named again: {len(planned['duplicates']):,} ({_lines(planned['duplicates'])})")
    for each in planned["malformed"]:
        click.echo(f"line {each['position']}: {each['fault']}")
    peak = planned["peak"]
    within = "within" if peak["withinDefaultQuotas"] else "ABOVE"
    click.echo(
        f"At most {peak['startsPerSecond']:g} starts and {peak['transitionsPerSecond']:g} state transitions a second, "
        f"{within} the default quotas of Step Functions."
    )


def _line(each: Mapping[str, Any]) -> str:
    bank = bank_of(each) or "bank not known yet"
    known = f"of {each['samples']} sessions" if each["samples"] else "assumed"
    return (
        f"{bank}: {each['logins']:,} logins, {each['attemptSeconds']:g} s each ({known}), done {moment(each['endsAt'])}"
    )


def _remedies(shortfall: Mapping[str, Any], start_at: str) -> str:
    cap, earlier = shortfall["needsMaxPerInstitution"], shortfall["needsStartAt"]
    minutes = (datetime.fromisoformat(start_at) - datetime.fromisoformat(earlier)).total_seconds() / 60
    start = f"{moment(earlier)}, {minutes:,.0f} min earlier"
    more = f"--max-per-institution {cap}, or a start at {start}" if cap else f"a start at {start}; no cap is enough"
    return f"{shortfall['lateSeconds'] / 60:,.0f} min late, {shortfall['logins']:,} logins missed; it needs {more}"


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:_LINES_SHOWN]))
    return f"{'line' if len(numbers) == 1 else 'lines'} {shown}{', …' if len(numbers) > _LINES_SHOWN else ''}"
