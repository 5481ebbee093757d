"""The command `reconnect listen`."""

import json
from contextlib import suppress
from typing import Any

import click

from reconnect_cli.display import TextDisplay
from reconnect_cli.failing import Failed
from reconnect_cli.listen.forwarding import forward, may_receive
from reconnect_cli.which_service import find_here


def _check_address(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not may_receive(value):
        raise click.BadParameter("events go only to an https address, or to an http address of this machine.")
    return value


@click.command()
@click.option("--bus", help="For a service on AWS: the name of its bus, the stack's output EventBusName.")
@click.option("--type", "types", multiple=True, help="Show only this event, such as SessionFailed; may be repeated.")
@click.option("--forward-to", "address", metavar="URL", callback=_check_address, help="Post each event there, as JSON.")
@click.option("--json", "is_json", is_flag=True, help="Print each event as EventBridge delivers it, one per line.")
def listen(bus: str | None, types: tuple[str, ...], address: str | None, is_json: bool) -> None:
    """Show the events of a service as they come, until Ctrl-C.

    Creates an SQS queue and a rule on the bus, both named reconnect-listen-..., and deletes them at the end. An event
    that the URL does not accept is reported and not posted again.
    """
    import boto3  # noqa: PLC0415 - the other commands do not need it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from reconnect_cli.listen.receiving import receiving  # noqa: PLC0415

    try:
        session, endpoint = boto3.Session(), None
        if bus is None:
            here = find_here()
            if here is None or not here.event_bus:
                raise Failed("The service's bus is not known here. Name it: --bus and the stack's output EventBusName.")
            session = boto3.Session(here.access_key_id, here.secret_access_key, region_name=here.region)
            endpoint, bus = here.aws_url, here.event_bus
        with suppress(KeyboardInterrupt), receiving(session, endpoint, bus, types) as events:
            click.echo(f"Listening to {bus}; Ctrl-C stops.", err=True)
            for event in events:
                show_event(event, is_json=is_json)
                trouble = forward(address, event) if address else None
                if trouble:
                    click.echo(f"Not forwarded ({trouble}): event {event['detail']['eventId']}.", err=True)
    except ClientError as refused:
        raise Failed(f"AWS refused {refused.operation_name}: {refused.response['Error']['Code']}.") from None
    except BotoCoreError as problem:
        raise Failed(f"AWS cannot be asked: {problem}") from None


def show_event(event: dict[str, Any], *, is_json: bool) -> None:
    """Print an event in EventBridge's envelope."""
    if is_json:
        click.echo(json.dumps(event, ensure_ascii=False))
        return
    facts = {
        name: json.dumps(fact, ensure_ascii=False) if isinstance(fact, dict | list) else fact
        for name, fact in event["detail"].items()
    }
    TextDisplay().note(f"{event['time']} {event['detail-type']}", **facts)
