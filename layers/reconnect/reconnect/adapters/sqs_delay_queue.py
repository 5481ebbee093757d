"""Requests that wait, in an SQS queue."""

import json
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import RequestNotKept

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS' SendMessage, `DelaySeconds`.
_LONGEST_DELAY_SECONDS = 900


class SqsDelayQueue:
    """The port `DelayQueue`. Each message is new: what waits for days is never counted as one that failed."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def put(self, message: dict[str, Any], wait: timedelta) -> None:
        """Send a message; whole seconds, rounded up, and one at least, so that a clock behind ours begins no loop."""
        seconds = min(max(math.ceil(wait.total_seconds()), 1), _LONGEST_DELAY_SECONDS)
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message), DelaySeconds=seconds)
        except AWS_FAILURES as failure:
            raise RequestNotKept(f"SendMessage: {name_of(failure)}") from None
