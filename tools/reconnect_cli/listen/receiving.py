"""Receives the service's events from its bus, through a queue and a rule of its own that it removes at the end."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from secrets import token_hex
from typing import Any

import boto3

from reconnect.adapters.event_bus import SOURCE

_WAIT_SECONDS = 5

# An event holds the link of a user: a queue that was left behind forgets it soon.
_KEPT_SECONDS = 600

Event = dict[str, Any]
Events = Iterator[Event]


@contextmanager
def receiving(session: boto3.Session, endpoint: str | None, bus: str, types: Sequence[str]) -> Iterator[Events]:
    """Yield the events that are published during the block, as EventBridge delivers them; without end.

    `bus` is a name; `types` are the detail types to receive, all if empty. Raises botocore's errors.
    """
    sqs, events = session.client("sqs", endpoint_url=endpoint), session.client("events", endpoint_url=endpoint)
    name = f"reconnect-listen-{token_hex(4)}"
    pattern = {"source": [SOURCE], **({"detail-type": list(types)} if types else {})}
    with ExitStack() as undo:
        # The rule first: a bus that does not exist then leaves nothing to remove.
        rule = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"]
        undo.callback(events.delete_rule, Name=name, EventBusName=bus)
        url = sqs.create_queue(QueueName=name, Attributes={"MessageRetentionPeriod": str(_KEPT_SECONDS)})["QueueUrl"]
        undo.callback(sqs.delete_queue, QueueUrl=url)
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _only_from(rule, queue)})
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue}])
        undo.callback(events.remove_targets, Rule=name, EventBusName=bus, Ids=["queue"])
        yield _poll(sqs, url)


def _only_from(rule: str, queue: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _poll(sqs: Any, url: str) -> Events:
    while True:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=_WAIT_SECONDS, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            yield json.loads(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
