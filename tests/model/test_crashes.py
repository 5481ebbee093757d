"""One crash of any step changes no ending, except that an unanswered start may end as uncertain."""

import pytest

from tests.model.crashes import (
    SCENARIOS,
    UNCERTAIN,
    Crash,
    crashes,
    errors_in,
    is_survived,
    play,
    scenario_through,
    undisturbed,
)
from tests.workflow.definition import TASKS

states = pytest.mark.parametrize("state", TASKS)
_FOREVER = 24 * 3600


def test_every_task_is_crashed_and_undisturbed_scenarios_succeed() -> None:
    results = [undisturbed(scenario) for scenario in SCENARIOS]

    assert sorted(state for scenario in SCENARIOS for state in scenario.through) == sorted(TASKS)
    assert [(each.endings, each.violations) for each in results] == [(("SUCCEEDED",), ())] * len(SCENARIOS)
    assert sum(len(errors_in(state)) for state in TASKS) > 40


@pytest.mark.slow
@states
def test_a_session_survives_every_crash_of_every_step(state: str) -> None:
    assert [str(crash) for crash in crashes(state) if not is_survived(crash)] == []


def test_a_start_whose_answer_was_lost_is_uncertain_under_every_error_name() -> None:
    points = undisturbed(scenario_through("StartAuthorize")).runs["StartAuthorize"].points
    answered = points.index("flinks.start_authorize") + 1
    result = {crash.error: play(crash.scenario, crash) for crash in crashes("StartAuthorize") if crash.call == answered}

    assert {each.endings for each in result.values()} == {(UNCERTAIN,)}
    assert {each.starts for each in result.values()} == {1}
    assert result.keys() > {"Lambda.Unknown", "Runtime.ExitError", "Lambda.ClientExecutionTimeoutException"}


@states
def test_a_step_throttled_for_minutes_only_delays_the_session(state: str) -> None:
    result = play(scenario_through(state), throttled=state, seconds=5 * 60)

    assert (result.endings, result.violations) == (("SUCCEEDED",), ())
    assert len(result.tried_at) > 5


def test_a_start_that_lambda_never_runs_fails_within_twenty_minutes() -> None:
    result = play(scenario_through("StartAuthorize"), throttled="StartAuthorize", seconds=_FOREVER)
    tried = result.tried_at[-1] - result.tried_at[0]

    assert (result.endings, result.starts) == (("FAILED INTERNAL_ERROR",), 0)
    assert 9 < tried.total_seconds() / 60 < 20


def test_the_model_retries_as_step_functions_does() -> None:
    """The model uses half of each pause for full jitter; pauses double up to the maximum, and tries are counted."""
    retry = TASKS["StartAuthorize"]["Retry"][-1]
    result = play(scenario_through("StartAuthorize"), throttled="StartAuthorize", seconds=_FOREVER)
    pauses = [
        (after - before).total_seconds() for before, after in zip(result.tried_at, result.tried_at[1:], strict=False)
    ]

    assert len(pauses) == retry["MaxAttempts"]
    assert pauses == pytest.approx([min(2**done, retry["MaxDelaySeconds"]) / 2 for done in range(len(pauses))], abs=0.1)


@pytest.mark.parametrize("error", ["States.DataLimitExceeded", "States.Runtime"])
def test_the_sweeper_ends_sessions_after_errors_that_are_never_retried(error: str) -> None:
    result = play(
        scenario_through("PollAuthorize"), Crash(scenario_through("PollAuthorize"), "PollAuthorize", error, 0, "")
    )

    assert result.executions[0].startswith("FAILED")
    assert result.endings == ("FAILED WORKFLOW_LOST",)
    assert result.violations == ()


def test_a_start_throttled_as_long_as_allowed_is_not_taken_for_lost() -> None:
    """The worst full jitter: each pause has its maximum length, and the sweeper runs every minute meanwhile."""
    result = play(scenario_through("StartAuthorize"), throttled="StartAuthorize", seconds=18 * 60, jitter=1)

    assert (result.endings, result.violations) == (("SUCCEEDED",), ())
