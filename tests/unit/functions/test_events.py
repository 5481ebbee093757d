"""Every payload file, run through the real handler, gets the answer that its caller relies on."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.batch import Window
from reconnect.model.batch_run import BatchRun, Steering
from reconnect.model.errors import WaitOvertaken
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.signing import Link
from tests.fakes.builders import (
    AUTHORIZE_TOKEN,
    DATA_REQUEST_ID,
    DOCUMENT,
    LOGIN_ID,
    REQUEST_ID,
    RESULT_ID,
    SESSION_ID,
    SIGNING_KEY,
    TASK_TOKEN,
    WEBHOOK_SECRET,
    a_receipt,
    a_refreshed_reply,
    a_reply,
    a_result,
    a_session,
)
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.keys import FakeKeys
from tests.fakes.lambda_runtime import EVENTS, event
from tests.unit.functions.conftest import Deployed

LINK_END = int(NOW.timestamp()) + 7 * 24 * 3600
SECRETS = (
    LOGIN_ID,
    REQUEST_ID,
    DATA_REQUEST_ID,
    TASK_TOKEN,
    AUTHORIZE_TOKEN,
    "authorize-token-",
    SIGNING_KEY.decode(),
    "an-x-api-key",
    WEBHOOK_SECRET,
    "anna.tremblay@example.org",
)

A_BATCH = BatchRun(batch_id=SESSION_ID, asked="", created_at=NOW, window=Window(NOW, NOW + timedelta(hours=6), 60))

Check = Callable[[Any], bool]


def answers(http_status: int, **facts: Any) -> Check:
    """An HTTP reply with this status, whose JSON body has these facts."""

    def check(reply: Any) -> bool:
        return bool(reply["statusCode"] == http_status and facts.items() <= json.loads(reply["body"]).items())

    return check


def leads_to_the_page(reply: Any) -> bool:
    """Send the browser to the page of the link in the request, and show nothing else."""
    path = reply["headers"]["Location"].removeprefix("https://api.test/connect/")
    return bool(reply["statusCode"] == 303 and not reply["body"] and Link.verify(path, (SIGNING_KEY,), NOW))


def step_reply(
    outcome: str, code: str, wait: int, seen: str, polls: int = 0, most_polls: int = 40, **more: int
) -> Check:
    """A workflow step's exact reply: the state machine reads each of its keys."""
    counts = {"waitSeconds": wait, "maxRetries": 0, "polls": polls, "maxPolls": most_polls, **more}
    return lambda reply: reply == {"outcome": outcome, "code": code, "seen": seen, **counts}


# The times of the earlier polls in the payloads, and of the present one.
FIRST, LATER, NOW_TEXT = "2026-03-14T09:26:42.311114Z", "2026-03-14T09:26:49.902114Z", "2026-03-14T09:26:53.589793Z"
FIRST_IN_MILLISECONDS = "2026-03-14T09:26:42.311Z"


