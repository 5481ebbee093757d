"""Past failures of promises after crashes, many callers, late answers or long lives, each as a short test."""

from datetime import timedelta

import pytest

from reconnect.model.session import Status
from tests.model.acting import LOGIN, Acting, evidence
from tests.model.ledger import Plan

_CORRECTED = "SessionCorrected"


# 5: one crash of any step is survived

_CRASHES = [
    *("Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException"),
    *("Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException", "Runtime.ExitError"),
    *("Runtime.OutOfMemory", "Runtime.ImportModuleError", "Sandbox.Timedout", "States.Timeout", "Lambda.Unknown"),
]


@pytest.mark.parametrize("error", _CRASHES)
@pytest.mark.parametrize("function", ["open_session", "start_authorize", "read_session"])
def test_one_crash_before_the_first_call_changes_nothing(acting: Acting, function: str, error: str) -> None:
    acting.plan(Plan("ok", works=30))
    if function == "read_session":
        acting.open()
    acting.world.kills[function] = (0, error)

    acting.start_workflow("theirs")
    acting.world.pass_time(180)

    assert [each.status for each in acting.world.sessions.all] == [Status.SUCCEEDED]
    assert acting.world.machine.executions["theirs"].status == "SUCCEEDED"
    assert acting.world.bank.starts == 1
    acting.run_out()


# 6: joining does no harm


def test_callers_who_join_while_a_session_starts_do_not_end_it(acting: Acting) -> None:
    acting.world.stops["start_authorize"] = ("flinks.generate_authorize_token", "before")
    session_id = acting.open(correlationId="job-0")
    for number in range(1, 9):
        for held in list(acting.world.scheduler.held):
            acting.open(correlationId=f"job-{number}")
            acting.world.stops["start_authorize"] = ("flinks.generate_authorize_token", "before")
            acting.world.scheduler.release(held)
            acting.world.settle()
        acting.world.pass_time(5)
    acting.world.calm()
    acting.world.pass_time(5)

    assert acting.session(session_id).status is Status.AWAITING_USER
    acting.run_out()


def test_a_hundred_callers_who_join_between_any_two_calls_change_nothing(acting: Acting) -> None:
    acting.world.holds["start_authorize"] = 0
    session_id = acting.open(correlationId="job-0")
    for number in range(1, 100):
        acting.open(correlationId=f"job-{number}")
        acting.world.holds["start_authorize"] = 0
        for held in list(acting.world.scheduler.held):
            acting.world.scheduler.step(held, 1)
            acting.world.settle()
        acting.world.pass_time(1)
    acting.world.calm()
    acting.world.pass_time(10)

    assert acting.session(session_id).status is Status.AWAITING_USER
    assert acting.world.bank.starts == 1
    acting.run_out()


# 8: evidence without data may be followed by evidence with data


@evidence
def test_a_late_answer_counts_although_a_late_read_had_found_nothing(acting: Acting, evidence: str) -> None:
    session_id = acting.open()
    acting.world.pass_time(60)
    acting.world.faults.plan("flinks.cached_authorize", "before")
    acting.world.machine.executions[session_id].stop("ABORTED")
    acting.world.settle()
    acting.world.pass_time(120)
    acting.answer()

    acting.send_evidence(session_id, evidence)
    acting.world.pass_time(600)

    assert _CORRECTED in acting.published()
    acting.run_out()


def test_evidence_that_came_too_early_does_not_hide_the_answer_after_it(acting: Acting) -> None:
    session_id = acting.open()
    acting.world.pass_time(60)
    acting.world.machine.executions[session_id].stop("ABORTED")
    acting.world.settle()
    acting.redirect(session_id)
    acting.world.pass_time(120)
    acting.answer()

    acting.redirect(session_id)
    acting.world.pass_time(600)

    assert _CORRECTED in acting.published()
    acting.run_out()


# 9: an answer counts, whichever evidence reports it


