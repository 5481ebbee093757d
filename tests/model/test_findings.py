"""Past failures of promises about attempts and freshness, each as a short test in the model's world."""

import pytest

from reconnect.model.session import Status
from tests.model.acting import LOGIN, Acting, evidence, no_cooldown
from tests.model.ledger import Plan

_SUCCESSES = {Status.SUCCEEDED, Status.REPAIRED}


# 1: the end of a session is not the end of its attempt


@evidence
def test_another_partys_refresh_leaves_our_open_question_guarded(acting: Acting, evidence: str) -> None:
    session_id = acting.open()
    acting.world.pass_time(30)
    acting.world.bank.refresh_elsewhere(LOGIN)

    acting.send_evidence(session_id, evidence)
    acting.world.pass_time(67)
    asked = acting.ask()

    assert acting.session(session_id).status in _SUCCESSES
    assert asked.reply["statusCode"] == 429
    assert '"code": "open_attempt"' in asked.reply["body"]
    acting.run_out()


def test_an_open_question_blocks_its_login_no_longer_than_it_lives(acting: Acting) -> None:
    session_id = acting.open()
    acting.world.pass_time(30)
    acting.world.bank.refresh_elsewhere(LOGIN)
    acting.send_evidence(session_id, "webhook")

    acting.world.pass_time(8 * 60 + 5)

    assert acting.open() != session_id
    acting.run_out()


# 2: fresh means newer than the data before the attempt


@no_cooldown
def test_the_last_sessions_data_never_proves_the_next_session(acting: Acting) -> None:
    first = acting.open()
    acting.pass_until(first, Status.AWAITING_USER)
    acting.answer()
    acting.redirect(first)
    acting.pass_until(first, Status.SUCCEEDED)

    second = acting.open()
    acting.pass_until(second, Status.AWAITING_USER)
    acting.redirect(second)
    acting.world.pass_time(5)

    assert acting.session(second).status is not Status.SUCCEEDED
    acting.run_out()


@no_cooldown
@pytest.mark.parametrize("seconds", [-600, -300, -30, 0, 30, 300, 600])
def test_no_session_succeeds_on_old_data_whatever_flinks_clock_says(acting: Acting, seconds: int) -> None:
    acting.world.bank.fall_behind(seconds)
    acting.world.bank.refresh_elsewhere(LOGIN)
    session_id = acting.open()

    acting.pass_until(session_id, Status.AWAITING_USER)
    acting.redirect(session_id)
    acting.world.pass_time(5)

    assert acting.session(session_id).status not in _SUCCESSES
    acting.run_out()


@pytest.mark.parametrize("seconds", [30, 61, 300, 600])
def test_a_refresh_counts_although_flinks_clock_is_behind(acting: Acting, seconds: int) -> None:
    acting.world.bank.fall_behind(seconds)
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_USER)
    acting.answer()

    acting.redirect(session_id)
    acting.world.pass_time(30)

    assert acting.session(session_id).status is Status.SUCCEEDED
    acting.run_out()


@pytest.mark.parametrize("seconds", [300, 600])
def test_a_last_refresh_in_the_future_proves_nothing(acting: Acting, seconds: int) -> None:
    acting.world.bank.fall_behind(-seconds)
    acting.plan(Plan("ok", works=4))

    session_id = acting.open()
    acting.world.pass_time(60)

    assert acting.session(session_id).status not in _SUCCESSES
    acting.run_out()


def test_a_refresh_counts_although_cached_replies_lack_login(acting: Acting) -> None:
    acting.world.bank.login(LOGIN).silent = 20
    acting.plan(Plan("ok", works=4))

    session_id = acting.open()
    acting.world.pass_time(60)

    assert acting.session(session_id).status is Status.SUCCEEDED
    acting.run_out()


# 3: a session that ends while its start is under way


@pytest.mark.parametrize("takes", [1, 60, 200])
@pytest.mark.parametrize("ends_by", ["cancel", "erase", "stop"])
def test_an_answer_after_the_sessions_end_extends_the_guard(acting: Acting, ends_by: str, takes: int) -> None:
    acting.world.stops["start_authorize"] = ("flinks.start_authorize", "before")
    session_id = acting.open()
    held = acting.start_in_flight()

    acting.end(session_id, ends_by)
    acting.world.pass_time(takes)
    acting.world.scheduler.release(held)
    acting.world.settle()
    acting.world.pass_time(8 * 60 - takes + 1)
    acting.ask()
    acting.world.pass_time(10)

    acting.run_out()


