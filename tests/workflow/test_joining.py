"""A workflow that opens its own session must also run it, even if it had to send its request twice."""

from dataclasses import dataclass

import pytest

from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.open_request import OpenRequest
from reconnect.model.session import Session
from reconnect.runtime.service import Service
from reconnect.usecases.open_session import Opened, OpenSession
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings
from tests.fakes.workflow import FakeWorkflow
from tests.workflow.definition import never_repeated
from tests.workflow.evaluating import route
from tests.workflow.samples import SECRETS

_REQUEST = OpenRequest(login_id=SECRETS["login_id"])


class _BusyOnce(FakeWorkflow):
    """A Step Functions that fails the first call."""

    calls = 0

    def start(self, session: Session) -> None:
        self.calls += 1
        if self.calls == 1:
            raise WorkflowUnavailable("StartExecution: ThrottlingException")
        super().start(session)


@dataclass
class _OpenSession:
    """OpenSession as the workflow's state calls it: the execution's name is its idempotency key too."""

    open_session: OpenSession

    def open(self, execution: str) -> Opened:
        return self.open_session(_REQUEST, key=f"execution/{execution}", execution_name=execution)


@pytest.fixture
def state() -> _OpenSession:
    return _OpenSession(Service(FakePorts(workflow=_BusyOnce()), a_settings()).open_session)


def test_a_repeated_request_does_not_wait_for_its_own_execution(
    state: _OpenSession,
) -> None:
    assert "WorkflowUnavailable" not in never_repeated("OpenSession")

    with pytest.raises(WorkflowUnavailable):
        state.open("mine")
    opened = state.open("mine")

    assert route("RouteOpened", joined=opened.joined)[0] == "StartAuthorize"
    assert opened.session.execution_name == "mine"


def test_an_execution_for_a_login_in_use_follows_that_session(state: _OpenSession) -> None:
    with pytest.raises(WorkflowUnavailable):
        state.open("theirs")
    opened = state.open("mine")

    assert route("RouteOpened", joined=opened.joined)[0] == "ReadSession"
    assert opened.session.execution_name == "theirs"


def test_an_execution_that_joined_and_lost_the_reply_joins_again(state: _OpenSession) -> None:
    with pytest.raises(WorkflowUnavailable):
        state.open("theirs")

    assert [state.open("mine").joined for _ in range(2)] == [True, True]
