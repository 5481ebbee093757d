"""Delayed requests, in an SQS queue."""

import json
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import RequestNotKept

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# The limit of SendMessage's `DelaySeconds`.
_LONGEST_DELAY_SECONDS = 900


class SqsDelayQueue:
    """The port `DelayQueue`. Each delay is a new message, so waiting for days never counts as failed receives."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def put(self, message: dict[str, Any], wait: timedelta) -> None:
        """Send a message, delayed by whole seconds, rounded up, at least one: a slow clock must not cause a loop."""
        seconds = min(max(math.ceil(wait.total_seconds()), 1), _LONGEST_DELAY_SECONDS)
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message), DelaySeconds=seconds)
        except AWS_FAILURES as failure:
            raise RequestNotKept(f"SendMessage: {name_of(failure)}") from None
