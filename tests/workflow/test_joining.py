"""A workflow that opens its own session must also be the one that works on it, even when it had to ask twice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from reconnect.domain.errors import LoginHeld, WorkflowUnavailable
from reconnect.domain.open_session import OpenRequest, OpenSession
from reconnect.domain.session import Session
from tests.workflow.definition import TASKS
from tests.workflow.evaluating import route
from tests.workflow.samples import SECRETS

_REQUEST = OpenRequest(login_id=SECRETS["login_id"])


@dataclass
class _OneLogin:
    """A store of one session, the first that was opened."""

    opened: list[Session] = field(default_factory=list)

    def open(self, session: Session) -> Session:
        if self.opened:
            raise LoginHeld(self.opened[0].session_id)
        self.opened.append(session)
        return session

    def get(self, session_id: str) -> Session:
        return next(session for session in self.opened if session.session_id == session_id)

    def save(self, session: Session) -> Session:
        return session


class _BusyOnce:
    """Step Functions that does not take the first call."""

    calls = 0

    def start(self, _session: Session) -> None:
        self.calls += 1
        if self.calls == 1:
            raise WorkflowUnavailable("StartExecution: ThrottlingException")

    def wake(self, _task_token: str, _cause: str) -> bool:
        return True


def _door() -> OpenSession:
    return OpenSession(
        _OneLogin(),
        _BusyOnce(),
        lambda: datetime.now(UTC),
        link_lifetime=timedelta(hours=1),
        public_base_url="https://reconnect.example",
        signing_key=lambda: b"key",
    )


def test_an_execution_that_had_to_ask_twice_works_on_its_own_session_and_does_not_wait_for_itself() -> None:
    open_session = _door()
    assert "WorkflowUnavailable" in TASKS["OpenSession"]["Retry"][0]["ErrorEquals"]

    with pytest.raises(WorkflowUnavailable):
        open_session(_REQUEST, "mine")
    opened = open_session(_REQUEST, "mine")

    assert route("RouteOpened", joined=opened.joined)[0] == "StartAuthorize"


def test_an_execution_that_asks_for_a_login_of_anothers_session_follows_that() -> None:
    open_session = _door()

    with pytest.raises(WorkflowUnavailable):
        open_session(_REQUEST, "theirs")
    opened = open_session(_REQUEST, "mine")

    assert route("RouteOpened", joined=opened.joined)[0] == "ReadSession"
