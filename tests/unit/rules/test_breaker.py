"""When attempts at a bank wait, and who finds out whether it is back."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.bank_health import BankHealth, BreakerState, has_bank_failed
from reconnect.model.outcomes import RULES, UNKNOWN_CODE, Outcome, Verdict
from reconnect.rules.breaker import RECENT, WINDOW, Breaker
from tests.fakes.clock import NOW

BREAKER = Breaker(failures=6, probe_interval=timedelta(minutes=5), longest_wait=timedelta(hours=6))
NEW = BankHealth(key="14")
_A_SECOND = timedelta(seconds=1)

# Each verdict: after how many seconds, of which session, whether the bank failed.
verdicts = st.lists(st.tuples(st.integers(0, 600), st.sampled_from("abcdef"), st.booleans()), max_size=60)
jitters = st.floats(0, 1, exclude_max=True)


def _play(health: BankHealth, played: list[tuple[int, str, bool]], now: datetime = NOW) -> tuple[BankHealth, datetime]:
    for seconds, session_id, failed in played:
        now += timedelta(seconds=seconds)
        health = _noted(health, session_id, now, failed=failed)
    return health, now


def _noted(health: BankHealth, session_id: str, now: datetime, *, failed: bool) -> BankHealth:
    """The health after a verdict on an attempt that began as early as the verdicts before it."""
    is_noted = BREAKER.is_noted(health, session_id, NOW, now, failed=failed)
    return BREAKER.note(health, session_id, now, failed=failed) if is_noted else health


def _opened(now: datetime = NOW) -> BankHealth:
    health, _ = _play(NEW, [(0, session_id, True) for session_id in "ababab"], now)
    assert health.state is BreakerState.OPEN
    return health


def test_six_failures_of_two_sessions_open_it_and_five_do_not() -> None:
    five, _ = _play(NEW, [(1, session_id, True) for session_id in "ababa"])
    six, now = _play(five, [(1, "b", True)], NOW + timedelta(seconds=5))

    assert five.state is BreakerState.CLOSED
    assert (six.state, six.opened_at, six.probe_at) == (BreakerState.OPEN, now, now + timedelta(minutes=5))


def test_one_login_that_always_fails_does_not_stand_for_its_bank() -> None:
    health, _ = _play(NEW, [(1, "a", True)] * 30)

    assert health.state is BreakerState.CLOSED


def test_failures_long_ago_do_not_count() -> None:
    health, _ = _play(NEW, [(200, session_id, True) for session_id in "abcdef" * 3])

    assert health.state is BreakerState.CLOSED


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abcdef")), max_size=60))
def test_a_bank_that_fails_one_attempt_in_three_stays_open_to_all(failing: list[tuple[int, str]]) -> None:
    """Although the successes after its first failures were not noted."""
    health = NEW
    played = [each for after, who in failing for each in ((after, who, True), (0, "x", False), (0, "y", False))]
    health, _ = _play(health, played)

    assert health.state is BreakerState.CLOSED


@given(verdicts)
def test_it_remembers_twenty_verdicts_of_a_quarter_of_an_hour(played: list[tuple[int, str, bool]]) -> None:
    health, now = _play(NEW, played)

    assert len(health.verdicts) <= WINDOW
    noted_at = health.verdicts[-1].at if health.verdicts else now
    assert all(noted_at - each.at <= RECENT for each in health.verdicts)


@given(verdicts)
def test_without_failures_nothing_is_written(played: list[tuple[int, str, bool]]) -> None:
    health, _ = _play(NEW, [(seconds, session_id, False) for seconds, session_id, _ in played])

    assert health is NEW


@given(verdicts, st.text("abcdef", max_size=3))
def test_while_it_is_open_one_session_probes_and_all_others_wait(
    played: list[tuple[int, str, bool]], others: str
) -> None:
    """Whatever those report who had begun before."""
    health = _opened()
    due = health.probe_at
    assert due is not None

    health, _ = _play(health, [(0, session_id, True) for _, session_id, _ in played])

    assert not any(BREAKER.may_begin(health, each, due - _A_SECOND) for each in "abcdef")
    claimed = BREAKER.claim(health, "prober", due)
    assert claimed.state is BreakerState.HALF_OPEN
    assert BREAKER.may_begin(claimed, "prober", due)
    assert not any(BREAKER.may_begin(claimed, each, due) for each in {*others, "abcdef"})


def test_a_probe_that_succeeds_closes_it_and_its_past_is_forgotten() -> None:
    health = _opened()
    probed_at = NOW + timedelta(minutes=5)
    claimed = BREAKER.claim(health, "prober", probed_at)

    assert BREAKER.is_noted(claimed, "prober", probed_at, probed_at, failed=False)
    assert BREAKER.note(claimed, "prober", probed_at, failed=False) == NEW


def test_a_probe_that_fails_is_followed_by_another_after_the_interval() -> None:
    probed_at = NOW + timedelta(minutes=5)
    claimed = BREAKER.claim(_opened(), "prober", probed_at)
    failed_at = probed_at + timedelta(seconds=40)

    health = BREAKER.note(claimed, "prober", failed_at, failed=True)

    assert (health.state, health.opened_at, health.probe_at) == (
        BreakerState.OPEN,
        NOW,
        failed_at + timedelta(minutes=5),
    )


def test_a_probe_that_brings_no_verdict_is_followed_by_another() -> None:
    probed_at = NOW + timedelta(minutes=5)
    claimed = BREAKER.claim(_opened(), "lost", probed_at)

    assert not BREAKER.may_begin(claimed, "next", probed_at + timedelta(minutes=5) - _A_SECOND)
    assert BREAKER.may_begin(claimed, "next", probed_at + timedelta(minutes=5))


def test_attempts_that_began_before_it_opened_neither_close_it_nor_put_the_probe_off() -> None:
    health, before, now = _opened(), NOW - _A_SECOND, NOW + timedelta(minutes=1)

    assert not BREAKER.is_noted(health, "a", before, now, failed=False)
    assert not BREAKER.is_noted(health, "a", before, now, failed=True)


@given(st.integers(0, 3600), st.integers(0, 3600), jitters, st.booleans(), st.booleans())
def test_a_session_tries_again_within_two_intervals_and_not_before_the_probe(
    down: int, waited: int, jitter: float, is_attended: bool, is_probing: bool
) -> None:
    health, now = _opened(), NOW + timedelta(seconds=down)
    probing = BREAKER.claim(health, "prober", now) if is_probing else health

    at = BREAKER.try_at(probing, now - timedelta(seconds=waited), now, is_attended=is_attended, jitter=jitter)

    assert at >= now
    assert at - now <= 2 * BREAKER.probe_interval
    if probing.prober is None:
        assert BREAKER.may_begin(probing, "any", at)


@given(jitters, jitters)
def test_who_is_at_the_page_tries_before_all_others(person: float, other: float) -> None:
    health = _opened()

    first, second = (
        BREAKER.try_at(health, NOW, NOW, is_attended=is_attended, jitter=jitter)
        for is_attended, jitter in ((True, person), (False, other))
    )

    assert first <= second


@given(jitters)
def test_who_has_waited_longer_tries_sooner(jitter: float) -> None:
    health, now = _opened(), NOW + timedelta(minutes=4)

    long, short = (
        BREAKER.try_at(health, since, now, is_attended=False, jitter=jitter) for since in (NOW, now - _A_SECOND)
    )

    assert long < short


def test_a_batch_may_have_no_attempt_live_one_probe_or_as_many_as_its_cap() -> None:
    health = _opened()
    due = NOW + timedelta(minutes=5)

    assert BREAKER.allowed(None, 60, NOW) == BREAKER.allowed(NEW, 60, NOW) == 60
    assert BREAKER.allowed(health, 60, NOW) == 0
    assert BREAKER.allowed(health, 60, due) == BREAKER.allowed(BREAKER.claim(health, "a", due), 60, due) == 1
    assert BREAKER.allowed(health, 0, due) == 0


@given(cap=st.integers(0, 9), waiting=st.integers(0, 9), is_due=st.booleans())
def test_a_probe_of_a_batch_comes_on_top_of_those_that_wait_within_the_cap(
    cap: int, waiting: int, *, is_due: bool
) -> None:
    health = _opened()
    now = NOW + timedelta(minutes=5) if is_due else NOW

    assert BREAKER.is_probe_due(health, now) == is_due
    assert BREAKER.allowed(health, cap, now, waiting) == (min(cap, waiting + 1) if is_due else 0)
    assert BREAKER.allowed(BREAKER.claim(health, "a", now), cap, now, waiting) == (min(cap, 1) if is_due else 0)


@pytest.mark.parametrize("code", RULES)
def test_a_bank_fails_by_its_own_refusals_and_not_by_users_throttling_or_us(code: str) -> None:
    verdict = Verdict(code, RULES[code])
    failing = {"RETRY_LATER", "DISABLED_INSTITUTION", "AGGREGATION_ERROR"}
    failing |= {name for name in RULES if name.startswith("BANK_")}
    silent = {Outcome.PENDING, Outcome.BUSY, Outcome.ATTEMPT_GONE, Outcome.MISCONFIGURED}

    assert (has_bank_failed(verdict) is True) == (code in failing)
    assert (has_bank_failed(verdict) is None) == (
        verdict.outcome in silent or code in {"TOO_MANY_REQUESTS", "NO_BROWSER_AVAILABLE"}
    )


def test_an_unknown_code_says_nothing_about_the_bank() -> None:
    assert has_bank_failed(Verdict("NEW_CODE", UNKNOWN_CODE)) is None