LATE = a_session(Status.AUTHORIZING)
ASKED_BEFORE = a_session(
    Status.AWAITING_CLICK,
    timeline=(
        TimelineEntry(NOW - timedelta(days=1), Actor.CALLER, "session_opened", Status.STARTING),
        TimelineEntry(NOW - timedelta(hours=23), Actor.BANK, "challenge_shown", Status.AWAITING_USER),
    ),
)
CASES: dict[str, tuple[Session | None, dict[str, Any], Check]] = {
    "open_session/api_new": (None, {}, answers(202, status="STARTING", joined=False)),
    "open_session/api_everything": (None, {}, answers(202, correlationIds=["order:2026-0314"])),
    "open_session/api_with_key": (None, {}, answers(202, status="STARTING", joined=False)),
    "open_session/api_base64": (a_session(Status.FETCHING), {}, answers(200, joined=True)),
    "open_session/api_bad_request": (None, {}, answers(400, title="Invalid request")),
    "open_session/bus_refresh_requested": (None, {}, lambda reply: reply["attempt"] == 1),
    "open_session/queue_delayed_request": (None, {}, lambda reply: reply["attempt"] == 1),
    "open_session/workflow": (
        LATE,
        {},
        lambda reply: reply == {"sessionId": SESSION_ID, "linkEndsAt": LINK_END, "attempt": 2, "joined": True},
    ),
    "open_session/workflow_nested": (None, {}, lambda reply: (reply["attempt"], reply["joined"]) == (1, False)),
    "open_session/goes_on": (
        LATE,
        {},
        lambda reply: reply == {"sessionId": SESSION_ID, "linkEndsAt": LINK_END, "attempt": 2},
    ),
    "cancel_session/api": (a_session(Status.AWAITING_USER), {}, answers(200, status="CANCELLED", failureCode=None)),
    "cancel_session/api_unknown": (None, {}, answers(404, title="No such session")),
    "erase_login/api": (a_session(Status.AWAITING_USER), {}, answers(200, sessions=1, wasKnown=True, card=None)),
    "erase_login/api_with_card": (None, {"delete_card": a_reply(200)}, answers(200, sessions=0, card="DELETED")),
    "erase_login/api_bad_request": (None, {}, answers(400, title="Invalid request")),
    "read_session/api": (a_session(Status.AWAITING_USER), {}, answers(200, status="AWAITING_USER")),
    "read_session/evidence": (
        a_session(Status.SUCCEEDED, receipt=a_receipt()),
        {},
        lambda reply: json.loads(reply["body"])["entries"][-1]["kind"] == "receipt",
    ),
    "read_session/api_unknown": (None, {}, answers(404, title="No such session")),
    "read_session/workflow": (
        LATE,
        {},
        lambda reply: (reply["ended"], reply["waitSeconds"], reply["summary"]["status"]) == (False, 6, "AUTHORIZING"),
    ),
    "help_user/remind": (ASKED_BEFORE, {}, answers(200, status="AWAITING_CLICK")),
    "help_user/remind_not_needed": (LATE, {}, answers(409, code="user_not_needed")),
    "help_user/extend": (LATE, {}, answers(200, linkExpiresAt="2026-03-28T09:26:53Z")),
    "help_user/extend_ended": (a_session(Status.CANCELLED), {}, answers(409, code="session_ended")),
    "find_sessions/login": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: [login["mayDo"] for login in json.loads(reply["body"])["logins"]] == ["remind"],
    ),
    "find_sessions/user_unknown": (None, {}, answers(404, code="login_not_found")),
    "find_sessions/list_needs_user": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: [each["sessionId"] for each in json.loads(reply["body"])["sessions"]] == [SESSION_ID],
    ),
    "find_sessions/institutions": (None, {}, answers(200, institutions=[])),
    "find_sessions/institutions_bad_window": (None, {}, answers(400, code="invalid_request")),
    "find_sessions/health_unknown": (None, {}, answers(404, code="institution_not_found")),
    "find_sessions/events": (None, {}, answers(200, events=[], hasMore=False)),
    "find_sessions/events_bad_query": (None, {}, lambda reply: json.loads(reply["body"])["errors"].keys() == {"from"}),
    "find_sessions/list_bad_filter": (
        None,
        {},
        lambda reply: json.loads(reply["body"])["errors"].keys() == {"bank", "status"},
    ),
    "find_sessions/plan": (
        a_session(Status.AWAITING_USER),
        {},
        answers(
            200,
            feasible=True,
            logins=1,
            skipped=[{"reason": "needs_user", "logins": 1, "positions": [1]}],
            duplicates=[3],
        ),
    ),
    "find_sessions/plan_bad_request": (
        None,
        {},
        lambda reply: (
            json.loads(reply["body"])["errors"].keys() == {"loginIds", "deadline", "maxPerInstitution", "cap"}
        ),
    ),
    "open_batch/api_new": (
        a_session(Status.AWAITING_USER),
        {},
        answers(
            202,
            status="RUNNING",
            label="the night of the 14th",
            skipped={"needs_user": 1},
            malformed=[
                {"line": 3, "fault": "must be a Flinks LoginId, a GUID like 01234567-89ab-cdef-0123-456789abcdef"}
            ],
        ),
    ),
    "open_batch/api_bad_request": (
        None,
        {},
        lambda reply: (
            json.loads(reply["body"])["errors"].keys()
            == {"loginIds", "items", "deadline", "maxPerInstitution", "source", "caps", "label"}
        ),
    ),
    "open_batch/list": (
        None,
        {},
        lambda reply: [each["batchId"] for each in json.loads(reply["body"])["batches"]] == [SESSION_ID],
    ),
    "open_batch/list_bad_query": (
        None,
        {},
        lambda reply: json.loads(reply["body"])["errors"].keys() == {"cursor", "status"},
    ),
    "open_batch/list_forged_cursor": (None, {}, answers(400, code="cursor_invalid")),
    "open_batch/read": (None, {}, answers(200, batchId=SESSION_ID, status="LOADING", report=None)),
    "open_batch/read_unknown": (None, {}, answers(404, code="batch_not_found")),
    "open_batch/items": (None, {}, answers(202, status="RUNNING")),
    "open_batch/pause": (None, {}, answers(200, status="LOADING")),
    "open_batch/resume": (None, {}, answers(200, status="LOADING")),
    "open_batch/stop": (None, {}, answers(200, status="LOADING")),
    "open_batch/caps": (None, {}, answers(200, maxPerInstitution=60)),
    "open_batch/report": (None, {}, answers(404, code="report_missing")),
    "open_batch/bus_batch_requested": (None, {}, lambda reply: reply["status"] == "LOADING"),
    "run_batch/load": (None, {}, lambda reply: reply == {"loaded": True}),
    "run_batch/tick": (None, {}, lambda reply: reply == {"done": False, "waitSeconds": 5}),
    "run_batch/next_execution": (None, {}, lambda reply: reply == {}),
    "read_result/api": (
        a_session(Status.SUCCEEDED, receipt=a_receipt()),
        {},
        answers(200, bytes=len(DOCUMENT), expiresAt="2026-03-14T09:31:53.589793Z"),
    ),
    "redirect_webhook/from_connect": (
        a_session(Status.AWAITING_USER, return_url="https://app.example/back"),
        {},
        lambda reply: (reply["statusCode"], reply["headers"]["Location"]) == (303, "https://app.example/back"),
    ),
    "redirect_webhook/forged_state": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: reply["statusCode"] == 400 and "Il a été modifié en chemin" in reply["body"],
    ),
    "redirect_webhook/without_query": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: reply["statusCode"] == 200 and "You can close this page" in reply["body"],
    ),
    "connect_page/page": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: reply["statusCode"] == 200 and reply["headers"]["Content-Type"].startswith("text/html"),
    ),
    "connect_page/head": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: (
            (reply["statusCode"], reply["body"]) == (200, "") and "Content-Security-Policy" in reply["headers"]
        ),
    ),
    "connect_page/page_forged": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: reply["statusCode"] == 404 and "Il a été modifié en chemin" in reply["body"],
    ),
    "connect_page/page_cut": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: reply["statusCode"] == 404 and "La fin du lien est manquante" in reply["body"],
    ),
    "connect_page/page_with_stray_characters": (a_session(Status.AWAITING_USER), {}, leads_to_the_page),
    "connect_page/other_trailing_slash": (a_session(Status.AWAITING_USER), {}, leads_to_the_page),
    "connect_page/short": (a_session(Status.AWAITING_USER), {}, leads_to_the_page),
    "connect_page/short_head": (a_session(Status.AWAITING_USER), {}, leads_to_the_page),
    "connect_page/other_path": (
        None,
        {},
        lambda reply: reply["statusCode"] == 404 and "existe pas" in reply["body"],
    ),
    "connect_page/other_path_api": (None, {}, answers(404, title="No such endpoint", code="endpoint_not_found")),
    "connect_page/status": (a_session(Status.AWAITING_USER), {}, answers(200, stage="question", secondsLeft=480)),
    "connect_page/attempts": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: "authorizeToken=authorize-token-1" in json.loads(reply["body"])["connectUrl"],
    ),
    "connect_page/events": (
        a_session(Status.AWAITING_USER),
        {},
        lambda reply: reply["statusCode"] == 204 and "body" not in reply,
    ),
    "flinks_webhook/from_flinks": (a_session(Status.AWAITING_USER), {}, answers(200)),
    "flinks_webhook/from_flinks_base64": (a_session(Status.AWAITING_USER), {}, answers(200)),
    "flinks_webhook/of_nobody": (a_session(Status.AWAITING_USER), {}, answers(200)),
    "flinks_webhook/forged": (a_session(Status.AWAITING_USER), {}, answers(401, title="Not signed")),
    "flinks_webhook/unsigned": (a_session(Status.AWAITING_USER), {}, answers(401, title="Not signed")),
    "start_authorize/first_attempt": (
        a_session(Status.STARTING),
        {"start_authorize": a_reply(202, request_id=REQUEST_ID)},
        step_reply("PENDING", "OPERATION_PENDING", 2, f"{NOW_TEXT} 1 OPERATION_PENDING"),
    ),
    "start_authorize/second_attempt": (
        LATE,
        {"read_authorize": a_reply(401, "SESSION_EXPIRED"), "start_authorize": a_reply(401, "DISABLED_LOGIN")},
        step_reply(
            "REFUSED",
            "DISABLED_LOGIN",
            15,
            f"{FIRST} 3 OPERATION_PENDING,{LATER} 1 DISABLED_LOGIN,{NOW_TEXT} 1 DISABLED_LOGIN",
        ),
    ),
    "poll_authorize/first_look": (
        LATE,
        {"read_authorize": a_reply(203)},
        step_reply(
            "MFA_REQUIRED",
            "SECURITY_CHALLENGE",
            40,
            f"{FIRST} 1 OPERATION_PENDING,{NOW_TEXT} 1 SECURITY_CHALLENGE",
        ),
    ),
    "poll_authorize/tenth_look": (
        LATE,
        {},
        step_reply("PENDING", "OPERATION_PENDING", 20, f"{FIRST} 11 OPERATION_PENDING", polls=10),
    ),
    "build_connect_url/await_answer": (LATE, {}, lambda reply: reply is None),
    "build_connect_url/await_sign_in": (LATE, {}, lambda reply: reply is None),
    "build_connect_url/await_click": (LATE, {}, lambda reply: reply is None),
    "build_connect_url/park": (LATE, {}, lambda reply: reply is None),
    "fetch_accounts/first_reading": (
        LATE,
        {"cached_authorize": a_refreshed_reply()},
        step_reply(
            "FRESH",
            "ACCOUNTS_FRESH",
            0,
            f"{FIRST} 3 OPERATION_PENDING,{LATER} 1 AUTHORIZED,{NOW_TEXT} 1 ACCOUNTS_FRESH",
            linkEndsAt=LINK_END,
        ),
    ),
    "fetch_accounts/after_retries": (
        LATE,
        {"cached_authorize": a_refreshed_reply()},
        step_reply(
            "FRESH",
            "ACCOUNTS_FRESH",
            0,
            f"{FIRST_IN_MILLISECONDS} 2 OPERATION_PENDING,{NOW_TEXT} 1 ACCOUNTS_FRESH",
            linkEndsAt=LINK_END,
        ),
    ),
    "poll_authorize/in_window": (
        a_session(Status.AUTHORIZING),
        {"read_authorize": a_reply(203)},
        step_reply("MFA_REQUIRED", "SECURITY_CHALLENGE", 40, f"{NOW_TEXT} 1 SECURITY_CHALLENGE", most_polls=68),
    ),
    "fetch_accounts/next_reading": (
        a_session(Status.FETCHING),
        {"get_accounts_detail_async": a_reply(202)},
        step_reply(
            "PENDING",
            "OPERATION_PENDING",
            10,
            f"{FIRST} 1 OPERATION_DISPATCHED,{NOW_TEXT} 1 OPERATION_PENDING",
            polls=2,
            linkEndsAt=LINK_END,
        ),
    ),
    "close_session/accounts_fresh": (
        a_session(Status.FETCHING, receipt=a_receipt()),
        {},
        lambda reply: (
            reply
            == {
                "sessionId": SESSION_ID,
                "status": "SUCCEEDED",
                "failureCode": None,
                "lastRefresh": "2026-03-14T09:26:53.589793Z",
                "accountCount": 1,
            }
        ),
    ),
    "close_session/flinks_code": (LATE, {}, lambda reply: reply["failureCode"] == "DISABLED_LOGIN"),
    "close_session/caught_error": (LATE, {}, lambda reply: reply["failureCode"] == "ATTEMPT_UNCERTAIN"),
    "sweep_sessions/every_minute": (LATE, {}, lambda reply: reply == {"swept": 0}),
    "sweep_sessions/execution_failed": (LATE, {}, lambda reply: reply == {"swept": 1}),
    "sweep_sessions/execution_aborted": (
        a_session(Status.AUTHORIZING, execution_name="underwriting-4711"),
        {},
        lambda reply: reply == {"swept": 1},
    ),
    "sweep_sessions/execution_without_input": (LATE, {}, lambda reply: reply == {"swept": 1}),
    "deliver_events/reconnect_required": (None, {}, lambda reply: reply == {"batchItemFailures": []}),
    "roll_up_endings/ended": (None, {}, lambda reply: reply is None),
    "deliver_events/batch": (None, {}, lambda reply: reply == {"batchItemFailures": []}),
}


