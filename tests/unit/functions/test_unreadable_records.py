"""A record that this version cannot read: every endpoint reports it, and nothing is started or overwritten."""

import json
from typing import Any

import pytest

from reconnect.model.errors import RecordUnreadable
from reconnect.model.idempotency import Claim
from reconnect.model.login import Login
from reconnect.model.session import Session, Status
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.lambda_runtime import event
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.unit.functions.conftest import Deployed

REQUESTS: dict[str, dict[str, Any]] = {
    case: event(case)
    for case in (
        "open_session/api_new",
        "open_session/api_with_key",
        "read_session/api",
        "read_result/api",
        "cancel_session/api",
        "connect_page/attempts",
        "connect_page/events",
        "connect_page/status",
        "flinks_webhook/from_flinks",
        "erase_login/api",
    )
}
# The requests that read the login's record first.
BY_LOGIN = [case for case in REQUESTS if case.partition("/")[0] in {"open_session", "erase_login", "flinks_webhook"}]


class NewerSessions(FakeSessions):
    """A store in which every session has a newer format."""

    def get(self, session_id: str) -> Session:
        raise RecordUnreadable(f"{session_id}: format 2")

    def join(self, session_id: str, *_joined: Any) -> Session:
        return self.get(session_id)

    def erase(self, session_id: str) -> bool:
        raise RecordUnreadable(f"{session_id}: format 2")


class NewerLogins(FakeLogins):
    """A store in which every login has a newer format."""

    is_newer = False

    def get(self, login_id: str) -> Login:
        if self.is_newer:
            raise RecordUnreadable("a login: format 2")
        return super().get(login_id)


class NewerClaims(FakeClaims):
    """A store in which every claim has a newer format."""

    def claim(self, *_: object) -> Claim:
        raise RecordUnreadable("a claim: format 2")


def with_newer_session(deployed: Deployed) -> None:
    deployed.sessions = NewerSessions(deployed.logins)
    deployed.sessions.with_session(a_session(Status.AWAITING_USER))


def with_newer_login(deployed: Deployed) -> None:
    logins = NewerLogins()
    deployed.logins, deployed.sessions = logins, FakeSessions(logins).with_session(a_session(Status.AWAITING_USER))
    logins.is_newer = True


def assert_refused(deployed: Deployed, case: str) -> None:
    before, saves = deployed.sessions.all, deployed.logins.saves

    reply = deployed.invoke(case.partition("/")[0], REQUESTS[case])

    problem = json.loads(reply["body"])
    assert (reply["statusCode"], problem["status"], problem["code"]) == (503, 503, "record_unreadable")
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    assert "It was left unchanged." in problem["detail"]
    assert (deployed.sessions.all, deployed.logins.saves) == (before, saves)
    assert (deployed.workflow.executions, deployed.workflow.woken, deployed.flinks.calls) == ({}, [], [])


@pytest.mark.parametrize("case", REQUESTS)
def test_every_endpoint_reports_an_unreadable_session(deployed: Deployed, case: str) -> None:
    with_newer_session(deployed)

    assert_refused(deployed, case)


@pytest.mark.parametrize("case", BY_LOGIN)
def test_an_unreadable_login_is_not_treated_as_new(deployed: Deployed, case: str) -> None:
    with_newer_login(deployed)

    assert_refused(deployed, case)


def test_an_unreadable_key_opens_nothing(deployed: Deployed) -> None:
    deployed.claims = NewerClaims(deployed.clock)

    assert_refused(deployed, "open_session/api_with_key")


@pytest.mark.parametrize("case", ["open_session/bus_refresh_requested", "open_session/workflow"])
def test_a_request_for_an_unreadable_session_starts_no_second_one(deployed: Deployed, case: str) -> None:
    with_newer_session(deployed)

    with pytest.raises(RecordUnreadable):
        deployed.invoke("open_session", event(case))

    assert (len(deployed.sessions.all), deployed.workflow.executions) == (1, {})
    assert deployed.logins.get(LOGIN_ID).session_id == SESSION_ID


@pytest.mark.parametrize(("case", "status"), [("redirect_webhook/from_connect", 200), ("connect_page/page", 503)])
def test_a_user_sees_a_page_when_the_session_is_unreadable(deployed: Deployed, case: str, status: int) -> None:
    with_newer_session(deployed)

    reply = deployed.invoke(case.partition("/")[0], event(case))

    assert (reply["statusCode"], reply["headers"]["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_an_unreadable_record_is_named_in_the_log_and_counted(deployed: Deployed) -> None:
    with_newer_session(deployed)

    deployed.invoke("read_session", event("read_session/api"))

    (line,) = (line for text in deployed.output.splitlines() if "failed" in (line := json.loads(text)))
    assert (line["level"], line["failed"]) == ("ERROR", f"RecordUnreadable: {SESSION_ID}: format 2")
    assert '"RecordUnreadable":[1.0]' in deployed.output.replace(" ", "")
