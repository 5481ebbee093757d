"""What the handlers add to their use cases: keys scoped to each endpoint, partial batch failures, metrics."""

import base64
import json
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.errors import DataPending, InvalidRequest, SecretsUnavailable
from reconnect.model.login import Login
from reconnect.model.session import Actor, Status
from reconnect.model.waits import WaitReason
from reconnect.runtime.callers import caller_of, without_session_name
from tests.fakes.builders import (
    CLOSED,
    LOGIN_ID,
    RESULT_ID,
    SESSION_ID,
    TASK_TOKEN,
    a_refreshed_reply,
    a_reply,
    a_session,
)
from tests.fakes.clock import NOW
from tests.fakes.events import FakeEvents
from tests.fakes.flinks import FakeFlinks
from tests.fakes.keys import FakeKeys
from tests.fakes.lambda_runtime import event
from tests.unit.functions.conftest import Deployed

BATCH = "deliver_events/batch"


def body_of(reply: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(reply["body"])
    return body


def counts(deployed: Deployed) -> list[str]:
    """The names of the counted metrics, in order."""
    lines = [json.loads(line) for line in deployed.output.splitlines()]
    return [
        metric["Name"]
        for line in lines
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", [])
        for metric in directive["Metrics"]
    ]


def open_with_key(deployed: Deployed, **changes: Any) -> dict[str, Any]:
    request = event("open_session/api_with_key")
    request["body"] = json.dumps({**json.loads(request["body"]), **changes})
    reply: dict[str, Any] = deployed.invoke("open_session", request)
    return reply


def test_a_repeated_request_with_its_key_gets_the_same_session(deployed: Deployed) -> None:
    first, again = (open_with_key(deployed) for _ in range(2))

    assert (first["statusCode"], first) == (202, again)
    assert len(deployed.sessions.all) == 1


def test_a_key_with_another_body_is_a_conflict(deployed: Deployed) -> None:
    open_with_key(deployed)

    reply = open_with_key(deployed, language="en")

    assert reply["statusCode"] == 409
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    assert "Idempotency-Key" in body_of(reply)["detail"]
    assert len(deployed.sessions.all) == 1


def test_an_invalid_key_is_a_bad_request(deployed: Deployed) -> None:
    request = event("open_session/api_with_key")
    request["headers"]["idempotency-key"] = "x" * 256

    reply = deployed.invoke("open_session", request)

    assert (reply["statusCode"], body_of(reply)["errors"].keys()) == (400, {"Idempotency-Key"})
    assert deployed.sessions.all == []


def test_a_blocked_login_is_answered_with_the_reason_and_the_retry_time(
    deployed: Deployed,
) -> None:
    until = NOW + timedelta(minutes=1)
    deployed.logins.save(Login(login_id=LOGIN_ID, next_allowed_at=until, wait_reason=WaitReason.LOCKOUT_GUARD))

    reply = deployed.invoke("open_session", event("open_session/api_new"))

    assert (reply["statusCode"], body_of(reply)["code"]) == (429, "lockout_guard")
    assert body_of(reply)["nextAllowedAt"] == "2026-03-14T09:27:53.589793Z"
    assert int(reply["headers"]["Retry-After"]) >= 1
    assert (deployed.sessions.all, deployed.workflow.executions) == ([], {})


def test_an_event_delivered_twice_opens_one_session_even_after_its_end(deployed: Deployed) -> None:
    request = event("open_session/bus_refresh_requested")
    first = deployed.invoke("open_session", request)
    deployed.invoke("close_session", {"sessionId": first["sessionId"], "reason": "CANCELLED"})

    again = deployed.invoke("open_session", request)

    assert again["sessionId"] == first["sessionId"]
    assert len(deployed.sessions.all) == 1


def test_two_events_with_the_same_request_are_two_callers(deployed: Deployed) -> None:
    request = event("open_session/bus_refresh_requested")
    deployed.invoke("open_session", request)

    deployed.invoke("open_session", {**request, "id": "another-event", "detail": {"loginId": LOGIN_ID}})

    assert counts(deployed) == ["SessionOpened", "SessionJoined"]


def test_an_execution_that_repeats_its_request_runs_its_own_session(deployed: Deployed) -> None:
    request = event("open_session/workflow")

    first, again = (deployed.invoke("open_session", request) for _ in range(2))

    assert first == again
    assert not first["joined"]
    [session] = deployed.sessions.all
    assert session.execution_name == "underwriting-4711"


def test_the_same_key_at_another_endpoint_is_another_key(deployed: Deployed) -> None:
    """An execution name may equal a caller's key; the two are independent."""
    request = event("open_session/api_new")
    request["headers"]["idempotency-key"] = "underwriting-4711"
    deployed.invoke("open_session", request)

    reply = deployed.invoke("open_session", event("open_session/workflow"))

    assert reply["joined"]


def test_an_execution_that_takes_over_gets_the_next_attempt_number(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AWAITING_CLICK))

    reply = deployed.invoke("open_session", {"sessionId": SESSION_ID})

    assert (reply["sessionId"], reply["attempt"]) == (SESSION_ID, 2)
    assert deployed.workflow.executions == {f"{SESSION_ID}-2": SESSION_ID}


