"""Where each finding leads: the real rules of the Choice states, decided by the real JSONata."""

import pytest

from reconnect.domain.fetch_accounts import Fetched
from reconnect.domain.outcomes import RULES, Outcome
from tests.workflow.evaluating import Assignments, route

# The budget of looks: what keeps the history short, see test_history.
_LOOKS = 140
_FRESHLY_STARTED = {"polls": 0, "fetches": 0, "looks": 1, "retries": 0, "maxRetries": 3, "staleReads": 0, "attempt": 1}

_WAYS = {
    Outcome.PENDING: "WaitBeforePoll",
    Outcome.AUTHORIZED: "FetchAccounts",
    Outcome.MFA_REQUIRED: "AwaitRedirect",
    Outcome.CREDENTIALS_REQUIRED: "AwaitRedirect",
    Outcome.ATTEMPT_GONE: "AwaitClick",
    Outcome.TRY_LATER: "WaitBeforeRetry",
    Outcome.BUSY: "WaitBeforeRetry",
    Outcome.REFUSED: "CloseSession",
    Outcome.MISCONFIGURED: "CloseSession",
}
_READINGS = {
    Fetched.FRESH: "CloseSession",
    Fetched.NOT_FRESH: "WaitBeforePoll",
    Fetched.PENDING: "WaitBeforeFetch",
    Fetched.REFUSED: "CloseSession",
}


def _after(outcome: Outcome, **counters: int) -> tuple[str, Assignments]:
    return route("RouteOutcome", outcome=str(outcome), **{**_FRESHLY_STARTED, **counters})


def _after_reading(reading: Fetched, **counters: int) -> tuple[str, Assignments]:
    return route("RouteReading", reading=str(reading), **{**_FRESHLY_STARTED, **counters})


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_way(outcome: Outcome) -> None:
    assert _after(outcome)[0] == _WAYS[outcome]


@pytest.mark.parametrize("reading", Fetched)
def test_every_reading_has_its_way(reading: Fetched) -> None:
    assert _after_reading(reading)[0] == _READINGS[reading]


@pytest.mark.parametrize(("polls", "looks"), [(40, 41), (39, _LOOKS), (41, 200)])
def test_a_bank_that_works_too_long_ends_the_session(polls: int, looks: int) -> None:
    way = _after(Outcome.PENDING, polls=polls, looks=looks)

    assert way == ("CloseSession", {"reason": "BANK_TOO_SLOW"})


def test_the_fortieth_look_is_the_last_that_waits_for_the_bank() -> None:
    assert _after(Outcome.PENDING, polls=39, looks=_LOOKS - 1)[0] == "WaitBeforePoll"


@pytest.mark.parametrize("outcome", [Outcome.MFA_REQUIRED, Outcome.CREDENTIALS_REQUIRED, Outcome.ATTEMPT_GONE])
def test_a_user_who_never_comes_ends_the_session_when_the_looks_are_used_up(outcome: Outcome) -> None:
    assert _after(outcome, looks=_LOOKS - 1)[0] == _WAYS[outcome]
    assert _after(outcome, looks=_LOOKS) == ("CloseSession", {"reason": "USER_ABSENT"})


@pytest.mark.parametrize("outcome", [Outcome.TRY_LATER, Outcome.BUSY])
def test_a_busy_bank_is_tried_again_with_a_new_attempt(outcome: Outcome) -> None:
    way = _after(outcome, retries=2, attempt=4, maxRetries=3)

    assert way == ("WaitBeforeRetry", {"retries": 3, "attempt": 5})


@pytest.mark.parametrize("outcome", [Outcome.TRY_LATER, Outcome.BUSY])
def test_a_bank_that_stays_busy_ends_the_session_with_the_code_that_it_gave(outcome: Outcome) -> None:
    assert _after(outcome, retries=3, maxRetries=3) == ("CloseSession", {})


def test_every_code_that_asks_to_try_later_allows_at_least_one_more_attempt() -> None:
    later = [rule for rule in RULES.values() if _WAYS[rule.outcome] == "WaitBeforeRetry"]

    assert later
    assert all(rule.max_retries >= 1 for rule in later)


def test_an_answered_bank_is_read_even_when_all_looks_are_used_up() -> None:
    assert _after(Outcome.AUTHORIZED, looks=_LOOKS, polls=40)[0] == "FetchAccounts"


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.MISCONFIGURED])
def test_what_is_final_keeps_the_code_of_flinks_as_its_reason(outcome: Outcome) -> None:
    assert _after(outcome) == ("CloseSession", {})


@pytest.mark.parametrize(("fetches", "looks"), [(60, 61), (1, _LOOKS)])
def test_data_that_flinks_never_finishes_ends_the_session(fetches: int, looks: int) -> None:
    way = _after_reading(Fetched.PENDING, fetches=fetches, looks=looks)

    assert way == ("CloseSession", {"reason": "BANK_TOO_SLOW"})


def test_the_sixtieth_reading_is_the_last_that_waits_for_data() -> None:
    assert _after_reading(Fetched.PENDING, fetches=59, looks=_LOOKS - 1)[0] == "WaitBeforeFetch"


@pytest.mark.parametrize(("stale_reads", "looks"), [(3, 9), (0, _LOOKS)])
def test_data_that_stays_old_ends_the_session_as_stale(stale_reads: int, looks: int) -> None:
    way = _after_reading(Fetched.NOT_FRESH, staleReads=stale_reads, looks=looks)

    assert way == ("CloseSession", {})


def test_old_data_is_looked_at_twice_more_before_it_is_called_stale() -> None:
    assert _after_reading(Fetched.NOT_FRESH, staleReads=2, looks=_LOOKS - 1)[0] == "WaitBeforePoll"


def test_a_click_begins_a_new_attempt() -> None:
    way, assigned = route("RouteWake", cause="click", **_FRESHLY_STARTED)

    assert way == "StartAuthorize"
    assert assigned["attempt"] == 2


def test_a_redirect_that_comes_late_is_read_before_the_user_is_asked_again() -> None:
    assert route("RouteWake", cause="redirect", **_FRESHLY_STARTED) == ("FetchAccounts", {})


def test_a_session_that_exists_goes_to_work_at_once() -> None:
    way, assigned = route("RouteEntry", states={"input": {"sessionId": "s", "linkEndsAt": 5}})

    assert way == "StartAuthorize"
    assert assigned["sessionId"] == "s"
    assert assigned["attempt"] == 1


def test_a_bare_request_is_opened_first() -> None:
    assert route("RouteEntry", states={"input": {"loginId": "l"}}) == ("OpenSession", {})


@pytest.mark.parametrize(("joined", "target"), [(True, "ReadSession"), (False, "StartAuthorize")])
def test_only_a_session_of_our_own_is_worked_on(joined: bool, target: str) -> None:
    assert route("RouteOpened", joined=joined)[0] == target


@pytest.mark.parametrize(
    ("ended", "looks", "target"),
    [(False, _LOOKS - 1, "WaitForLiveSession"), (True, 1, "Followed"), (False, _LOOKS, "Followed")],
)
def test_a_joined_session_is_followed_to_its_end_but_not_for_ever(ended: bool, looks: int, target: str) -> None:
    assert route("RouteLiveSession", ended=ended, looks=looks)[0] == target