def run(deployed: Deployed, case: str) -> Any:
    session, script, _ = CASES[case]
    deployed.flinks = FakeFlinks(**script)
    if session:
        deployed.sessions.with_session(session)
    if "batch/" in case:
        deployed.batches.create(A_BATCH, Steering(SESSION_ID))
    return deployed.invoke(case.partition("/")[0], event(case))


def test_every_payload_file_is_used_and_none_is_missing() -> None:
    files = {str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.rglob("*.json")}

    assert files == CASES.keys()


def test_every_function_has_a_payload_file() -> None:
    functions = {path.parent.name for path in EVENTS.parent.glob("functions/*/app.py")}

    assert functions == {case.partition("/")[0] for case in CASES}


@pytest.mark.parametrize("case", CASES)
def test_each_payload_gets_the_answer_that_its_sender_relies_on(deployed: Deployed, case: str) -> None:
    reply = run(deployed, case)

    assert CASES[case][2](reply), reply


@pytest.mark.parametrize("case", CASES)
def test_no_handler_prints_an_id_of_flinks_a_token_or_a_secret(deployed: Deployed, case: str) -> None:
    run(deployed, case)

    assert [secret for secret in SECRETS if secret in deployed.output] == []


def test_a_run_is_logged_with_the_sessions_id_and_counted(deployed: Deployed) -> None:
    run(deployed, "start_authorize/first_attempt")

    logged, counted = (json.loads(line) for line in deployed.output.splitlines())
    assert (logged["message"], logged["session_id"], logged["outcome"]) == ("authorize_started", SESSION_ID, "PENDING")
    assert (counted["AuthorizeStarted"], counted["outcome"]) == ([1.0], "PENDING")


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("build_connect_url")])
def test_no_reply_contains_an_id_of_flinks_or_a_token(deployed: Deployed, case: str) -> None:
    if case in {"read_session/api", "connect_page/attempts"}:
        return  # they show the Connect URL, which must hold the RequestId and a token for one use

    reply = json.dumps(run(deployed, case))

    assert [secret for secret in SECRETS if secret in reply] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("open_session/") and "bad" not in case])
