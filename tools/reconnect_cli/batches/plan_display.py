"""How a plan is shown to people: times, counts and the numbers of lines; no LoginId."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from reconnect_cli.display import bank_of, moment

_LINES_SHOWN = 8


def show_plan(planned: Mapping[str, Any]) -> None:
    """Print a plan as the API answers it."""
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