def test_a_bad_request_of_a_workflow_raises_its_own_error(deployed: Deployed) -> None:
    with pytest.raises(InvalidRequest):
        deployed.invoke("open_session", {"request": {"loginId": "abc"}, "executionName": "a"})


def test_a_cancelled_session_is_shown_and_its_execution_is_stopped(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AWAITING_USER))

    reply = deployed.invoke("cancel_session", event("cancel_session/api"))

    body = body_of(reply)
    assert (body["status"], body["link"], body["timeline"][-1]["actor"]) == ("CANCELLED", None, "caller")
    assert deployed.workflow.woken == [(TASK_TOKEN, "stopped")]
    assert deployed.logins.get(LOGIN_ID).session_id is None
    assert sorted(counts(deployed)) == ["SessionCancelled", *CLOSED]


def test_cancelling_an_ended_session_shows_how_it_ended(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.FAILED))

    reply = deployed.invoke("cancel_session", event("cancel_session/api"))

    assert (reply["statusCode"], body_of(reply)["status"]) == (200, "FAILED")


def test_due_sessions_are_swept_every_minute(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.STARTING, due_at=NOW))

    assert deployed.invoke("sweep_sessions", event("sweep_sessions/every_minute")) == {"swept": 1}
    assert deployed.workflow.executions == {SESSION_ID: SESSION_ID}


@pytest.mark.parametrize(
    ("case", "execution_name"),
    [("sweep_sessions/execution_failed", SESSION_ID), ("sweep_sessions/execution_aborted", "underwriting-4711")],
)
def test_the_session_of_a_broken_execution_ends_and_is_counted(
    deployed: Deployed, case: str, execution_name: str
) -> None:
    deployed.sessions.with_session(a_session(Status.AUTHORIZING, execution_name=execution_name))

    deployed.invoke("sweep_sessions", event(case))

    assert deployed.sessions.get(SESSION_ID).status is Status.FAILED
    assert set(counts(deployed)) == {"SessionRescued", "ExecutionBroken", "SessionClosed"}


def test_each_session_that_could_not_be_settled_is_logged(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AUTHORIZING, due_at=NOW))
    deployed.workflow.is_down = True

    reply = deployed.invoke("sweep_sessions", event("sweep_sessions/every_minute"))

    (line,) = (line for text in deployed.output.splitlines() if "failed" in (line := json.loads(text)))
    assert reply == {"swept": 1}
    assert (line["session_id"], line["failed"]) == (SESSION_ID, "WorkflowUnavailable: down")


def test_a_broken_execution_does_not_sweep_other_sessions(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.STARTING, due_at=NOW))

    deployed.invoke("sweep_sessions", event("sweep_sessions/execution_without_input"))

    assert deployed.workflow.executions == {}


@pytest.mark.parametrize("given", ["[]", "7", "null", '"text"', "{}"])
def test_a_broken_execution_with_invalid_input_is_ignored(deployed: Deployed, given: str) -> None:
    broke = event("sweep_sessions/execution_failed")
    broke["detail"]["input"] = given

    assert deployed.invoke("sweep_sessions", broke) == {"swept": 1}