def test_every_way_to_open_a_session_leaves_one_running(deployed: Deployed, case: str) -> None:
    run(deployed, case)

    [session] = deployed.sessions.all
    assert session.login_id == LOGIN_ID
    assert session.status is not Status.STARTING or deployed.workflow.executions


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("build_connect_url/await_answer", Status.AWAITING_USER),
        ("build_connect_url/await_sign_in", Status.AWAITING_USER),
        ("build_connect_url/await_click", Status.AWAITING_CLICK),
    ],
)
def test_a_wait_for_the_user_stores_the_workflows_token(deployed: Deployed, case: str, status: Status) -> None:
    run(deployed, case)

    session = deployed.sessions.get(SESSION_ID)
    assert (session.status, session.task_token) == (status, TASK_TOKEN)
    assert deployed.sessions.event_types == ["ReconnectRequired"]


def test_a_parked_session_keeps_no_token_even_if_its_presence_was_lost(deployed: Deployed) -> None:
    run(deployed, "build_connect_url/park")

    session = deployed.sessions.get(SESSION_ID)
    assert session.is_parked
    # It is night in the session's time zone.
    assert (deployed.sessions.event_types, bool(session.asking.hold)) == ([], True)


def test_an_older_try_of_a_wait_does_not_replace_the_newer_token(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AUTHORIZING))
    older = event("build_connect_url/await_click")
    deployed.invoke("build_connect_url", {**older, "retryCount": 2, "taskToken": "the-live-one"})

    for retries in ({}, {"retryCount": 1}):
        with pytest.raises(WaitOvertaken):
            deployed.invoke("build_connect_url", {**older, **retries})

    assert deployed.sessions.get(SESSION_ID).task_token == "the-live-one"


