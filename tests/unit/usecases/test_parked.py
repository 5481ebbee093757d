"""Nobody is there: the bank's question is parked without an execution, and the user's click starts the next one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconnect.model.attempt import Ask
from reconnect.model.errors import AttemptOpen, EvidencePending, SessionEnded
from reconnect.model.open_request import OpenRequest
from reconnect.model.outcomes import Outcome
from reconnect.model.presence import Presence
from reconnect.model.reasons import Reason
from reconnect.model.session import Session, Status
from reconnect.model.signing import Link
from reconnect.model.workflow_input import workflow_input
from reconnect.ports import Run
from reconnect.usecases.evidence import Evidence
from tests.fakes.builders import (
    LOGIN_ID,
    REQUEST_ID,
    SESSION_ID,
    SIGNING_KEY,
    TASK_TOKEN,
    a_refreshed_reply,
    a_reply,
    an_attempt,
    causes,
)
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import ContestedSessions, FakeSessions
from tests.fakes.workflow import FakeWorkflow
from tests.unit import world as unit

LINK_END = NOW + timedelta(days=7)
LINK = Link(SESSION_ID, LINK_END).sign(SIGNING_KEY)
GONE = a_reply(401, "SESSION_EXPIRED")
ASKS = a_reply(203)
RETURNED = Evidence("redirected", "redirected_again")
NEVER_REFRESHED = a_reply(401, "INVALID_LOGIN")


class World(unit.World):
    """One session of an absent user, whose attempt was answered with the bank's question."""

    def park(self, ask: Ask | None = Ask.ANSWER, name: str = SESSION_ID, wait_try: str = "1000 000") -> None:
        """Run the step Park in the execution of this name."""
        self.service.build_connect_url.park(SESSION_ID, name, ask, (), wait_try)

    def click(self) -> Session:
        """Press the button of our page."""
        return self.service.connect_page.begin(LINK)[0]

    def start(self) -> Any:
        """Run the first step of the session's present execution."""
        return self.service.start_authorize(SESSION_ID, workflow_input(self.session)["attempt"], 0)


@pytest.fixture
def world() -> World:
    world = World()
    world.with_session(Status.AUTHORIZING, presence=Presence.ABSENT)
    return world


@pytest.fixture
def parked(world: World) -> World:
    world.park()
    return world


def test_an_absent_users_request_opens_a_session_that_parks() -> None:
    world = World()
    opened = world.service.open_session(OpenRequest(login_id=LOGIN_ID, presence=Presence.ABSENT)).session

    assert workflow_input(opened) | {"absent": True} == workflow_input(opened)
    assert "absent" not in workflow_input(replace(opened, presence=Presence.ATTENDED))
    assert "absent" not in workflow_input(replace(opened, presence=None))


@pytest.mark.parametrize("ask", Ask)
def test_a_question_of_an_absent_user_is_parked_and_published_once(world: World, ask: Ask) -> None:
    world.park(ask)

    session = world.session
    assert (session.status, session.task_token, session.connect_url) == (Status.AWAITING_CLICK, None, None)
    assert (session.is_parked, causes(session)[-1]) == (True, "parked")
    assert world.sessions.event_types == ["ReconnectRequired"]
    assert world.sessions.published[0].status is Status.AWAITING_CLICK
    assert world.flinks.calls == []


@pytest.mark.parametrize(("hours", "next_check"), [("24,72", NOW + timedelta(days=1)), ("", LINK_END)])
def test_a_parked_session_is_next_checked_for_its_reminder_or_its_links_end(
    world: World, hours: str, next_check: object
) -> None:
    world.set(reminder_hours=hours, contact_interval_days=0)
    world.park()

    assert world.session.due_at == next_check


def test_a_parked_session_is_reminded_and_stays_parked(world: World) -> None:
    world.set(contact_interval_days=0)
    world.park()
    world.clock.turn(days=1)

    world.service.sweep_sessions()

    assert world.sessions.event_types == ["ReconnectRequired", "ReconnectReminder"]
    assert (world.session.is_parked, world.session.due_at) == (True, NOW + timedelta(days=3))
    assert world.workflow.executions == {}


def test_evidence_that_came_before_is_checked_first(world: World) -> None:
    world.with_session(Status.AUTHORIZING, presence=Presence.ABSENT, has_pending_evidence=True)

    with pytest.raises(EvidencePending):
        world.park()
    world.park(wait_try="0999 000")

    assert (world.session.status, world.session.has_pending_evidence) == (Status.AUTHORIZING, False)


@pytest.mark.parametrize("wait_try", ["1000 000", "1000 001"])
def test_parking_again_changes_nothing(parked: World, wait_try: str) -> None:
    before = parked.session

    parked.park(wait_try=wait_try)

    assert parked.session == before


