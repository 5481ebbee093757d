"""Expected endings are a step's outcome: one line in the log, no traceback, no error in Lambda's metrics."""

import json
from typing import Any

import pytest

from reconnect.model.errors import FlinksUnavailable, IllegalTransition, StoreUnavailable
from reconnect.model.session import Session, Status
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.flinks import FakeFlinks
from tests.fakes.lambda_runtime import event
from tests.fakes.sessions import FakeSessions
from tests.unit.functions.conftest import Deployed

STEPS = {
    "start_authorize": event("start_authorize/second_attempt"),
    "poll_authorize": event("poll_authorize/tenth_look"),
    "fetch_accounts": event("fetch_accounts/next_reading"),
}

steps = pytest.mark.parametrize("step", STEPS)


def lines(deployed: Deployed) -> list[dict[str, Any]]:
    """The lines of the log, without the metrics."""
    printed = [json.loads(line) for line in deployed.output.splitlines()]
    return [line for line in printed if "_aws" not in line]


def refused(step: str, code: str) -> dict[str, Any]:
    return {"outcome": "REFUSED", "code": code, "waitSeconds": 0, "maxRetries": 0, "seen": STEPS[step]["seen"]}


@steps
@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SUCCEEDED])
def test_a_step_of_an_ended_session_logs_one_line(deployed: Deployed, step: str, status: Status) -> None:
    deployed.sessions.with_session(a_session(status))

    assert deployed.invoke(step, STEPS[step]) == refused(step, "SessionEnded")

    [line] = lines(deployed)
    assert (line["message"], line["level"], line["code"]) == ("step_refused", "INFO", "SessionEnded")
    assert (line["session_id"], line["detail"]) == (SESSION_ID, status)
    assert deployed.flinks.calls == []


@steps
def test_a_step_of_an_erased_session_logs_one_line(deployed: Deployed, step: str) -> None:
    assert deployed.invoke(step, STEPS[step]) == refused(step, "SessionNotFound")

    assert [line["code"] for line in lines(deployed)] == ["SessionNotFound"]


def test_a_lost_start_is_logged_in_one_line_without_the_login(deployed: Deployed) -> None:
    deployed.sessions.with_session(a_session(Status.STARTING))
    deployed.flinks = FakeFlinks(start_authorize=FlinksUnavailable("AuthorizeAsync: ReadTimeout"))

    reply = deployed.invoke("start_authorize", event("start_authorize/first_attempt"))

    assert (reply["outcome"], reply["code"]) == ("REFUSED", "AttemptUncertain")
    [line] = lines(deployed)
    assert "ReadTimeout" in line["detail"]
    assert LOGIN_ID not in deployed.output


def test_closing_an_erased_session_returns_its_status(deployed: Deployed) -> None:
    reply = deployed.invoke("close_session", event("close_session/flinks_code"))

    assert reply == {"sessionId": SESSION_ID, "status": "ERASED"}
    assert [(line["message"], line["status"]) for line in lines(deployed)] == [("session_already_erased", "ERASED")]


@steps
@pytest.mark.parametrize("error", [StoreUnavailable("GetItem: timeout"), IllegalTransition("a -> b"), KeyError("x")])
def test_any_other_error_fails_the_function(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    def fail(_session_id: str) -> Session:
        raise error

    monkeypatch.setattr(deployed.sessions, "get", fail)

    with pytest.raises(type(error)):
        deployed.invoke(step, STEPS[step])


class RefusedSessions(FakeSessions):
    """Sessions that the function may not read."""

    def get(self, session_id: str) -> Session:  # noqa: ARG002
        raise StoreUnavailable("GetItem: AccessDenied")


def test_the_cause_of_a_server_error_is_in_the_log_and_not_in_the_reply(deployed: Deployed) -> None:
    deployed.sessions = RefusedSessions(deployed.logins)

    reply = deployed.invoke("read_session", event("read_session/api"))

    assert reply["statusCode"] == 503
    assert "AccessDenied" not in reply["body"]
    assert "StoreUnavailable: GetItem: AccessDenied" in deployed.output
