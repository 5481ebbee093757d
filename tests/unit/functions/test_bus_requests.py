"""A request from the bus that must wait: one line in the log, no failure, and the queue redelivers it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.errors import IdempotencyConflict, InvalidRequest, RequestNotKept
from reconnect.model.login import Login
from reconnect.model.waits import WaitReason
from tests.fakes.builders import LOGIN_ID
from tests.fakes.clock import NOW
from tests.fakes.lambda_runtime import event
from tests.unit.functions.conftest import Deployed

ASKED = "open_session/bus_refresh_requested"
END = NOW + timedelta(minutes=40)


def deliver_during_cooldown(deployed: Deployed) -> Any:
    """The bus delivers a request during its login's cooldown."""
    deployed.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=END, wait_reason=WaitReason.COOLDOWN))
    return deployed.invoke("open_session", event(ASKED))


def from_queue(body: str) -> dict[str, Any]:
    """A batch of Lambda's event source mapping with this message."""
    batch = event("open_session/queue_delayed_request")
    batch["Records"][0]["body"] = body
    return batch


def lines(deployed: Deployed) -> list[dict[str, Any]]:
    return [json.loads(line) for line in deployed.output.splitlines()]


def test_a_request_that_must_wait_logs_one_line_and_does_not_fail(deployed: Deployed) -> None:
    reply = deliver_during_cooldown(deployed)

    logged, counted = lines(deployed)
    assert reply == logged["not_opened"] == {"code": "cooldown", "nextAllowedAt": "2026-03-14T10:06:53.589793Z"}
    assert (logged["message"], logged["level"]) == ("request_delayed", "INFO")
    assert counted["RequestDelayed"] == [1.0]
    assert LOGIN_ID not in deployed.output


def test_the_queue_redelivers_until_one_session_opens_after_the_cooldown(deployed: Deployed) -> None:
    deliver_during_cooldown(deployed)
    replies = []
    while deployed.delay_queue.waiting:
        deployed.clock.now = deployed.delay_queue.next_at or END
        replies += [deployed.invoke("open_session", from_queue(body)) for body in deployed.delay_queue.take()]

    [session] = deployed.sessions.all
    assert [reply.get("code") for reply in replies] == ["cooldown", "cooldown", None]
    assert (replies[-1]["sessionId"], session.created_at >= END) == (session.session_id, True)
    assert session.correlation_ids == {"loan-4711"}


def test_a_redelivered_delayed_event_gets_the_same_session(deployed: Deployed) -> None:
    deliver_during_cooldown(deployed)
    deployed.clock.now = END
    taken = deployed.invoke("open_session", from_queue(deployed.delay_queue.waiting[0][1]))

    assert deployed.invoke("open_session", event(ASKED))["sessionId"] == taken["sessionId"]
    assert len(deployed.sessions.all) == 1


def test_the_queued_message_is_the_event_itself(deployed: Deployed) -> None:
    deliver_during_cooldown(deployed)

    [(_, body)] = deployed.delay_queue.waiting
    sent = event(ASKED)
    assert {name: json.loads(body)[name] for name in ("id", "detail")} == {"id": sent["id"], "detail": sent["detail"]}


def test_a_delayed_request_of_an_erased_login_is_dropped_and_counted(deployed: Deployed) -> None:
    body = json.dumps({"id": "an-event", "detail": {"loginId": LOGIN_ID}, "wasKnown": True})

    reply = deployed.invoke("open_session", from_queue(body))

    logged, counted = lines(deployed)
    assert reply == logged["not_opened"] == {"code": "login_erased", "nextAllowedAt": None}
    assert (logged["message"], logged["level"]) == ("request_dropped", "INFO")
    assert counted["RequestDropped"] == [1.0]
    assert (deployed.sessions.all, deployed.delay_queue.waiting) == ([], [])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"id": "an-event", "detail": {"loginId": "abc"}}, InvalidRequest),
        ({"id": "an-event", "detail": None}, InvalidRequest),
        ({"id": event(ASKED)["id"], "detail": {"loginId": LOGIN_ID}}, IdempotencyConflict),
    ],
)
def test_a_request_that_can_never_be_accepted_fails_and_is_kept(
    deployed: Deployed, body: dict[str, Any], error: type[Exception]
) -> None:
    deployed.invoke("open_session", event(ASKED))

    with pytest.raises(error):
        deployed.invoke("open_session", from_queue(json.dumps(body)))

    assert deployed.delay_queue.waiting == []


def test_a_request_that_cannot_be_queued_fails_so_that_lambda_retries(
    deployed: Deployed,
) -> None:
    deployed.delay_queue.is_down = True

    with pytest.raises(RequestNotKept):
        deliver_during_cooldown(deployed)