def test_a_batch_is_published_in_the_order_of_its_writes(deployed: Deployed) -> None:
    reply = deployed.invoke("deliver_events", event(BATCH))

    assert reply == {"batchItemFailures": []}
    assert [(each.detail_type, each.event_id) for each in deployed.events.published] == [
        ("ReconnectRequired", f"{SESSION_ID}.4"),
        ("LoginChanged", f"{'f' * 32}.6"),
        ("SessionSucceeded", f"{SESSION_ID}.9"),
    ]
    assert counts(deployed) == ["EventDelivered"]


@pytest.mark.parametrize("accepted", [0, 1, 2])
def test_a_batch_is_repeated_from_the_first_event_the_bus_refuses(deployed: Deployed, accepted: int) -> None:
    class RefusingOnce(FakeEvents):
        def publish(self, detail_type: str, event_id: str, detail: dict[str, Any]) -> None:
            self.refusals = 1 if len(self.published) == accepted and not again else 0
            super().publish(detail_type, event_id, detail)

    batch, again = event(BATCH), []
    deployed.events = RefusingOnce()

    reply = deployed.invoke("deliver_events", batch)

    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch["Records"]]
    assert reply == {"batchItemFailures": [{"itemIdentifier": numbers[accepted]}]}
    assert len(deployed.events.published) == accepted
    assert "DeliveryFailed" in counts(deployed)

    again.append(True)
    assert deployed.invoke("deliver_events", {"Records": batch["Records"][accepted:]}) == {"batchItemFailures": []}
    assert deployed.events.types == ["ReconnectRequired", "LoginChanged", "SessionSucceeded"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": {"S": "ASLEEP"}}, "ValueError"),
        ({"language": {"M": {}}}, "TypeError"),
        ({"status": {"S": "EXPIRED"}}, "LookupError"),
        ({"fmt": {"N": "99"}}, "format 99 was written by a newer version"),
    ],
)
def test_an_unreadable_change_is_logged_and_blocks_no_other(
    deployed: Deployed, changes: dict[str, Any], why: str
) -> None:
    batch = event(BATCH)
    batch["Records"][1]["dynamodb"]["NewImage"] |= changes

    reply = deployed.invoke("deliver_events", batch)

    assert reply == {"batchItemFailures": []}
    assert deployed.events.types == ["ReconnectRequired", "SessionSucceeded"]
    (line,) = (line for text in deployed.output.splitlines() if "lost" in (line := json.loads(text)))
    assert (line["message"], line["level"]) == ("event_unreadable", "ERROR")
    assert line["lost"].startswith(f"{'f' * 32}: {why}")
    assert "EventLost" in counts(deployed)


def test_an_event_contains_no_secret_of_the_stream_record(deployed: Deployed) -> None:
    deployed.invoke("deliver_events", event(BATCH))

    published = json.dumps([each.detail for each in deployed.events.published])
    stream = json.dumps(event(BATCH))
    secrets = (LOGIN_ID, TASK_TOKEN, base64.b64encode(bytes.fromhex(RESULT_ID)).decode())
    assert all(secret in stream for secret in secrets)
    assert not any(secret in published for secret in (*secrets, RESULT_ID))


def test_closing_a_session_that_was_read_fresh_writes_nothing(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AUTHORIZING))
    deployed.flinks = FakeFlinks(cached_authorize=a_refreshed_reply())
    deployed.invoke("fetch_accounts", event("fetch_accounts/first_reading"))
    saves = len(deployed.sessions.saves), deployed.logins.saves

    summary = deployed.invoke("close_session", event("close_session/accounts_fresh"))

    assert summary["status"] == "SUCCEEDED"
    assert (len(deployed.sessions.saves), deployed.logins.saves) == saves


@pytest.mark.parametrize(("code", "fetches"), [("TOO_MANY_REQUESTS", 5), ("AGGREGATION_ERROR", 6)])
def test_a_throttled_read_is_not_counted(deployed: Deployed, code: str, fetches: int) -> None:
    deployed.sessions.with_session(a_session(Status.FETCHING))
    deployed.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(), get_accounts_detail_async=a_reply(401, code))

    reply = deployed.invoke("fetch_accounts", {**event("fetch_accounts/next_reading"), "fetches": 5})

    assert (reply["outcome"], reply["polls"]) == ("PENDING", fetches)


