"""The queue's one call: the delay that SQS gets, and the error when it refuses."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from reconnect.adapters.sqs_delay_queue import SqsDelayQueue
from reconnect.model.errors import RequestNotKept
from tests.fakes.builders import LOGIN_ID
from tests.unit.adapters.conftest import StubbedClient, stubbed

URL = "https://sqs.ca-central-1.amazonaws.com/123456789012/delayed-requests"
MESSAGE = {"id": "an-event", "detail": {"loginId": LOGIN_ID}, "wasKnown": True}


@pytest.fixture
def queue() -> Iterator[StubbedClient]:
    yield from stubbed("sqs")


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (timedelta(seconds=-5), 1),
        (timedelta(), 1),
        (timedelta(seconds=59.000001), 60),
        (timedelta(seconds=900), 900),
        (timedelta(days=7), 900),
    ],
)
def test_the_delay_is_rounded_up_to_seconds_and_capped(queue: StubbedClient, wait: timedelta, seconds: int) -> None:
    sent = {"QueueUrl": URL, "MessageBody": json.dumps(MESSAGE), "DelaySeconds": seconds}
    queue.add_response("send_message", {"MessageId": "1"}, sent)

    SqsDelayQueue(queue.client, URL).put(MESSAGE, wait)


@pytest.mark.parametrize("code", ["AccessDenied", "RequestThrottled", "AWS.SimpleQueueService.NonExistentQueue"])
def test_a_refusal_is_reported_by_its_name_and_quotes_nothing(queue: StubbedClient, code: str) -> None:
    queue.add_client_error("send_message", code, service_message=f"about {LOGIN_ID}")

    with pytest.raises(RequestNotKept, match=code) as refused:
        SqsDelayQueue(queue.client, URL).put(MESSAGE, timedelta(seconds=1))

    assert LOGIN_ID not in str(refused.value)
    assert refused.value.__suppress_context__