@pytest.mark.parametrize("wait_try", ["1000 000", "1000 001"])
def test_a_repeat_of_parking_never_takes_a_click_back(parked: World, wait_try: str) -> None:
    clicked = parked.click()

    parked.park(wait_try=wait_try)

    assert parked.session == clicked


def test_a_session_that_ended_meanwhile_is_not_parked(world: World) -> None:
    world.service.stop_session(SESSION_ID, Reason.CANCELLED)

    with pytest.raises(SessionEnded):
        world.park()


def test_a_click_starts_the_next_execution(parked: World) -> None:
    session = parked.click()

    assert (session.status, session.execution_name) == (Status.AUTHORIZING, f"{SESSION_ID}-2")
    assert parked.workflow.executions == {f"{SESSION_ID}-2": SESSION_ID}
    given = {name: workflow_input(session).get(name) for name in ("attempt", "absent", "clicked", "evidence")}
    assert given == {"attempt": 2, "absent": True, "clicked": True, "evidence": None}


def test_of_many_clicks_one_starts_one_execution(parked: World) -> None:
    parked.sessions, parked.logins = ContestedSessions(2, parked.logins).with_session(parked.session), parked.logins

    for _ in range(3):
        parked.click()

    assert len(parked.workflow.executions) == 1
    assert causes(parked.session).count("clicked") == 1


def test_a_click_whose_function_crashed_is_started_by_the_sweeper(parked: World) -> None:
    class Dying(FakeWorkflow):
        def start(self, _: Session) -> None:
            raise KeyboardInterrupt

    parked.workflow = Dying()
    with pytest.raises(KeyboardInterrupt):
        parked.click()
    parked.workflow = FakeWorkflow()
    parked.clock.turn(minutes=2)

    parked.service.sweep_sessions()

    assert parked.workflow.executions == {f"{SESSION_ID}-2": SESSION_ID}
    assert parked.session.status is Status.AUTHORIZING


def test_a_click_while_step_functions_is_down_is_started_by_the_sweeper(parked: World) -> None:
    parked.workflow.is_down = True
    assert parked.click().status is Status.AUTHORIZING
    parked.workflow.is_down = False
    parked.clock.turn(minutes=2)

    parked.service.sweep_sessions()

    assert parked.workflow.executions == {f"{SESSION_ID}-2": SESSION_ID}
    assert "WakeFailed" in parked.counted


def test_evidence_of_a_return_is_checked_in_the_last_attempt(parked: World) -> None:
    session = parked.service.handle_evidence(SESSION_ID, lambda _: RETURNED)

    assert (session.status, session.has_pending_evidence) == (Status.AUTHORIZING, True)
    assert workflow_input(session)["attempt"] == 1
    assert (workflow_input(session)["evidence"], len(parked.workflow.executions)) == (True, 1)


def test_a_late_return_after_a_click_does_not_take_the_click_back(parked: World) -> None:
    parked.click()
    session = parked.service.handle_evidence(SESSION_ID, lambda _: RETURNED)

    assert session.has_pending_evidence
    assert "evidence" not in workflow_input(session)
    assert workflow_input(session)["attempt"] == 2


def test_evidence_for_a_wait_that_was_parked_meanwhile_is_not_lost(world: World) -> None:
    class Meanwhile(FakeWorkflow):
        def wake(self, *_: str) -> bool:
            world.sessions.save(replace(world.session, status=Status.AWAITING_CLICK, task_token=None))
            return False

    world.with_session(Status.AWAITING_USER, presence=Presence.ABSENT)
    world.workflow = Meanwhile()

    world.service.handle_evidence(SESSION_ID, lambda _: RETURNED)

    assert workflow_input(world.session)["evidence"]
    assert list(world.workflow.executions.values()) == [SESSION_ID]


def test_a_question_that_still_stands_is_resumed_by_the_click(parked: World) -> None:
    parked.flinks = FakeFlinks(read_authorize=ASKS)
    parked.click()

    assert parked.start().outcome == Outcome.MFA_REQUIRED
    attempt = parked.session.attempt
    assert attempt and (attempt.number, attempt.request_id) == (2, REQUEST_ID)
    assert "start_authorize" not in parked.flinks.calls


def test_a_question_that_is_gone_begins_anew_with_the_click(parked: World) -> None:
    parked.flinks = FakeFlinks(read_authorize=GONE)
    parked.click()

    assert parked.start().outcome == Outcome.PENDING
    assert parked.flinks.count("start_authorize") == 1


@pytest.mark.parametrize(("minutes", "starts"), [(7, 0), (9, 1)])
def test_without_a_status_call_a_question_stands_for_an_attempts_lifetime(
    parked: World, minutes: int, starts: int
) -> None:
    parked.set(flinks_authorize_mode="sync")
    parked.clock.turn(minutes=minutes)
    parked.click()

    parked.start()

    assert parked.flinks.count("start_authorize") == starts
    assert "read_authorize" not in parked.flinks.calls