@pytest.mark.parametrize(("retries", "is_retried"), [(0, True), (16, True), (17, False), (None, False)])
def test_data_that_is_not_ready_is_waited_for_by_the_states_retry(
    deployed: Deployed, retries: int | None, is_retried: bool
) -> None:
    """Until its tries are used up; and never under an older definition, which does not count them."""
    deployed.sessions.with_session(a_session(Status.FETCHING))
    deployed.flinks = FakeFlinks(
        cached_authorize=a_refreshed_reply(),
        get_accounts_detail=a_reply(202, "OPERATION_PENDING"),
        get_accounts_detail_async=a_reply(202, "OPERATION_PENDING"),
    )
    counted = {} if retries is None else {"retryCount": retries}
    request = {**event("fetch_accounts/after_retries"), **counted}
    if retries is None:
        del request["retryCount"]

    with pytest.raises(DataPending) if is_retried else nullcontext():
        reply = deployed.invoke("fetch_accounts", request)
        assert (reply["outcome"], reply["polls"]) == ("PENDING", 1 + (retries or 0))


def test_a_click_during_the_lockout_guard_gets_the_retry_time(deployed: Deployed) -> None:
    until = NOW + timedelta(hours=1)
    deployed.sessions.with_session(a_session(Status.AWAITING_CLICK, next_allowed_at=until))

    reply = deployed.invoke("connect_page", event("connect_page/attempts"))

    assert body_of(reply)["nextAllowedAt"] == "2026-03-14T10:26:53.589793Z"
    assert deployed.workflow.woken == []


@pytest.mark.parametrize("status", [Status.AWAITING_USER, Status.AWAITING_CLICK, Status.SUCCEEDED])
def test_a_head_request_for_a_link_gets_headers_and_starts_nothing(deployed: Deployed, status: Status) -> None:
    session = deployed.sessions.with_session(a_session(status)).get(SESSION_ID)

    page, checked = (deployed.invoke("connect_page", event(f"connect_page/{name}")) for name in ("page", "head"))

    assert (checked["statusCode"], checked["body"]) == (page["statusCode"], "") == (200, "")
    assert checked["headers"].keys() == page["headers"].keys()
    assert deployed.sessions.get(SESSION_ID) == session
    assert (deployed.flinks.calls, deployed.workflow.woken) == ([], [])


def test_a_head_request_for_a_forged_link_is_not_found(deployed: Deployed) -> None:
    forged = event("connect_page/page_forged") | {"routeKey": "HEAD /connect/{link}"}

    reply = deployed.invoke("connect_page", forged)

    assert (reply["statusCode"], reply["body"]) == (404, "")


def test_a_late_return_starts_a_late_read_and_shows_a_friendly_page(deployed: Deployed) -> None:
    expired = a_session(Status.EXPIRED).note(at=NOW, actor=Actor.SERVICE, cause="USER_ABSENT")
    deployed.sessions.with_session(expired)

    replies = [deployed.invoke("redirect_webhook", event("redirect_webhook/from_connect")) for _ in range(2)]

    assert [reply["statusCode"] for reply in replies] == [200, 200]
    assert deployed.workflow.late_reads[0] == (SESSION_ID, 1, timedelta())


@pytest.mark.parametrize(
    ("arn", "caller"),
    [
        ("arn:aws:iam::123456789012:user/team/billing", "arn:aws:iam::123456789012:user/team/billing"),
        ("arn:aws:sts::123456789012:assumed-role/billing/worker-7", "arn:aws:sts::123456789012:assumed-role/billing"),
    ],
)
def test_the_workers_of_one_role_share_their_idempotency_keys(arn: str, caller: str) -> None:
    request = event("open_session/api_new")
    request["requestContext"]["authorizer"]["iam"]["userArn"] = arn

    assert without_session_name(caller_of(request)) == caller


def test_an_event_waits_until_its_link_can_be_signed(deployed: Deployed) -> None:
    class Missing(FakeKeys):
        def known(self) -> tuple[bytes, ...]:
            raise SecretsUnavailable("GetSecretValue: AccessDeniedException")

    batch, keys = event("deliver_events/reconnect_required"), deployed.signing_keys
    deployed.signing_keys = Missing()
    reply = deployed.invoke("deliver_events", batch)
    assert [len(reply["batchItemFailures"]), deployed.events.published] == [1, []]
    deployed.signing_keys = keys

    assert deployed.invoke("deliver_events", batch) == {"batchItemFailures": []}
    [published] = deployed.events.published
    assert published.detail["link"].startswith("https://api.test/connect/")
