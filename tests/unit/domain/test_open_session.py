"""Opening a session, or joining the one that is live."""

from datetime import timedelta

import pytest

from reconnect.domain.errors import SessionChanged, WorkflowUnavailable
from reconnect.domain.open_session import OpenRequest, OpenSession
from reconnect.domain.session import TERMINAL, Status
from reconnect.domain.signing import Link
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY, a_session
from tests.fakes.clock import Clock
from tests.fakes.sessions import FakeSessions
from tests.fakes.workflow import FakeWorkflow

REQUEST = OpenRequest(LOGIN_ID)


@pytest.fixture
def open_session(sessions: FakeSessions, workflow: FakeWorkflow, clock: Clock) -> OpenSession:
    return OpenSession(
        sessions,
        workflow,
        clock,
        link_lifetime=timedelta(hours=168),
        public_base_url="https://api.test",
        signing_key=lambda: SIGNING_KEY,
    )


def test_a_new_session_is_stored_and_its_workflow_started(
    open_session: OpenSession, sessions: FakeSessions, workflow: FakeWorkflow, clock: Clock
) -> None:
    request = OpenRequest(LOGIN_ID, language="fr", return_url="https://app.example", correlation_id="order-1")

    opened = open_session(request)

    stored = sessions.get(opened.session.session_id)
    assert not opened.joined
    assert (stored.status, stored.login_id, stored.created_at) == (Status.STARTING, LOGIN_ID, clock())
    assert (stored.language, stored.return_url, stored.correlation_id) == ("fr", "https://app.example", "order-1")
    assert workflow.executions == {stored.execution_name: stored.session_id}


def test_a_link_lives_as_long_as_the_deployer_says_unless_the_caller_says_otherwise(
    open_session: OpenSession, clock: Clock
) -> None:
    usual = open_session(REQUEST).session
    short = open_session(OpenRequest("0" * 8 + LOGIN_ID[8:], link_lifetime_hours=2)).session

    assert usual.link_expires_at == clock() + timedelta(days=7)
    assert short.link_expires_at == clock() + timedelta(hours=2)


def test_a_session_id_is_never_used_twice_and_tells_nothing_of_the_login(open_session: OpenSession) -> None:
    ids = {open_session(OpenRequest(f"{number:08d}{LOGIN_ID[8:]}")).session.session_id for number in range(50)}

    assert len(ids) == 50
    assert all(len(session_id) >= 32 and LOGIN_ID[9:] not in session_id for session_id in ids)


@pytest.mark.parametrize("status", [status for status in Status if status not in TERMINAL])
def test_a_second_wish_for_a_login_joins_the_session_that_is_live(
    open_session: OpenSession, sessions: FakeSessions, status: Status
) -> None:
    sessions.holding(a_session(status))

    opened = open_session(REQUEST)

    assert opened.joined
    assert opened.session.session_id == SESSION_ID
    assert len(sessions.all) == 1


def test_a_session_whose_opener_died_before_the_start_is_started_by_who_joins_it(
    open_session: OpenSession, sessions: FakeSessions, workflow: FakeWorkflow
) -> None:
    sessions.holding(a_session(Status.STARTING))

    open_session(REQUEST)
    open_session(REQUEST)

    assert workflow.executions == {SESSION_ID: SESSION_ID}


def test_a_session_at_work_is_not_started_again(
    open_session: OpenSession, sessions: FakeSessions, workflow: FakeWorkflow
) -> None:
    sessions.holding(a_session(Status.AUTHORIZING))

    open_session(REQUEST)

    assert workflow.executions == {}


def test_a_wish_that_the_workflow_could_not_take_is_kept_for_the_next_call(
    open_session: OpenSession, sessions: FakeSessions, workflow: FakeWorkflow
) -> None:
    workflow.is_down = True
    with pytest.raises(WorkflowUnavailable):
        open_session(REQUEST)

    workflow.is_down = False
    opened = open_session(REQUEST)

    assert len(sessions.all) == 1
    assert workflow.executions == {opened.session.execution_name: opened.session.session_id}


def test_a_login_is_free_again_once_its_session_has_ended(open_session: OpenSession, sessions: FakeSessions) -> None:
    sessions.holding(a_session(Status.SUCCEEDED))

    opened = open_session(REQUEST)

    assert not opened.joined
    assert opened.session.session_id != SESSION_ID


def test_an_execution_that_asks_runs_the_session_itself(open_session: OpenSession) -> None:
    opened = open_session(REQUEST, "an-execution")

    assert opened.session.execution_name == "an-execution"
    assert not opened.joined


def test_an_execution_whose_first_answer_was_lost_still_runs_its_own_session(open_session: OpenSession) -> None:
    first = open_session(REQUEST, "an-execution")

    again = open_session(REQUEST, "an-execution")

    assert again.session.session_id == first.session.session_id
    assert not again.joined, "it would follow itself, and nobody would run the session"


def test_an_execution_follows_the_session_of_another(open_session: OpenSession) -> None:
    open_session(REQUEST, "an-execution")

    assert open_session(REQUEST, "another-execution").joined


def test_nobody_joins_a_session_that_ends_in_the_same_moment(
    open_session: OpenSession, sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions.holding(a_session(Status.AUTHORIZING))
    over = a_session(Status.CANCELLED)
    monkeypatch.setattr(sessions, "get", lambda _session_id: over)

    with pytest.raises(SessionChanged):
        open_session(OpenRequest(LOGIN_ID))


def test_a_session_has_a_link_of_ours_from_the_start_that_opens_it_until_it_ends(open_session: OpenSession) -> None:
    session = open_session(REQUEST).session

    assert session.link
    base, _, signed = session.link.rpartition("/")
    assert base == "https://api.test/connect"
    claims = Link.verify(signed, SIGNING_KEY, session.link_expires_at.replace(microsecond=0))
    assert claims == Link(session.session_id, session.link_expires_at.replace(microsecond=0))
    assert LOGIN_ID not in session.link


def test_who_joins_a_session_gets_the_link_that_it_has(open_session: OpenSession) -> None:
    first = open_session(REQUEST)

    assert open_session(REQUEST).session.link == first.session.link


def test_a_login_in_other_letters_joins_its_session(open_session: OpenSession) -> None:
    first = open_session(REQUEST)

    again = open_session(OpenRequest(LOGIN_ID.upper()))

    assert (again.joined, again.session.session_id) == (True, first.session.session_id)


def test_a_new_execution_that_goes_on_is_named_after_the_attempt_it_begins_however_often_it_is_asked_for(
    open_session: OpenSession, sessions: FakeSessions, workflow: FakeWorkflow
) -> None:
    sessions.holding(a_session(Status.AUTHORIZING))

    open_session.continue_as_new(SESSION_ID)
    session = open_session.continue_as_new(SESSION_ID)

    assert session.execution_name == f"{SESSION_ID}-2"
    assert list(workflow.executions) == [f"{SESSION_ID}-2"]
