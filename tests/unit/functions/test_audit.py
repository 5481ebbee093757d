"""Who did it: one line for each session that was opened, cancelled, read out or erased, with the signed caller."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconnect.model.errors import ResultNotErased
from reconnect.runtime.callers import caller_of
from reconnect.runtime.observability import logger
from tests.fakes.builders import LOGIN_ID, SESSION_ID
from tests.fakes.lambda_runtime import event
from tests.unit.functions.conftest import Deployed
from tests.unit.functions.test_events import CASES, run

CALLER = "arn:aws:iam::123456789012:user/backend"
SIGNED = [case for case in CASES if event(case).get("requestContext", {}).get("authorizer")]
ACTIONS = {
    "open_session/api_new": [("session_opened", CALLER)],
    "open_session/api_everything": [("session_opened", CALLER)],
    "open_session/api_with_key": [("session_opened", CALLER)],
    "open_session/api_base64": [("session_joined", CALLER)],
    "open_session/bus_refresh_requested": [("session_opened", "bus")],
    "open_session/queue_delayed_request": [("session_opened", "bus")],
    "open_session/workflow": [("session_joined", "workflow")],
    "open_session/workflow_nested": [("session_opened", "workflow")],
    "cancel_session/api": [("session_cancelled", CALLER)],
    "erase_login/api": [("session_erased", CALLER), ("login_erased", CALLER)],
    "erase_login/api_with_card": [("login_erased", CALLER)],
    "read_session/evidence": [("evidence_exported", CALLER)],
    "read_result/api": [("result_read", CALLER)],
    "help_user/remind": [("user_reminded", CALLER)],
    "help_user/extend": [("link_extended", CALLER)],
    "find_sessions/login": [("login_found", CALLER)],
    "find_sessions/list_needs_user": [("sessions_listed", CALLER)],
    "find_sessions/plan": [("batch_planned", CALLER)],
    "find_sessions/events": [("events_read", CALLER)],
    "open_batch/api_new": [("batch_opened", CALLER)],
    "open_batch/bus_batch_requested": [("batch_opened", "bus")],
    "open_batch/items": [("batch_filled", CALLER)],
    "open_batch/pause": [("batch_paused", CALLER)],
    "open_batch/resume": [("batch_resumed", CALLER)],
    "open_batch/stop": [("batch_stopped", CALLER)],
    "open_batch/caps": [("batch_limited", CALLER)],
}
OF_NO_SESSION = {"login_erased", "login_found", "sessions_listed", "batch_planned", "events_read"} | {
    action for case, [(action, _), *_] in ACTIONS.items() if case.startswith("open_batch/")
}
# What a caller controls; a body with other fields is refused.
_CLAIMS = st.dictionaries(
    st.sampled_from(["x-caller", "caller", "userArn", "x-amzn-iam-user-arn", "authorizer", "x-amzn-request-context"]),
    st.sampled_from(["arn:aws:iam::999999999999:user/somebody-else", '{"iam": {"userArn": "somebody-else"}}']),
)


def lines(deployed: Deployed) -> list[dict[str, Any]]:
    printed = [json.loads(line) for line in deployed.output.splitlines() if line.startswith("{")]
    return [line for line in printed if line.get("message") == "audit"]


@pytest.mark.parametrize("case", CASES)
def test_each_action_is_logged_once_with_the_signed_caller(deployed: Deployed, case: str) -> None:
    run(deployed, case)

    assert [(line["action"], line["caller"]) for line in lines(deployed)] == ACTIONS.get(case, [])


@pytest.mark.parametrize("case", ACTIONS)
def test_an_audit_line_names_the_session_and_never_the_login(deployed: Deployed, case: str) -> None:
    run(deployed, case)

    for line in lines(deployed):
        assert line.keys() >= {"action", "session_id", "caller", "timestamp", "function_request_id"}
        assert (line["session_id"] == "none") == (line["action"] in OF_NO_SESSION)
        assert LOGIN_ID not in json.dumps(line)


@given(headers=_CLAIMS, query=_CLAIMS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_a_caller_sends_changes_their_name(
    deployed: Deployed, headers: dict[str, str], query: dict[str, str]
) -> None:
    deployed.output = ""
    recorded = event("open_session/api_new")

    deployed.invoke(
        "open_session",
        {**recorded, "headers": {**recorded["headers"], **headers}, "queryStringParameters": query},
    )

    assert {line["caller"] for line in lines(deployed)} == {CALLER}


@pytest.mark.parametrize("authorizer", [{}, {"authorizer": None}, {"authorizer": {"iam": None}}, {"authorizer": {}}])
def test_a_request_that_nobody_signed_has_no_name(authorizer: dict[str, Any]) -> None:
    assert caller_of({"requestContext": authorizer, "headers": {"authorization": CALLER}}) == "unsigned"


def test_a_session_that_was_erased_is_logged_even_if_the_rest_fails(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase = deployed.sessions.erase
    erased: list[str] = []

    def fail_after(_session_id: str) -> int:
        if erased:
            raise ResultNotErased("DeleteObject: SlowDown")
        return 0

    def remember(session_id: str) -> bool:
        erased.append(session_id)
        return erase(session_id)

    monkeypatch.setattr(deployed.results, "erase", fail_after)
    monkeypatch.setattr(deployed.sessions, "erase", remember)

    reply = run(deployed, "erase_login/api")

    assert reply["statusCode"] == 503
    assert [(line["action"], line["session_id"]) for line in lines(deployed)] == [("session_erased", SESSION_ID)]


@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
def test_a_quiet_log_still_says_who_did_it(deployed: Deployed, level: str) -> None:
    logger.setLevel(level)
    try:
        run(deployed, "read_result/api")
    finally:
        logger.setLevel("INFO")

    printed = [json.loads(line)["message"] for line in deployed.output.splitlines() if "_aws" not in line]
    assert printed == ["audit"]


def test_every_signed_route_that_acts_has_an_audit_line() -> None:
    acting = {event(case)["routeKey"] for case in SIGNED if case in ACTIONS}

    assert {event(case)["routeKey"] for case in SIGNED} - acting == {
        "GET /sessions/{sessionId}",
        # Sums of many sessions, of no one of them.
        "GET /institutions",
        "GET /institutions/{institutionId}/health",
        # Counts, and no login.
        "GET /batches",
        "GET /batches/{batchId}",
        # Its payload is of a batch that has not ended.
        "GET /batches/{batchId}/report",
    }


def trail(deployed: Deployed) -> list[tuple[str, str | None, int | None]]:
    [session] = deployed.sessions.all
    return [(entry.what, entry.by, entry.version) for entry in session.trail]


@pytest.mark.parametrize(
    ("case", "by"),
    [
        ("open_session/api_new", "user/backend"),
        ("open_session/bus_refresh_requested", "bus"),
        ("open_session/workflow_nested", "workflow"),
    ],
)
def test_the_record_of_a_session_keeps_who_opened_it(deployed: Deployed, case: str, by: str) -> None:
    run(deployed, case)

    assert trail(deployed) == [("session_opened", by, None)]


def test_the_record_keeps_who_cancelled_and_the_event_of_the_end(deployed: Deployed) -> None:
    run(deployed, "cancel_session/api")

    assert trail(deployed) == [("session_cancelled", "user/backend", None), ("SessionCancelled", None, 2)]


def test_a_second_cancellation_leaves_no_trace_in_the_record(deployed: Deployed) -> None:
    run(deployed, "cancel_session/api")
    once = trail(deployed)

    deployed.invoke("cancel_session", event("cancel_session/api"))

    assert trail(deployed) == once


def test_a_caller_who_joins_with_a_correlation_id_is_in_the_record(deployed: Deployed) -> None:
    run(deployed, "open_session/api_new")
    joining = event("open_session/api_everything")

    deployed.invoke("open_session", joining)

    assert trail(deployed) == [("session_opened", "user/backend", None), ("session_joined", "user/backend", None)]