@pytest.mark.parametrize("wait", ["await_answer", "await_sign_in", "await_click"])
def test_a_wait_of_the_previous_definition_keeps_its_token(deployed: Deployed, wait: str) -> None:
    deployed.sessions.with_session(a_session(Status.AUTHORIZING))
    payload = event(f"build_connect_url/{wait}")

    deployed.invoke("build_connect_url", {name: payload[name] for name in payload.keys() - {"enteredAt", "retryCount"}})

    assert deployed.sessions.get(SESSION_ID).task_token == TASK_TOKEN


def test_a_redirect_wakes_the_workflow_and_a_forged_one_does_not(deployed: Deployed) -> None:
    run(deployed, "redirect_webhook/forged_state")
    woken_by_forgery = list(deployed.workflow.woken)

    run(deployed, "redirect_webhook/from_connect")

    assert (woken_by_forgery, deployed.workflow.woken) == ([], [(TASK_TOKEN, "redirect")])


@pytest.mark.parametrize("case", ["flinks_webhook/from_flinks", "flinks_webhook/from_flinks_base64"])
def test_a_signed_webhook_wakes_the_workflow_in_either_encoding(deployed: Deployed, case: str) -> None:
    run(deployed, case)

    assert deployed.workflow.woken == [(TASK_TOKEN, "redirect")]
    assert deployed.sessions.get(SESSION_ID).timeline[-1].cause == "webhook_received"


