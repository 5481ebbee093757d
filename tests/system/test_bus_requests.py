"""A bus request during a pause is processed later by itself; an invalid one is kept for the operator."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from devtools.service import Service
from tests.system.support import a_login, receive, starts_of, wait, wait_for_end, wait_for_session_of


@pytest.fixture(scope="module")
def cooling(deploy: Callable[..., Service]) -> Service:
    return deploy("waiting", CooldownSeconds="8")


def test_a_request_during_a_cooldown_is_processed_at_its_end(cooling: Service) -> None:
    login_id, correlation_id = a_login(cooling, "greatday_nomfa"), uuid4().hex
    refreshed = wait_for_end(cooling, cooling.api.open_session(loginId=login_id).body["sessionId"])

    request_on_bus(cooling, {"loginId": login_id, "correlationId": correlation_id})
    session = wait_for_end(cooling, wait_for_session_of(cooling, correlation_id))

    assert session["createdAt"] >= refreshed["nextAllowedAt"]
    assert (session["status"], starts_of(cooling, login_id)) == ("SUCCEEDED", 2)
    log = cooling.engine.function_logs(cooling.stack, "OpenSession")
    assert [line for line in log if '"not_opened"' in line], "it arrived during the cooldown"
    assert [line for line in log if "Traceback" in line or '"ERROR"' in line or login_id in line] == []
    assert messages_in(cooling, "LostRequests") == 0


def test_a_message_that_keeps_failing_goes_to_the_dead_letter_queue(cooling: Service) -> None:
    sqs, url = cooling.engine.client("sqs"), cooling.stack.resources["DelayedRequests"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    # The same policy with fewer retries.
    sooner = json.dumps({**json.loads(attributes["RedrivePolicy"]), "maxReceiveCount": 2})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0", "RedrivePolicy": sooner})

    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"id": uuid4().hex, "detail": {"loginId": "nonsense"}}))

    assert receive(cooling, cooling.stack.outputs["LostRequestsUrl"])["detail"] == {"loginId": "nonsense"}
    assert wait(lambda: messages_in(cooling, "DelayedRequests"), lambda left: left == 0) == 0


def request_on_bus(service: Service, detail: dict[str, Any]) -> None:
    entry = {
        "EventBusName": service.stack.outputs["EventBusName"],
        "Source": "tests",
        "DetailType": "RefreshRequested",
        "Detail": json.dumps(detail),
    }
    service.engine.client("events").put_events(Entries=[entry])


def messages_in(service: Service, queue: str) -> int:
    """Return how many messages a queue holds, including hidden and delayed ones."""
    names = ["", "NotVisible", "Delayed"]
    answer = service.engine.client("sqs").get_queue_attributes(
        QueueUrl=service.stack.resources[queue],
        AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names],
    )
    return sum(int(value) for value in answer["Attributes"].values())
