"""What anyone who has a link, or the redirect's state, can cause: bounded, and it harms neither the user nor others."""

from datetime import timedelta

import pytest

from reconnect.model.session import Status
from tests.model.acting import LOGIN, Acting
from tests.model.ledger import Plan

few_attempts = pytest.mark.parametrize("acting", [{"LINK_ATTEMPTS_PER_DAY": "3", "polls_renew": False}], indirect=True)


def click_until_paused(acting: Acting, session_id: str) -> int:
    """Let each question expire and click again, until a click begins nothing; return how many attempts began."""
    before = acting.world.bank.starts
    for _ in range(20):
        acting.pass_until(session_id, Status.AWAITING_CLICK, step=30)
        if acting.click(session_id)["stage"] == "paused":
            return acting.world.bank.starts - before
    raise AssertionError("no click was refused")


@few_attempts
def test_a_link_begins_so_many_attempts_a_day_and_says_when_it_goes_on(acting: Acting) -> None:
    session_id = acting.open()
    began = click_until_paused(acting, session_id)
    refused = acting.click(session_id)
    pause = acting.session(session_id).pause
    assert pause is not None

    assert began == 3
    assert (refused["waitReason"], refused["connectUrl"]) == ("link_budget", None)
    assert refused["sentence"].startswith("This page has been used many times today.")
    assert timedelta() < pause[0] - acting.world.clock.now < timedelta(days=1)
    acting.world.clock.now = pause[0]
    assert acting.click(session_id)["stage"] == "contacting"
    assert acting.world.bank.starts == 5


@few_attempts
def test_a_caller_may_open_a_session_but_its_link_has_no_new_budget(acting: Acting) -> None:
    first = acting.open()
    click_until_paused(acting, first)
    acting.end(first, "cancel")
    acting.world.pass_time(600)
    before = acting.world.bank.starts
    second = acting.open()
    acting.pass_until(second, Status.AWAITING_CLICK, step=30)

    assert acting.world.bank.starts == before + 1, "the first attempt is the caller's own"
    assert acting.click(second)["waitReason"] == "link_budget"


@few_attempts
def test_attempts_that_repeat_a_click_for_a_busy_bank_count_too(acting: Acting) -> None:
    session_id = acting.open()
    acting.plan(*[Plan("RETRY_LATER", works=4)] * 2)
    acting.pass_until(session_id, Status.AWAITING_CLICK, step=30)
    acting.click(session_id)
    acting.world.pass_time(900)

    assert acting.session(session_id).link_use is not None
    assert acting.session(session_id).link_use.attempts >= 2  # type: ignore[union-attr]


@few_attempts
def test_an_attempt_that_flinks_throttles_does_not_count(acting: Acting) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_CLICK, step=30)
    acting.plan(Plan("TOO_MANY_REQUESTS", at_start=True))
    acting.click(session_id)

    use = acting.session(session_id).link_use
    assert use is not None
    assert (use.attempts, use.paused_until) == (0, None)


@pytest.mark.parametrize("way", ["redirect", "page event"])
def test_a_third_party_puts_the_user_out_of_connect_twice_at_most(acting: Acting, way: str) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_USER)
    left = 0
    for _ in range(8):
        acting.send_evidence(session_id, way)
        left += acting.session(session_id).status is not Status.AWAITING_USER
        acting.world.pass_time(12)
        assert acting.session(session_id).status is Status.AWAITING_USER

    assert left <= 2


@pytest.mark.parametrize("way", ["redirect", "page event", "webhook", None])
def test_an_answer_is_noticed_after_false_evidence_was_used_up(acting: Acting, way: str | None) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_USER)
    for _ in range(5):
        acting.send_evidence(session_id, "page event")
        acting.world.pass_time(12)
    acting.answer()
    if way:
        acting.send_evidence(session_id, way)
    acting.world.pass_time(60)

    assert acting.session(session_id).status is Status.SUCCEEDED
    assert acting.world.bank.starts == 1, "the user is not asked again"


def test_a_double_click_costs_one_token_and_opens_the_same_connect(acting: Acting) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_USER)
    tokens = acting.world.bank.tokens
    urls = [acting.click(session_id)["connectUrl"] for _ in range(5)]

    assert acting.world.bank.tokens == tokens + 1
    assert urls[0] and urls == [urls[0]] * 5
    acting.world.clock.now += timedelta(seconds=10)
    assert acting.click(session_id)["connectUrl"] not in {None, urls[0]}


@few_attempts
def test_loads_of_connect_are_bounded_per_day_and_a_caller_notices_nothing(acting: Acting) -> None:
    session_id = acting.open()
    acting.pass_until(session_id, Status.AWAITING_USER)
    tokens, answers = acting.world.bank.tokens, []
    for _ in range(40):
        answers.append(acting.click(session_id))
        acting.world.clock.now += timedelta(seconds=10)

    assert acting.world.bank.tokens == tokens + 30
    assert [answer["stage"] for answer in answers[30:]] == ["paused"] * 10
    status = acting.world.endpoints.page(session_id, "status")
    acting.world.settle()
    assert '"question"' in status.reply["body"], "a user who is in Connect stays there"
    assert LOGIN not in status.reply["body"]
