"""Each state by itself: how it reads, how long it may take, what it repeats and what it catches."""

import pytest

from reconnect.domain.errors import AttemptUncertain
from reconnect.domain.open_request import MAX_LINK_LIFETIME_HOURS
from tests.workflow.definition import MACHINE, STATES, TASKS, TOKEN_WAITS, never_repeated, repeated

_ORDER = (
    "Type",
    "Comment",
    "Resource",
    "Arguments",
    "Assign",
    "Output",
    "TimeoutSeconds",
    "Retry",
    "Catch",
    "Next",
    "End",
)
# These would take in a start whose answer was lost, without naming it.
_WIDE = {"States.ALL", "States.TaskFailed"}
_LOST = {"Sandbox.Timedout", "States.Timeout", "Lambda.Unknown"}
# A repeat cannot mend these; they need no way of their own.
_TO_THE_ENDING = {"IllegalTransition", "SessionEnded", "SessionNotFound"}
_PATIENT = sorted({"PollAuthorize", "FetchAccounts", "AwaitRedirect", "AwaitClick", "ContinueAsNew"})


@pytest.mark.parametrize("name", STATES)
def test_every_state_says_in_one_line_what_it_is_for(name: str) -> None:
    comment = STATES[name]["Comment"]

    assert comment.endswith(".")
    assert "\n" not in comment


@pytest.mark.parametrize("name", [name for name, state in STATES.items() if state["Type"] in ("Task", "Wait")])
def test_every_state_is_written_in_the_same_order(name: str) -> None:
    keys = [key for key in STATES[name] if key != "Seconds"]

    assert keys == [key for key in _ORDER if key in keys]


@pytest.mark.parametrize("name", TASKS)
def test_no_task_may_take_for_ever(name: str) -> None:
    assert "TimeoutSeconds" in TASKS[name]


@pytest.mark.parametrize("name", TOKEN_WAITS)
def test_a_wait_for_the_user_says_what_happens_when_nobody_comes(name: str) -> None:
    first = TOKEN_WAITS[name]["Catch"][0]

    assert first["ErrorEquals"][0] == "States.Timeout"


@pytest.mark.parametrize("name", sorted(TASKS.keys() - {"CloseSession"}))
def test_no_failure_of_a_task_escapes_without_an_ending(name: str) -> None:
    *named, last = TASKS[name]["Catch"]

    assert last["ErrorEquals"] == ["States.ALL"]
    assert last["Assign"] == {"reason": "{% $states.errorOutput.Error %}"}
    assert last["Next"] in ("CloseSession", "RequestRefused", "FollowingFailed")
    assert all("States.ALL" not in catch["ErrorEquals"] for catch in named)


def test_the_ending_tries_again_whatever_went_wrong_unless_there_is_nothing_to_end() -> None:
    assert never_repeated("CloseSession") == {"SessionNotFound"}
    assert repeated("CloseSession") == {"States.ALL"}
    assert [catch["ErrorEquals"] for catch in TASKS["CloseSession"]["Catch"]] == [["SessionNotFound"]]


def test_the_ending_outlives_an_outage_of_hours() -> None:
    *_, retry = TASKS["CloseSession"]["Retry"]
    pauses = [min(retry["MaxDelaySeconds"], 2**done) for done in range(retry["MaxAttempts"])]

    # A jittered pause is half as long on average.
    assert sum(pauses) / 2 > 3_000


def test_a_start_at_the_bank_whose_answer_was_lost_is_never_repeated() -> None:
    assert "AttemptUncertain" not in repeated("StartAuthorize")
    assert not repeated("StartAuthorize") & _WIDE


def test_a_step_that_was_cut_off_is_run_again_for_it_knows_from_its_record_whether_it_began() -> None:
    assert repeated("StartAuthorize") >= _LOST


def test_a_start_at_the_bank_that_was_cut_off_ends_like_one_whose_answer_was_lost() -> None:
    cut_off, _ = TASKS["StartAuthorize"]["Catch"]

    assert set(cut_off["ErrorEquals"]) == _LOST
    assert (cut_off["Assign"], cut_off["Next"]) == ({"reason": AttemptUncertain.__name__}, "CloseSession")


@pytest.mark.parametrize("name", TASKS)
def test_every_task_outlives_a_hiccup_of_lambda_and_spreads_its_repeats(name: str) -> None:
    retries = [retry for retry in TASKS[name]["Retry"] if retry["MaxAttempts"]]

    assert repeated(name) & {"Lambda.TooManyRequestsException", "States.ALL"}
    assert all(retry["JitterStrategy"] == "FULL" for retry in retries)
    assert all(retry["MaxAttempts"] <= 8 for retry in retries) or name == "CloseSession"


@pytest.mark.parametrize("name", TASKS)
def test_what_is_never_repeated_stands_before_what_is(name: str) -> None:
    """Step Functions takes the first rule that names the error; States.ALL must stand alone, and last."""
    *earlier, last = TASKS[name]["Retry"]

    assert all(retry["MaxAttempts"] for retry in TASKS[name]["Retry"][1:])
    assert all("States.ALL" not in retry["ErrorEquals"] for retry in earlier)
    assert "States.ALL" not in last["ErrorEquals"] or last["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("name", _PATIENT)
def test_a_step_that_may_be_repeated_outlives_whatever_passes_within_a_minute(name: str) -> None:
    *_, retry = TASKS[name]["Retry"]
    pauses = [min(retry["MaxDelaySeconds"], 2**done) for done in range(retry["MaxAttempts"])]

    assert retry["ErrorEquals"] == ["States.ALL"]
    assert sum(pauses) / 2 >= 60


@pytest.mark.parametrize("name", TOKEN_WAITS)
def test_a_wait_that_nobody_ended_is_never_begun_again_by_a_repeat(name: str) -> None:
    assert "States.Timeout" in never_repeated(name)


@pytest.mark.parametrize("name", [name for name in TASKS if never_repeated(name)])
def test_what_is_never_repeated_has_an_ending_or_a_way_of_its_own(name: str) -> None:
    caught = {error for catch in TASKS[name]["Catch"] for error in catch["ErrorEquals"]}

    assert never_repeated(name) - _TO_THE_ENDING <= caught
    assert "States.ALL" in caught or name == "CloseSession"


def test_the_machine_outlives_the_longest_link_but_not_for_ever() -> None:
    longest_link = MAX_LINK_LIFETIME_HOURS * 3600

    assert longest_link < MACHINE["TimeoutSeconds"] <= longest_link * 1.1