@pytest.mark.parametrize("ends_by", ["cancel", "erase", "stop"])
def test_no_other_start_begins_while_flinks_works_on_one(acting: Acting, ends_by: str) -> None:
    acting.plan(Plan("ask", slow=200))
    session_id = acting.open()

    acting.end(session_id, ends_by)
    for _ in range(30):
        acting.world.pass_time(30)
        acting.ask()

    acting.run_out()


def test_a_start_across_the_links_end_blocks_its_login_until_its_end(acting: Acting) -> None:
    session_id = acting.open(linkLifetimeHours=1)
    acting.pass_until(session_id, Status.AWAITING_USER)
    acting.world.pass_time(3600 - 60 - (acting.world.clock.now - acting.session(session_id).created_at).total_seconds())
    acting.plan(Plan("ask", slow=200))
    acting.click(session_id)

    for _ in range(40):
        acting.world.pass_time(20)
        acting.ask()

    acting.run_out()


@pytest.mark.parametrize(
    "error", ["Lambda.SdkClientException", "Lambda.ServiceException", "Lambda.ClientExecutionTimeoutException"]
)
def test_a_start_with_a_lost_connection_blocks_its_login_until_its_end(acting: Acting, error: str) -> None:
    acting.world.stops["start_authorize"] = ("flinks.start_authorize", "before")
    session_id = acting.open()
    held = acting.start_in_flight()
    acting.world.pass_time(2)

    acting.world.machine.executions[session_id].lose_connection(error)
    acting.world.settle()
    acting.world.pass_time(98)
    acting.world.scheduler.release(held)
    acting.world.settle()
    for _ in range(20):
        acting.world.pass_time(30)
        acting.ask()

    failure = acting.session(session_id).failure
    assert failure
    assert failure.code == "ATTEMPT_UNCERTAIN"
    acting.run_out()


# 4: an older try of a step never overwrites a newer one


@pytest.mark.parametrize("state", ["AwaitRedirect", "AwaitClick"])
@pytest.mark.parametrize("error", ["Lambda.SdkClientException", "Lambda.ServiceException"])
def test_a_click_counts_although_an_older_try_of_the_wait_ends_last(acting: Acting, state: str, error: str) -> None:
    session_id = acting.open()
    execution = acting.world.machine.executions[session_id]
    _hold_first_try(acting, session_id, state)
    (slow,) = acting.world.scheduler.held

    execution.lose_connection(error)
    acting.world.settle()
    acting.world.pass_time(3)
    acting.world.scheduler.release(slow)
    acting.world.settle()
    acting.pass_until(session_id, Status.AWAITING_CLICK)
    acting.world.pass_time(3600)
    acting.click(session_id)
    acting.world.pass_time(5)

    assert acting.world.bank.starts == 2
    acting.run_out()


def _hold_first_try(acting: Acting, session_id: str, state: str) -> None:
    """Hold the run that begins the wait in this state, before its first call."""
    execution = acting.world.machine.executions[session_id]
    step = "await_click" if state == "AwaitClick" else "build_connect_url"
    while execution.state != state:
        acting.world.holds[step] = 0
        acting.world.pass_time(1)
    acting.world.holds.clear()


# Found by the schedules


def test_our_own_poll_at_a_success_counts_as_a_sign_of_life(acting: Acting) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_CLICK)
    acting.world.pass_time(210)
    acting.world.bank.refresh_elsewhere(LOGIN)
    acting.send_evidence(session_id, "webhook")

    acting.world.pass_time(290)
    acting.ask()
    acting.world.pass_time(5)

    acting.run_out()


def test_an_attempt_that_died_long_ago_blocks_no_login(acting: Acting) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_CLICK, step=30)
    acting.world.pass_time(3600)
    acting.redirect(session_id)

    acting.end(session_id, "stop")
    acting.world.pass_time(65)

    assert acting.open() != session_id
    acting.run_out()
