"""The command `reconnect events`: what the bus' archive keeps is published once more."""

from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import click

from reconnect_cli.failing import Failed
from reconnect_cli.operating.stack import operated, stack_option

_NO_ARCHIVE = "The bus of {} has no archive: it was deployed with EventArchiveDays=0, or by an earlier version."


class Moment(click.ParamType[datetime]):
    """A time in UTC, unless it names another zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read a time such as 2026-03-14T09:26Z."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-03-14T09:26Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group()
def events() -> None:
    """Read the events that a consumer missed, or publish them once more."""


@events.command()
@click.option("--from", "start", type=Moment(), required=True, help="The first moment, such as 2026-03-14T09:00Z.")
@click.option("--to", "end", type=Moment(), required=True, help="The moment after the last one; in the past.")
@click.option("--rule", "rules", multiple=True, help="Only for this rule of the bus; may be repeated. Else for all.")
@stack_option
def replay(start: datetime, end: datetime, rules: tuple[str, ...], name: str | None) -> None:
    """Publish the archived events of a span of time once more, each with the eventId that it had.

    Every rule gets them, unless --rule names those that shall. AWS starts a replay within minutes, keeps no order, and
    can choose events by no other property.
    """
    if start >= end:
        raise click.UsageError("--from must be before --to.")
    with operated(name) as stack:
        bus, client = stack.resource("EventBus"), stack.client("events")
        arn = client.describe_event_bus(Name=bus)["Arn"]
        archives = client.list_archives(EventSourceArn=arn)["Archives"]
        if not archives:
            raise Failed(_NO_ARCHIVE.format(stack.name))
        archive = client.describe_archive(ArchiveName=archives[0]["ArchiveName"])
        chosen = [client.describe_rule(Name=rule, EventBusName=bus)["Arn"] for rule in rules]
        started = f"reconnect-replay-{token_hex(4)}"
        client.start_replay(
            ReplayName=started,
            EventSourceArn=archive["ArchiveArn"],
            EventStartTime=start,
            EventEndTime=end,
            Destination={"Arn": arn, **({"FilterArns": chosen} if chosen else {})},
        )
    click.echo(f"started {started}; `aws events describe-replay --replay-name {started}` shows how far it is")
