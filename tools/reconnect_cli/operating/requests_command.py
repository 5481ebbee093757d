"""The command `reconnect requests`: the queue of requests that could not be taken."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from reconnect_cli.display import TextDisplay
from reconnect_cli.failing import Failed
from reconnect_cli.operating.lost import LostRequest
from reconnect_cli.operating.stack import Stack, operated, stack_option

_LOST, _WAITING = "LostRequests", "DelayedRequests"
# Long enough for the command, and short for whoever looks next.
_HIDDEN_SECONDS = 60
_MOST = 1000


@click.group()
def requests() -> None:
    """List requests of the bus that could not be taken, and put them back."""


@requests.command(name="list")
@stack_option
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object per request.")
def list_them(name: str | None, is_json: bool) -> None:
    """Show what is in the queue LostRequests, and why. Nothing of it names a login."""
    with operated(name) as stack:
        queue = _LostRequests(stack)
        found = queue.receive()
        for message, lost in found:
            _show(lost, is_json=is_json)
            queue.release(message)
    if not is_json:
        click.echo(f"{len(found)} lost requests" if len(found) < _MOST else f"{_MOST} lost requests or more")


@requests.command(name="put-back")
@click.argument("message_ids", nargs=-1, metavar="[MESSAGE_ID]...")
@click.option("--all", "is_all", is_flag=True, help="All that can be taken.")
@stack_option
def put_back(message_ids: tuple[str, ...], is_all: bool, name: str | None) -> None:
    """Put lost requests back, by their message ids or all, once their cause is fixed.

    Each keeps its event's id, so a request that was taken after all opens no second session within a day. One whose
    login was erased while it waited is dropped. A request that is itself at fault stays where it is.
    """
    if bool(message_ids) == is_all:
        raise click.UsageError("Name the messages, or use --all.")
    done = left = 0
    with operated(name) as stack:
        queue, waiting = _LostRequests(stack), stack.resource(_WAITING)
        for message, lost in queue.receive():
            if not is_all and lost.message_id not in message_ids:
                queue.release(message)
            elif lost.request is None or lost.is_final:
                left += 1
                click.echo(f"{lost.message_id} stays: {lost.why}", err=True)
                queue.release(message)
            else:
                queue.move(message, lost.request, waiting)
                done += 1
    click.echo(f"{done} put back, {left} left")
    if done + left < len(message_ids):
        raise Failed(f"{len(message_ids) - done - left} of these messages are not in the queue now.")


class _LostRequests:
    """The queue. A message that was received is hidden from others for a minute, unless it is released."""

    def __init__(self, stack: Stack) -> None:
        self._sqs, self._url = stack.client("sqs"), stack.resource(_LOST)

    def receive(self) -> list[tuple[dict[str, Any], LostRequest]]:
        """Return every message once, and what it is."""
        return [(message, LostRequest.read(message)) for message in self._messages()]

    def release(self, message: dict[str, Any]) -> None:
        """Let others see the message again."""
        handle = message["ReceiptHandle"]
        self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=0)

    def move(self, message: dict[str, Any], request: Mapping[str, Any], to: str) -> None:
        """Send the request to another queue; a crash in between leaves a repeat, which its id makes harmless."""
        self._sqs.send_message(QueueUrl=to, MessageBody=json.dumps(request))
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _messages(self) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        while len(seen) < _MOST:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=_HIDDEN_SECONDS,
                # A wait asks every part of the queue, so that no message is missed.
                WaitTimeSeconds=1,
                AttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
            new = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
            if not new:
                return
            seen.update(message["MessageId"] for message in new)
            yield from new


def _show(lost: LostRequest, *, is_json: bool) -> None:
    facts = {
        "messageId": lost.message_id,
        "source": lost.source,
        "correlationId": lost.correlation_id,
        "canBePutBack": lost.request is not None and not lost.is_final,
    }
    if is_json:
        click.echo(json.dumps({"lostAt": lost.lost_at.isoformat(), "why": lost.why, **facts}, ensure_ascii=False))
    else:
        TextDisplay().note(f"{lost.lost_at:%Y-%m-%d %H:%M:%S} UTC {lost.why}", **facts)