@evidence
@pytest.mark.parametrize("minutes", [2, 4])
def test_an_answer_after_the_links_end_is_no_absence(acting: Acting, evidence: str, minutes: int) -> None:
    session_id = acting.open(linkLifetimeHours=1)
    acting.world.pass_time(59 * 60)
    acting.click(session_id)
    acting.world.pass_time(60 * (1 + minutes))
    acting.answer()

    acting.send_evidence(session_id, evidence)
    acting.world.pass_time(3600)

    session = acting.session(session_id)
    assert session.status is Status.SUCCEEDED or _CORRECTED in acting.published()
    acting.run_out()


# 12: others


@pytest.mark.slow
def test_a_timeline_beyond_its_cap_keeps_its_beginning_and_its_end(acting: Acting) -> None:
    session_id = acting.open(linkLifetimeHours=720)
    for _ in range(75):
        acting.pass_until(session_id, Status.AWAITING_CLICK, step=45)
        acting.click(session_id)
    acting.pass_until(session_id, Status.AWAITING_USER)
    acting.answer()
    acting.redirect(session_id)
    acting.world.pass_time(30)

    session = acting.session(session_id)
    assert session.status is Status.SUCCEEDED
    assert session.timeline[0].cause == "session_opened"
    assert session.timeline[-1].status is Status.SUCCEEDED
    assert len(session.timeline) >= 400
    acting.run_out()


def test_a_link_works_exactly_until_the_moment_that_the_api_names(acting: Acting) -> None:
    session_id = acting.open(linkLifetimeHours=1)
    ends_at = acting.session(session_id).link_expires_at

    acting.world.clock.now = ends_at - timedelta(milliseconds=500)
    before = acting.world.endpoints.page(session_id, "attempts")
    acting.world.settle()
    acting.world.clock.now = ends_at + timedelta(milliseconds=500)
    after = acting.world.endpoints.page(session_id, "attempts")
    acting.world.settle()

    assert (before.reply["statusCode"], after.reply["statusCode"]) == (200, 404)


def test_an_opener_of_an_erased_session_leaves_the_next_login_holder_alone(acting: Acting) -> None:
    acting.world.holds["open_session"] = 4
    acting.world.endpoints.open({"loginId": LOGIN})
    acting.world.settle()
    (slow,) = acting.world.scheduler.held
    acting.world.endpoints.erase(LOGIN)
    acting.world.settle()

    acting.ask()
    held = acting.world.logins.get(LOGIN).session_id
    acting.world.scheduler.release(slow)
    acting.world.settle()

    assert held is not None
    assert acting.world.logins.get(LOGIN).session_id == held


# Found by the schedules


@pytest.mark.parametrize("acting", [{"polls_renew": False}], indirect=True)
def test_a_click_needs_no_second_one_because_a_question_died_before_it_was_shown(acting: Acting) -> None:
    session_id = acting.open(presence="absent")
    acting.pass_until(session_id, Status.AWAITING_CLICK)
    acting.world.pass_time(472)
    acting.world.holds["build_connect_url"] = 0
    acting.click(session_id)
    (showing,) = acting.world.scheduler.held
    acting.send_evidence(session_id, "webhook")

    acting.world.scheduler.release(showing)
    acting.world.pass_time(60)

    assert acting.session(session_id).status is Status.AWAITING_USER
    assert acting.world.bank.starts == 2
    acting.run_out()


def test_a_click_after_an_answer_asks_nobody_if_stored_data_has_no_date_yet(acting: Acting) -> None:
    acting.plan(Plan("ask", fetches=1, is_fresh=True))
    session_id = acting.open(presence="absent")
    acting.pass_until(session_id, Status.AWAITING_CLICK)
    acting.answer()
    acting.world.bank.login(LOGIN).silent = 1

    acting.click(session_id)

    assert (acting.session(session_id).status, acting.world.bank.starts) == (Status.SUCCEEDED, 1)
    acting.run_out()
