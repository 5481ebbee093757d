"""Support's commands: find a login, list sessions, send a link again, give its user more time."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import click

from reconnect_cli.calling import call, session_argument
from reconnect_cli.display import TextDisplay, bank_of, moment
from reconnect_cli.which_service import find_api
from reconnect_client.client import Client

_STATUSES = ["STARTING", "AUTHORIZING", "AWAITING_USER", "AWAITING_CLICK", "FETCHING", "STALE", "EXPIRED", "FAILED"]
_HINTS = {
    "open_session": "nothing blocks a new session: reconnect start LOGIN_ID",
    "remind": "the user may be sent the link again: reconnect remind SESSION_ID",
    "cancel": "Connect came back with another login; end the session: reconnect cancel SESSION_ID",
    "wait": "wait; a new session is refused until nextAllowedAt, if there is one",
}
# Whoever must first change something, or else the next session ends like the last one.
_FIRST = {"user": "after the user has acted, ", "us": "after our side is put right, ", "bank": "later, "}
_json_option = click.option("--json", "is_json", is_flag=True, help="Print the API's JSON.")


@click.command()
@click.argument("login_id", required=False)
@click.option("--user-ref", help="Find the logins of this user instead.")
@click.option("--correlation-id", help="Find the login of this purpose instead.")
@_json_option
def login(login_id: str | None, user_ref: str | None, correlation_id: str | None, is_json: bool) -> None:
    """Show a login: the age of its data, whose turn it is, what blocks it, and its last sessions.

    Without LOGIN_ID and options, the LoginId is read from standard input, so that it does not stay in the shell's
    history.
    """
    by = {"loginId": login_id, "userRef": user_ref, "correlationId": correlation_id}
    given = {name: value for name, value in by.items() if value}
    if not given:
        is_typed = sys.stdin.isatty()
        given = {"loginId": str(click.prompt("LoginId", err=True)) if is_typed else sys.stdin.readline().strip()}
    found = call(lambda: find_api().find_logins(**given))
    if is_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found["logins"]:
        _show_login(each)


@click.command(name="list")
@click.option("--needs", type=click.Choice(["user"]), help="Only sessions that wait for their user, by bank.")
@click.option("--status", type=click.Choice(_STATUSES), help="Only sessions in this status.")
@click.option("--institution", help="Only sessions at this bank, by the name that Flinks gives it.")
@click.option("--ended-on", help="Those that ended without data on this day (UTC), such as 2026-03-14.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many sessions at most.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object per line.")
def list_sessions(is_json: bool, limit: int, ended_on: str | None, **filters: str | None) -> None:
    """List the live sessions, those that need their user, or those that ended without data.

    Sessions that ended otherwise are found by their login.
    """
    asked: Any = {name: value for name, value in {**filters, "endedOn": ended_on}.items() if value is not None}
    sessions = Client(find_api()).sessions(**asked, limit=min(limit, 100))
    for session in call(lambda: list(islice(sessions, limit))):
        click.echo(json.dumps(session, ensure_ascii=False) if is_json else _line(session))


@click.command()
@session_argument
@_json_option
def remind(session_id: str, is_json: bool) -> None:
    """Send the user of SESSION_ID the link again: publish it as a reminder."""
    _show(call(lambda: find_api().remind_user(session_id)), is_json=is_json)


@click.command()
@session_argument
@click.option("--hours", type=click.IntRange(1, 720), required=True, help="How long it lives in all, from the opening.")
@_json_option
def extend(session_id: str, hours: int, is_json: bool) -> None:
    """Let the link of SESSION_ID live longer; links that were sent before live as long."""
    _show(call(lambda: find_api().extend_link(session_id, hours)), is_json=is_json)


@click.command()
@click.argument("institution_id", required=False)
@click.option("--window", type=click.Choice(["24h", "7d", "30d"]), default="24h", show_default=True)
@_json_option
def institutions(institution_id: str | None, window: str, is_json: bool) -> None:
    """Show how the sessions of each institution ended within a window, or those of INSTITUTION_ID within each."""
    if institution_id:
        found = call(lambda: find_api().read_institution_health(institution_id))
    else:
        found = call(lambda: find_api().list_institutions(window))
    if is_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in [found] if institution_id else found["institutions"]:
        if (down := _breaker_line(each)) is not None:
            click.echo(down)
        for name, health in each["windows"].items():
            click.echo(_health_line(each, name, health))


SUPPORT = (login, list_sessions, remind, extend, institutions)


def _show(session: dict[str, Any], *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(session, indent=2, ensure_ascii=False))
    else:
        TextDisplay().about(session)


def _show_login(found: dict[str, Any]) -> None:
    first = _FIRST.get(found["turn"], "") if found["mayDo"] == "open_session" else ""
    age = None if found["ageSeconds"] is None else str(timedelta(seconds=found["ageSeconds"]))
    TextDisplay().note(
        f"turn: {found['turn']}; {first}{_HINTS[found['mayDo']]}",
        lastRefresh=moment(found["lastRefresh"]) or "never",
        age=age,
        blockedBy=found["blockedBy"],
        nextAllowedAt=moment(found["nextAllowedAt"]),
        refusals=found["refusals"] or None,
    )
    for session in found["sessions"]:
        click.echo(f"    {_line(session)}")


def _health_line(institution: Mapping[str, Any], window: str, health: Mapping[str, Any]) -> str:
    name = f"{institution['id']}  {institution['name'] or 'no name'}  {window}  {health['tries']} tries"
    if health["funnel"] is None:
        return f"{name}  too few to tell"
    shares = ", ".join(f"{step} {100 * share:.0f} %" for step, share in health["shares"].items())
    owners = ", ".join(f"{owner} {100 * share:.0f} %" for owner, share in health["owners"].items())
    times = [
        f"{what} median {times['median']:.0f} s, p90 {times['p90']:.0f} s"
        for what, times in (("answer", health["secondsToAnswer"]), ("end", health["secondsToEnd"]))
        if times
    ]
    return "  ".join([name, shares, f"next: {owners}", *times])


def _breaker_line(institution: Mapping[str, Any]) -> str | None:
    """Say that new attempts at the institution wait; a service of the release before does not know."""
    breaker = institution.get("breaker") or {"state": "closed"}
    if breaker["state"] == "closed":
        return None
    name = f"{institution['id']}  {institution['name'] or 'no name'}"
    times = f"down since {moment(breaker['since'])}, next probe {moment(breaker['nextProbeAt'])}"
    return f"{name}  {times}"


def _line(session: Mapping[str, Any]) -> str:
    opened = f"{datetime.fromisoformat(session['createdAt']):%Y-%m-%d %H:%M} UTC"
    times = ("asked", session["askedAt"]), ("ended", session["endedAt"])
    facts = [f"{name} {moment(at)}" for name, at in times if at]
    if session["needs"]:
        facts.append(f"link until {moment(session['linkExpiresAt'])}")
    code = f" ({session['failureCode']})" if session["failureCode"] else ""
    bank = bank_of(session) or "bank not known yet"
    return "  ".join([session["sessionId"], f"{session['status']}{code}", bank, f"opened {opened}", *facts])
