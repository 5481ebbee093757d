"""The next state for each finding: the real conditions of the Choice states, evaluated by the real JSONata."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconnect.model.attempt import Ask, Attempt
from reconnect.model.errors import AttemptUncertain, ReconnectError, SessionEnded, SessionNotFound
from reconnect.model.outcomes import RULES, Outcome
from reconnect.model.step import Fetched
from reconnect.rules.pacing import MOST_FETCHES, MOST_POLLS, MOST_POLLS_IN_ALL, MOST_WAITS, Pacing
from reconnect.runtime.steps import answers_refusals
from tests.template.template import parameter_of
from tests.workflow.definition import STATES, TASKS, limit, limits
from tests.workflow.evaluating import Assignments, assign, evaluate, route, text_of

# The budgets, which keep the history short; see test_history.
_POLLS, _WAITS = 40, limit("RouteOutcome", "waits")
_FETCHES, _STALE_READS = limit("RouteReading", "fetches"), limit("RouteReading", "staleReads")
# Budgets for old data and for another execution's session are a little smaller.
_LOOKS, _FEWER_LOOKS = max(limits("RouteOutcome", "looks")), limit("RouteLiveSession", "looks")
# From this many polls on, a click starts a new execution.
_GROWN = limit("RouteWake", "looks")
_FRESHLY_STARTED = {
    "polls": 0,
    "fetches": 0,
    "waits": 0,
    "looks": 1,
    "retries": 0,
    "maxRetries": 3,
    "maxPolls": _POLLS,
    "staleReads": 0,
    "linkEnded": False,
    "absent": False,
    "clicked": False,
    "attempt": 1,
    "reason": "OPERATION_PENDING",
}

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


_ASKING = [Outcome.MFA_REQUIRED, Outcome.CREDENTIALS_REQUIRED]


def _after(outcome: Outcome, **counters: int | str) -> tuple[str, Assignments]:
    return route("RouteOutcome", outcome=str(outcome), **{**_FRESHLY_STARTED, **counters})


def _after_reading(reading: Fetched, **counters: object) -> tuple[str, Assignments]:
    return route("RouteReading", reading=str(reading), **{**_FRESHLY_STARTED, **counters})


def test_the_sweeper_uses_the_workflows_own_budgets() -> None:
    assert (MOST_POLLS, MOST_WAITS, MOST_FETCHES, MOST_POLLS_IN_ALL) == (_POLLS, _WAITS, _FETCHES, _LOOKS)


def test_a_budget_is_the_same_in_all_states() -> None:
    late, *_ = STATES["RouteEntry"]["Choices"]

    assert limits("RouteReading", "looks") == {_LOOKS, _FEWER_LOOKS}
    assert _FEWER_LOOKS < _LOOKS
    assert late["Assign"]["staleReads"] == _STALE_READS


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_next_state(outcome: Outcome) -> None:
    assert _after(outcome)[0] == _WAYS[outcome]


@pytest.mark.parametrize("reading", Fetched)
def test_every_reading_has_its_next_state(reading: Fetched) -> None:
    assert _after_reading(reading)[0] == _READINGS[reading]


@pytest.mark.parametrize("refusal", [SessionEnded, SessionNotFound, AttemptUncertain])
@pytest.mark.parametrize("step", ["StartAuthorize", "PollAuthorize", "FetchAccounts"])
@pytest.mark.parametrize("link_ended", [False, True])
def test_an_expected_refusal_of_a_step_closes_the_session(
    step: str, refusal: type[ReconnectError], link_ended: bool
) -> None:
    def refusing(_event: dict[str, Any], _context: object) -> dict[str, Any]:
        raise refusal("x")

    known = {**_FRESHLY_STARTED, "outcome": "AUTHORIZED", "seen": "", "linkEnded": link_ended}
    payload = answers_refusals(refusing)({"sessionId": "s"}, None)  # type: ignore[arg-type]

    known |= assign(step, payload, **known)
    way, more = route("RouteReading" if step == "FetchAccounts" else "RouteOutcome", **known)

    assert (way, (known | more)["reason"]) == ("CloseSession", refusal.__name__)


@pytest.mark.parametrize(("polls", "looks"), [(_POLLS, _POLLS + 1), (1, _LOOKS), (_POLLS + 1, 200)])
def test_a_bank_that_takes_too_long_ends_the_session(polls: int, looks: int) -> None:
    way = _after(Outcome.PENDING, polls=polls, looks=looks)

    assert way == ("CloseSession", {"reason": "BANK_TOO_SLOW"})


def test_the_last_poll_of_the_budget_still_waits_for_the_bank() -> None:
    assert _after(Outcome.PENDING, polls=_POLLS - 1, looks=_LOOKS - 1)[0] == "WaitBeforePoll"


@pytest.mark.parametrize("step", ["StartAuthorize", "PollAuthorize"])
def test_a_function_that_knows_no_windows_counts_one_poll_a_step(step: str) -> None:
    payload = {"outcome": "PENDING", "code": "OPERATION_PENDING", "waitSeconds": 2, "maxRetries": 0, "seen": ""}

    assigned = assign(step, payload, **_FRESHLY_STARTED)

    assert (assigned["polls"], assigned["maxPolls"]) == (step == "PollAuthorize", _POLLS)


@pytest.mark.parametrize("outcome", _ASKING)
def test_each_wait_for_the_user_is_counted(outcome: Outcome) -> None:
    assert _after(outcome, waits=7) == ("AwaitRedirect", {"waits": 8})


@pytest.mark.parametrize("outcome", _ASKING)
@pytest.mark.parametrize("looks", [_WAITS, _LOOKS, 200])
def test_after_all_waits_the_session_stays_open_for_a_click(outcome: Outcome, looks: int) -> None:
    assert _after(outcome, waits=_WAITS - 1, looks=_LOOKS - 1)[0] == "AwaitRedirect"
    assert _after(outcome, waits=_WAITS, looks=looks) == ("AwaitClick", {})
    assert _after(outcome, waits=1, looks=_LOOKS) == ("AwaitClick", {})


@pytest.mark.parametrize("outcome", [*_ASKING, Outcome.ATTEMPT_GONE])
def test_polls_never_close_a_session_while_its_user_may_still_come(outcome: Outcome) -> None:
    assert _after(outcome, looks=200)[0] in {"AwaitRedirect", "AwaitClick"}


@pytest.mark.parametrize("outcome", [*_ASKING, Outcome.ATTEMPT_GONE])
def test_what_needs_an_absent_user_is_parked_at_once(outcome: Outcome) -> None:
    assert _after(outcome, absent=True) == ("Park", {})


def test_once_an_absent_user_has_clicked_a_question_waits_for_them() -> None:
    assert [_after(outcome, absent=True, clicked=True)[0] for outcome in _ASKING] == ["AwaitRedirect", "AwaitRedirect"]
    assert _after(Outcome.ATTEMPT_GONE, absent=True, clicked=True)[0] == "Park"
    assert _after(Outcome.MFA_REQUIRED, absent=True, clicked=True, waits=_WAITS)[0] == "Park"


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {*_ASKING, Outcome.ATTEMPT_GONE}))
def test_what_needs_no_user_is_the_same_for_an_absent_one(outcome: Outcome) -> None:
    assert _after(outcome, absent=True) == _after(outcome)


@pytest.mark.parametrize(
    ("given", "first", "parks"),
    [
        ({"attempt": 1}, "StartAuthorize", "AwaitRedirect"),
        ({"attempt": 1, "absent": True}, "StartAuthorize", "Park"),
        ({"attempt": 2, "absent": True, "clicked": True}, "StartAuthorize", "AwaitRedirect"),
        ({"attempt": 1, "absent": True, "evidence": True}, "WaitBeforePoll", "Park"),
        ({"attempt": 2, "absent": True, "clicked": True, "evidence": True}, "WaitBeforePoll", "AwaitRedirect"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) else each,
)
def test_an_execution_is_told_whether_its_user_is_there(given: dict[str, Any], first: str, parks: str) -> None:
    entered, assigned = route("RouteEntry", states={"input": {"sessionId": "s", "linkEndsAt": 5, **given}})

    assert entered == first
    assert route("RouteOutcome", **{**_FRESHLY_STARTED, **assigned, "outcome": "MFA_REQUIRED"})[0] == parks


@pytest.mark.parametrize("presence", [None, "attended", "absent"])
def test_a_workflow_that_asks_for_an_absent_user_does_not_follow_a_wait_for_a_click(presence: str | None) -> None:
    known = {"states": {"input": {"loginId": "l", "presence": presence}, "result": {"Payload": {}}}}
    is_absent = evaluate(text_of(TASKS["OpenSession"]["Assign"]["absent"]), **known)
    waiting = {"ended": False, "looks": 1, "absent": is_absent, "summary": {"status": "AWAITING_CLICK"}}

    assert is_absent is (presence == "absent")
    assert route("RouteLiveSession", **waiting)[0] == ("Followed" if is_absent else "WaitForLiveSession")
    assert route("RouteLiveSession", **{**waiting, "summary": {"status": "FETCHING"}})[0] == "WaitForLiveSession"


def test_a_slow_bank_and_a_slow_user_leave_polls_for_the_data() -> None:
    assert _LOOKS - (_POLLS + _WAITS) >= _FETCHES


def test_every_attempt_gives_its_user_all_waits() -> None:
    assert TASKS["StartAuthorize"]["Assign"]["waits"] == 0


@pytest.mark.parametrize("is_attended", [False, True], ids=["unattended", "attended"])
@pytest.mark.parametrize("lifetime", ["Default", "MaxValue"])
def test_the_waits_last_for_as_long_as_an_attempt_lives(lifetime: str, is_attended: bool) -> None:
    begun = datetime(2026, 11, 22, tzinfo=UTC)
    lives = timedelta(seconds=parameter_of("AttemptLifetimeSeconds")[lifetime])
    backstop, unattended = (parameter_of(f"{name}IntervalSeconds")["Default"] for name in ("Backstop", "Unattended"))
    pacing = Pacing(2, backstop, unattended, 60, 10, lives, timedelta(0))
    attempt, now = Attempt(1, started_at=begun, asked=Ask.ANSWER, asked_at=begun), begun

    for _ in range(_WAITS):
        now += timedelta(seconds=pacing.before_backstop(attempt, now, is_attended=is_attended))

    # Give or take one wait: the polls between them take time too.
    now += timedelta(seconds=pacing.before_backstop(attempt, now, is_attended=is_attended))
    assert pacing.is_over(attempt, now)


@pytest.mark.parametrize("outcome", [Outcome.TRY_LATER, Outcome.BUSY])
def test_a_busy_bank_is_tried_again_with_a_new_attempt(outcome: Outcome) -> None:
    way = _after(outcome, retries=2, attempt=4, maxRetries=3)

    assert way == ("WaitBeforeRetry", {"retries": 3, "attempt": 5})


@pytest.mark.parametrize("retries", [0, 3, 9])
def test_a_wait_for_a_turn_at_flinks_spends_no_retry_and_no_attempt(retries: int) -> None:
    assert _after(Outcome.TRY_LATER, retries=retries, maxRetries=3, reason="QUEUED") == ("WaitBeforeRetry", {})


def test_a_turn_that_never_comes_ends_the_session() -> None:
    assert _after(Outcome.TRY_LATER, looks=_LOOKS, maxRetries=1000, reason="QUEUED") == ("CloseSession", {})


@pytest.mark.parametrize("retries", [0, 3, 9])
def test_a_session_whose_bank_is_down_begins_anew_with_all_its_tries(retries: int) -> None:
    way = _after(Outcome.TRY_LATER, retries=retries, attempt=4, looks=_GROWN - 1, maxRetries=1000, reason="BANK_DOWN")

    assert way == ("WaitBeforeRetry", {"retries": 0, "attempt": 5})


@pytest.mark.parametrize("looks", [_GROWN, _LOOKS, 200])
def test_a_long_wait_for_a_bank_goes_on_in_a_new_execution(looks: int) -> None:
    assert limits("RouteOutcome", "looks") == {_GROWN, _LOOKS}
    assert _after(Outcome.TRY_LATER, looks=looks, maxRetries=1000, reason="BANK_DOWN") == ("ContinueAsNew", {})


@pytest.mark.parametrize("outcome", [Outcome.TRY_LATER, Outcome.BUSY])
def test_a_bank_that_stays_busy_ends_the_session_with_its_code(outcome: Outcome) -> None:
    assert _after(outcome, retries=3, maxRetries=3) == ("CloseSession", {})
    assert _after(outcome, looks=_LOOKS) == ("CloseSession", {})


def test_every_try_later_code_allows_at_least_one_more_attempt() -> None:
    later = [rule for rule in RULES.values() if _WAYS[rule.outcome] == "WaitBeforeRetry"]

    assert later
    assert all(rule.max_retries >= 1 for rule in later)


def test_an_answered_bank_is_read_even_when_all_polls_are_used_up() -> None:
    assert _after(Outcome.AUTHORIZED, looks=_LOOKS, polls=_POLLS)[0] == "FetchAccounts"


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.MISCONFIGURED])
def test_a_final_outcome_keeps_the_flinks_code_as_its_reason(outcome: Outcome) -> None:
    assert _after(outcome) == ("CloseSession", {})


@pytest.mark.parametrize("code", ["OPERATION_PENDING", "OPERATION_DISPATCHED"])
@pytest.mark.parametrize(("fetches", "looks"), [(_FETCHES, _FETCHES + 1), (1, _LOOKS)])
def test_data_that_flinks_never_finishes_ends_the_session(fetches: int, looks: int, code: str) -> None:
    way = _after_reading(Fetched.PENDING, fetches=fetches, looks=looks, reason=code)

    assert code in RULES
    assert way == ("CloseSession", {"reason": "BANK_TOO_SLOW"})


@pytest.mark.parametrize("code", ["FLINKS_UNAVAILABLE", "TOO_MANY_REQUESTS", "SESSION_NONEXISTENT"])
def test_data_that_stays_unavailable_ends_the_session_with_its_code(code: str) -> None:
    assert _after_reading(Fetched.PENDING, fetches=_FETCHES, reason=code) == ("CloseSession", {"reason": code})


def test_the_last_reading_of_the_budget_still_waits_for_data() -> None:
    assert _after_reading(Fetched.PENDING, fetches=_FETCHES - 1, looks=_LOOKS - 1)[0] == "WaitBeforeFetch"


def test_the_readings_last_for_the_thirty_minutes_that_flinks_may_take() -> None:
    pacing = Pacing(2, 10, 40, 60, parameter_of("FetchIntervalSeconds")["Default"], timedelta(0), timedelta(0))

    assert sum(pacing.before_fetch(fetches) for fetches in range(_FETCHES)) >= 30 * 60


@pytest.mark.parametrize(("stale_reads", "looks"), [(_STALE_READS, 9), (0, _FEWER_LOOKS)])
def test_data_that_stays_old_ends_the_session_as_stale(stale_reads: int, looks: int) -> None:
    way = _after_reading(Fetched.NOT_FRESH, staleReads=stale_reads, looks=looks)

    assert way == ("CloseSession", {})


def test_old_data_is_read_again_until_its_reads_are_used_up() -> None:
    assert _after_reading(Fetched.NOT_FRESH, staleReads=_STALE_READS - 1, looks=_FEWER_LOOKS - 1)[0] == "WaitBeforePoll"


def test_old_data_at_the_links_end_means_that_the_user_was_absent() -> None:
    (timeout, *_) = TASKS["AwaitClick"]["Catch"]

    assert (timeout["ErrorEquals"], timeout["Next"]) == (["States.Timeout"], "FetchAccounts")
    assert _after_reading(Fetched.NOT_FRESH, **timeout["Assign"]) == ("CloseSession", {"reason": "USER_ABSENT"})


@pytest.mark.parametrize("reading", [Fetched.FRESH, Fetched.REFUSED])
def test_other_results_at_the_links_end_keep_their_own_reason(reading: Fetched) -> None:
    assert _after_reading(reading, linkEnded=True) == ("CloseSession", {})


def _after_waking(cause: str, looks: int) -> tuple[str, Assignments]:
    return route("RouteWake", **{**_FRESHLY_STARTED, "cause": cause, "looks": looks})


def test_a_click_starts_a_new_attempt() -> None:
    assert _after_waking("click", _GROWN - 1) == ("StartAuthorize", {"attempt": 2, "looks": _GROWN})


@pytest.mark.parametrize("looks", [_GROWN, _LOOKS, 200])
def test_a_click_after_a_long_history_starts_a_new_execution(looks: int) -> None:
    assert _after_waking("click", looks) == ("ContinueAsNew", {})


@pytest.mark.parametrize("looks", [1, _GROWN, 200])
def test_a_late_redirect_is_checked_before_the_user_is_asked_again(looks: int) -> None:
    assert _after_waking("redirect", looks) == ("FetchAccounts", {})


@pytest.mark.parametrize("looks", [1, _GROWN, 200])
def test_a_session_stopped_during_a_wait_starts_nothing_new(looks: int) -> None:
    assert _after_waking("stopped", looks) == ("FetchAccounts", {})


def test_an_existing_session_starts_at_once() -> None:
    way, assigned = route("RouteEntry", states={"input": {"sessionId": "s", "linkEndsAt": 5}})

    assert way == "StartAuthorize"
    assert assigned["sessionId"] == "s"
    assert assigned["attempt"] == 1


def test_a_handed_over_session_starts_the_requested_attempt() -> None:
    way, assigned = route("RouteEntry", states={"input": {"sessionId": "s", "linkEndsAt": 5, "attempt": 3}})

    assert (way, assigned["attempt"]) == ("StartAuthorize", 3)


def test_a_bare_request_is_opened_first() -> None:
    assert route("RouteEntry", states={"input": {"loginId": "l"}}) == ("OpenSession", {})


@pytest.mark.parametrize(("joined", "target"), [(True, "ReadSession"), (False, "StartAuthorize")])
def test_only_a_session_of_this_execution_is_worked_on(joined: bool, target: str) -> None:
    assert route("RouteOpened", joined=joined)[0] == target


@pytest.mark.parametrize(
    ("ended", "looks", "target"),
    [(False, _FEWER_LOOKS - 1, "WaitForLiveSession"), (True, 1, "Followed"), (False, _FEWER_LOOKS, "Followed")],
)
def test_a_joined_session_is_followed_to_its_end_but_not_forever(ended: bool, looks: int, target: str) -> None:
    assert route("RouteLiveSession", ended=ended, looks=looks)[0] == target
