"""The contract of every delay queue: a message is delivered unchanged, and not before its time."""

import json
from datetime import timedelta
from typing import Any, Protocol

import pytest

from devtools.engine import LocalEngine
from reconnect.adapters.sqs_delay_queue import SqsDelayQueue
from reconnect.ports import DelayQueue
from tests.fakes.clock import Clock
from tests.fakes.delay_queue import FakeDelayQueue
from tests.template.template import RESOURCES

MESSAGE = {"id": "événement", "detail": {"loginId": "a", "language": None, "options": {"days": 90}}, "wasKnown": True}
_LONG_POLL_SECONDS = 5


class DelayQueueUnderTest(Protocol):
    """A queue, the messages it delivers after its delay, and how many it delays now."""

    @property
    def queue(self) -> DelayQueue: ...

    def delivered(self) -> list[dict[str, Any]]: ...

    def delayed(self) -> int: ...


class InMemory:
    def __init__(self, clock: Clock) -> None:
        self._clock, self.queue = clock, FakeDelayQueue(clock)

    def delivered(self) -> list[dict[str, Any]]:
        self._clock.turn(seconds=_LONG_POLL_SECONDS)
        return [json.loads(body) for body in self.queue.take()]

    def delayed(self) -> int:
        return len(self.queue.waiting)


class InSqs:
    def __init__(self, engine: LocalEngine, name: str) -> None:
        properties = RESOURCES["DelayedRequests"]["Properties"]
        attributes = {key: str(value) for key, value in properties.items() if key != "RedrivePolicy"}
        self._client = engine.client("sqs")
        self._url = self._client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.queue = SqsDelayQueue(self._client, self._url)

    def delivered(self) -> list[dict[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=self._url, WaitTimeSeconds=_LONG_POLL_SECONDS, MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def delayed(self) -> int:
        name = "ApproximateNumberOfMessagesDelayed"
        answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(answer["Attributes"][name])


@pytest.fixture(params=["fake", pytest.param("sqs", marks=pytest.mark.engine)])
def subject(request: pytest.FixtureRequest, clock: Clock) -> DelayQueueUnderTest:
    if request.param == "fake":
        return InMemory(clock)
    engine: LocalEngine = request.getfixturevalue("engine")
    return InSqs(engine, request.getfixturevalue("unique_name"))


@pytest.mark.parametrize("wait", [timedelta(days=-1), timedelta(), timedelta(milliseconds=1), timedelta(seconds=1)])
def test_a_message_is_delivered_unchanged_after_its_delay(subject: DelayQueueUnderTest, wait: timedelta) -> None:
    subject.queue.put(MESSAGE, wait)

    assert subject.delivered() == [MESSAGE]


@pytest.mark.parametrize("wait", [timedelta(minutes=1), timedelta(minutes=15), timedelta(days=7)])
def test_a_message_is_delayed_by_its_wait_or_the_longest_delay(subject: DelayQueueUnderTest, wait: timedelta) -> None:
    subject.queue.put(MESSAGE, wait)
    subject.queue.put({"id": "sooner"}, timedelta())

    assert subject.delivered() == [{"id": "sooner"}]
    assert subject.delayed() == 1


def test_the_same_message_put_twice_is_queued_twice(subject: DelayQueueUnderTest) -> None:
    subject.queue.put(MESSAGE, timedelta(minutes=1))
    subject.queue.put(MESSAGE, timedelta(minutes=1))

    assert subject.delayed() == 2