def test_refused_credentials_are_not_tried_again_by_the_click(world: World) -> None:
    refused = an_attempt(request_id=None, is_refused=True, is_over=True)
    world.with_session(Status.AUTHORIZING, presence=Presence.ABSENT, attempt=refused, failures=1)
    world.park(Ask.SIGN_IN)
    world.flinks = FakeFlinks(cached_authorize=NEVER_REFRESHED)
    world.clock.turn(hours=5)
    world.click()

    # The second run is the repeat of a step whose reply was lost.
    assert [world.service.start_authorize(SESSION_ID, 2, 0).outcome for _ in range(2)] == ["CREDENTIALS_REQUIRED"] * 2
    assert world.flinks.count("start_authorize") == 0
    assert world.session.failures == 1


def test_a_cancelled_parked_session_wakes_nobody_and_frees_its_login(parked: World) -> None:
    parked.clock.turn(minutes=9)

    parked.service.stop_session(SESSION_ID, Reason.CANCELLED)

    assert (parked.session.status, parked.workflow.woken) == (Status.CANCELLED, [])
    assert (parked.login.session_id, parked.login.next_allowed_at) == (None, None)


def test_a_new_session_waits_until_the_parked_attempt_is_dead(parked: World) -> None:
    parked.clock.turn(minutes=3)
    parked.service.stop_session(SESSION_ID, Reason.CANCELLED)

    with pytest.raises(AttemptOpen) as refused:
        parked.service.open_session(OpenRequest(login_id=LOGIN_ID))

    assert refused.value.next_allowed_at == NOW + timedelta(minutes=8)


def test_a_caller_who_comes_while_a_session_is_parked_joins_it(parked: World) -> None:
    opened = parked.service.open_session(OpenRequest(login_id=LOGIN_ID, correlation_id="another"))

    assert (opened.joined, opened.session.session_id) == (True, SESSION_ID)
    assert parked.workflow.executions == {}


@pytest.mark.parametrize("seconds", [0, 59])
def test_a_parked_session_ends_with_its_link_and_is_no_rescue(parked: World, seconds: int) -> None:
    parked.set(reminder_hours="")
    parked.flinks = FakeFlinks(cached_authorize=NEVER_REFRESHED)
    parked.sessions.save(replace(parked.session, due_at=LINK_END))
    parked.clock.turn(days=7, seconds=seconds)

    parked.service.sweep_sessions()

    session = parked.session
    assert session.failure and (session.status, session.failure.code) == (Status.EXPIRED, "USER_ABSENT")
    assert "SessionRescued" not in parked.counted
    assert parked.login.session_id is None


def test_data_that_was_refreshed_elsewhere_is_read_at_the_links_end(parked: World) -> None:
    parked.sessions.save(replace(parked.session, due_at=LINK_END))
    parked.clock.turn(days=7)
    parked.flinks = FakeFlinks(cached_authorize=a_refreshed_reply(NOW + timedelta(hours=1)))

    parked.service.sweep_sessions()

    assert parked.session.status is Status.AUTHORIZING
    assert workflow_input(parked.session)["evidence"]
    assert list(parked.workflow.executions.values()) == [SESSION_ID]


def test_a_broken_execution_that_has_parked_its_session_does_not_end_it(parked: World) -> None:
    parked.service.sweep_sessions.rescue(SESSION_ID, {"sessionId": SESSION_ID})

    assert parked.session.is_parked


def test_a_session_that_is_parked_while_it_is_swept_is_not_lost(world: World) -> None:
    class JustOver(FakeWorkflow):
        def state_of(self, _: Session) -> Run:
            world.park()
            return Run.OVER

    world.due(presence=Presence.ABSENT)
    world.workflow = JustOver()

    world.service.sweep_sessions()

    assert world.session.is_parked


def test_an_execution_that_was_replaced_ends_nothing(parked: World) -> None:
    parked.click()

    shown = parked.service.finish_session(SESSION_ID, "StoreUnavailable", (), SESSION_ID)
    assert (shown.status, parked.session.status) == (Status.AUTHORIZING, Status.AUTHORIZING)

    parked.service.finish_session(SESSION_ID, "StoreUnavailable", (), f"{SESSION_ID}-2")
    assert parked.session.status is Status.FAILED


def test_the_page_of_a_parked_session_asks_for_a_click_and_blames_nobody(parked: World) -> None:
    view = parked.service.connect_page.view(parked.session)

    assert (view["stage"], view["heading"], view["unfinished"]) == ("expired", "Confirm it's you", False)


def test_a_session_of_a_present_user_still_waits_under_its_token() -> None:
    world = World(sessions=FakeSessions())
    world.with_session(Status.AWAITING_CLICK)

    world.click()

    assert (world.workflow.woken, world.workflow.executions) == ([(TASK_TOKEN, "click")], {})
