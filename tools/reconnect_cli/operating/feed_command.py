"""The commands `reconnect events list` and `reconnect events follow`: the service's own feed of events."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import click

from reconnect_cli.calling import call
from reconnect_cli.listen.command import show_event
from reconnect_cli.operating.events_command import Moment
from reconnect_cli.which_service import find_api
from reconnect_client.client import Client

# An event can be read one to two minutes after it happened.
_FOLLOW_SECONDS = 15
_PAGE = 100

_Command = Callable[..., Any]


def _where(command: _Command) -> _Command:
    """The options that say where the feed is read."""
    for option in (
        click.option("--json", "is_json", is_flag=True, help="Print each event as JSON, one per line."),
        click.option("--from", "since", type=Moment(), help="The first moment, such as 2026-03-14T09:00Z."),
        click.option("--after", metavar="CURSOR", help="Only events behind this cursor, which these commands print."),
    ):
        command = option(command)
    return command


@click.command(name="list")
@_where
@click.option("--limit", type=click.IntRange(1), default=_PAGE, show_default=True, help="How many events at most.")
def list_events(after: str | None, since: datetime | None, limit: int, *, is_json: bool) -> None:
    """Show the events that the service kept, those of a session in their order, the oldest first.

    The last line, on standard error, is the cursor for the next time. Events are kept for 30 days if the service was
    deployed with EventFeed. An event holds the user's link: treat the output as confidential.
    """
    shown = 0
    pages = Client(find_api()).events(after, since=_text(since), limit=min(limit, _PAGE))
    # A page that is printed in part has no cursor for its rest, so the last one may exceed the limit.
    while shown < limit and (page := call(lambda: next(pages, None))) is not None:
        after = page["cursor"]
        shown += len(page["events"])
        for event in page["events"]:
            show_event(dict(event), is_json=is_json)
    click.echo(f"cursor: {after}", err=True)


@click.command()
@_where
def follow(after: str | None, since: datetime | None, *, is_json: bool) -> None:
    """Show the events as the service keeps them, until Ctrl-C: those from now on, or behind --after or --from.

    They come in order within a session, one to two minutes late. At the end, standard error has the cursor with which
    to go on. An event holds the user's link: treat the output as confidential.
    """
    client, begun = Client(find_api()), _text(since or datetime.now(UTC))
    with suppress(KeyboardInterrupt):
        while True:
            for page in _pages(client, after, begun):
                for event in page["events"]:
                    show_event(dict(event), is_json=is_json)
                after = page["cursor"]
            time.sleep(_FOLLOW_SECONDS)
    if after:
        click.echo(f"cursor: {after}", err=True)


FEED = (list_events, follow)


def _pages(client: Client, after: str | None, since: str | None) -> Any:
    pages = client.events(after, since=since, limit=_PAGE)
    while (page := call(lambda: next(pages, None))) is not None:
        yield page


def _text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