@pytest.mark.parametrize("case", ["flinks_webhook/forged", "flinks_webhook/unsigned", "flinks_webhook/of_nobody"])
def test_other_webhooks_change_nothing(deployed: Deployed, case: str) -> None:
    run(deployed, case)

    assert (deployed.workflow.woken, deployed.sessions.saves) == ([], [])


def test_without_a_webhook_secret_every_webhook_is_refused(deployed: Deployed) -> None:
    deployed.webhook_keys = FakeKeys()

    reply = run(deployed, "flinks_webhook/from_flinks")

    assert (reply["statusCode"], deployed.sessions.saves) == (401, [])


@pytest.mark.parametrize("case", ["connect_page/page", "connect_page/page_forged"])
def test_loading_the_page_starts_nothing(deployed: Deployed, case: str) -> None:
    for _ in range(10):
        run(deployed, case)

    assert (deployed.sessions.saves, deployed.flinks.calls, deployed.workflow.woken) == ([], [], [])


def test_reading_the_status_of_an_open_page_only_polls(deployed: Deployed) -> None:
    run(deployed, "connect_page/status")

    assert (deployed.sessions.saves, deployed.flinks.calls) == ([], ["read_authorize"])


def test_the_pages_redirect_event_wakes_the_workflow(deployed: Deployed) -> None:
    run(deployed, "connect_page/events")

    assert deployed.workflow.woken == [(TASK_TOKEN, "redirect")]


def test_a_forged_link_is_not_found_by_the_pages_calls(deployed: Deployed) -> None:
    request = {**event("connect_page/status"), "pathParameters": {"link": "forged"}}

    assert deployed.invoke("connect_page", request)["statusCode"] == 404


def test_a_click_after_the_attempt_was_lost_starts_another(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.AWAITING_CLICK))

    reply = deployed.invoke("connect_page", event("connect_page/attempts"))

    body = json.loads(reply["body"])
    assert (body["stage"], body["connectUrl"]) == ("contacting", None)
    assert deployed.workflow.woken == [(TASK_TOKEN, "click")]


@pytest.mark.parametrize(
    ("session", "answer"),
    [
        (a_session(Status.FETCHING), answers(404, title="No result yet")),
        (a_session(Status.STALE, receipt=a_receipt(fresh=False, result=None)), answers(404, title="No result yet")),
        (
            a_session(Status.SUCCEEDED, receipt=a_receipt(result=a_result(expires_at=NOW))),
            answers(410, title="Result expired"),
        ),
    ],
)
def test_a_session_without_a_result_is_answered_with_the_next_step(
    deployed: Deployed, session: Session, answer: Check
) -> None:
    deployed.sessions.with_session(session)

    reply = deployed.invoke("read_result", event("read_result/api"))

    assert answer(reply), reply
    assert json.loads(reply["body"])["detail"].lower().endswith("open a new session.")


def test_reading_a_result_does_not_log_its_link(deployed: Deployed) -> None:
    reply = run(deployed, "read_result/api")

    assert RESULT_ID in json.loads(reply["body"])["url"]
    assert RESULT_ID not in deployed.output
    assert (SESSION_ID in deployed.output, '"ResultRead":[1.0]' in deployed.output.replace(" ", "")) == (True, True)
