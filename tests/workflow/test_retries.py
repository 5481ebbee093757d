"""One policy for all tasks: errors that a repeat cannot fix end it; others are repeated while a user would wait."""

import json

from reconnect.adapters.step_functions import USER_ARRIVED
from reconnect.runtime.steps import DATA_RETRY_SECONDS, MOST_DATA_RETRIES
from tests.workflow.aws_errors import DID_NOT_RUN, MAY_HAVE_RUN
from tests.workflow.definition import STATES, TASKS, TOKEN_WAITS, State, never_repeated, repeated

_MINUTE = 60
# The errors that end a wait for the user; they are not failures of its function.
_ENDS_A_WAIT = {"States.Timeout", "EvidencePending", USER_ARRIVED}
# Not a failure: the time until Flinks may be asked for the data again.
_IS_THE_WAIT = {
    "ErrorEquals": ["DataPending"],
    "IntervalSeconds": DATA_RETRY_SECONDS,
    "MaxAttempts": MOST_DATA_RETRIES,
    "BackoffRate": 1,
}
_WITH_AN_ENDING_BEHIND = sorted(TASKS.keys() - {"CloseSession"})


def _pauses(retry: State) -> list[int]:
    """The longest wait before each repeat, in seconds; full jitter halves it on average."""
    return [min(retry["MaxDelaySeconds"], retry["IntervalSeconds"] * 2**done) for done in range(retry["MaxAttempts"])]


def test_every_task_lists_unrepeatable_errors_and_one_rule_for_the_rest() -> None:
    retries = {name: [rule for rule in task["Retry"] if rule != _IS_THE_WAIT] for name, task in TASKS.items()}

    assert [name for name, retry in retries.items() if len(retry) != 2] == []
    assert [name for name, (never, _) in retries.items() if never.keys() != {"ErrorEquals", "MaxAttempts"}] == []
    assert [name for name, (never, _) in retries.items() if never["MaxAttempts"] != 0] == []
    assert [name for name, (_, policy) in retries.items() if policy["ErrorEquals"] != ["States.ALL"]] == []


def test_data_that_is_not_ready_is_waited_for_by_a_retry() -> None:
    assert [name for name, task in TASKS.items() if _IS_THE_WAIT in task["Retry"]] == ["FetchAccounts"]


def test_all_tasks_share_one_retry_rule_and_only_the_ending_repeats_more() -> None:
    policies = {name: dict(task["Retry"][-1]) for name, task in TASKS.items()}
    tries = {name: policy.pop("MaxAttempts") for name, policy in policies.items()}

    assert len({json.dumps(policy, sort_keys=True) for policy in policies.values()}) == 1
    assert len({tries[name] for name in _WITH_AN_ENDING_BEHIND}) == 1
    assert tries["CloseSession"] > tries["StartAuthorize"]


def test_a_step_that_did_not_run_or_may_have_run_is_run_again() -> None:
    refused = {name: never_repeated(name) & {*DID_NOT_RUN, *MAY_HAVE_RUN} for name in TASKS}
    only_timeouts = {name: {"States.Timeout"} for name in TOKEN_WAITS}

    assert [name for name in TASKS if "States.ALL" not in repeated(name)] == []
    assert {name: errors for name, errors in refused.items() if errors} == only_timeouts


def test_a_throttled_step_is_repeated_as_long_as_a_user_would_wait() -> None:
    pauses = _pauses(TASKS["StartAuthorize"]["Retry"][-1])

    # A session that stays in STARTING for twenty minutes is lost to its caller.
    assert sum(pauses) / 2 > 9 * _MINUTE
    assert sum(pauses) < 20 * _MINUTE


def test_short_failures_cost_seconds_and_repeats_are_spread() -> None:
    policy = TASKS["StartAuthorize"]["Retry"][-1]

    assert sum(_pauses(policy)[:3]) < 10
    assert (policy["BackoffRate"], policy["JitterStrategy"]) == (2, "FULL")


def test_the_ending_outlives_an_outage_of_an_hour() -> None:
    # Only the sweeper comes after it, and it knows less.
    assert sum(_pauses(TASKS["CloseSession"]["Retry"][-1])) / 2 > 60 * _MINUTE


def test_a_start_at_the_bank_whose_answer_was_lost_is_never_repeated() -> None:
    assert "AttemptUncertain" in never_repeated("StartAuthorize")


def test_what_ends_a_wait_for_the_user_is_caught_and_never_repeated() -> None:
    caught = {
        name: {error for catch in STATES[name].get("Catch", []) for error in catch["ErrorEquals"]} for name in TASKS
    }

    assert {name: never_repeated(name) & _ENDS_A_WAIT for name in TASKS} == {
        name: errors & _ENDS_A_WAIT for name, errors in caught.items()
    }
    assert {name for name, errors in caught.items() if "States.Timeout" in errors} == TOKEN_WAITS.keys()
