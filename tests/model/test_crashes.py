"""Any one crash of any one step is survived: the session ends as if nothing had happened, or in the truth."""

import pytest

from tests.model import machine
from tests.model.crashes import (
    STORIES,
    UNCERTAIN,
    Crash,
    crashes,
    errors_in,
    is_survived,
    play,
    story_through,
    undisturbed,
)
from tests.workflow.definition import TASKS

states = pytest.mark.parametrize("state", TASKS)
_FOR_EVER = 24 * 3600


def test_every_task_is_crashed_and_no_story_ends_badly_by_itself() -> None:
    told = [undisturbed(story) for story in STORIES]

    assert sorted(state for story in STORIES for state in story.through) == sorted(TASKS)
    assert [(each.endings, each.violations) for each in told] == [(("SUCCEEDED",), ())] * len(STORIES)
    assert sum(len(errors_in(state)) for state in TASKS) > 40


@pytest.mark.slow
@states
def test_a_session_survives_every_crash_of_every_step(state: str) -> None:
    assert [str(crash) for crash in crashes(state) if not is_survived(crash)] == []


def test_a_start_whose_answer_was_lost_is_uncertain_under_every_error_name() -> None:
    points = undisturbed(story_through("StartAuthorize")).runs["StartAuthorize"].points
    answered = points.index("flinks.start_authorize") + 1
    told = {crash.error: play(crash.story, crash) for crash in crashes("StartAuthorize") if crash.call == answered}

    assert {each.endings for each in told.values()} == {(UNCERTAIN,)}
    assert {each.starts for each in told.values()} == {1}
    assert told.keys() > {"Lambda.Unknown", "Runtime.ExitError", "Lambda.ClientExecutionTimeoutException"}


@states
def test_a_step_throttled_for_minutes_costs_time_and_no_session(state: str) -> None:
    told = play(story_through(state), throttled=state, seconds=5 * 60)

    assert (told.endings, told.violations) == (("SUCCEEDED",), ())
    assert len(told.tried_at) > 5


def test_a_start_that_lambda_never_runs_fails_within_twenty_minutes() -> None:
    told = play(story_through("StartAuthorize"), throttled="StartAuthorize", seconds=_FOR_EVER)
    tried = told.tried_at[-1] - told.tried_at[0]

    assert (told.endings, told.starts) == (("FAILED INTERNAL_ERROR",), 0)
    assert 9 < tried.total_seconds() / 60 < 20


def test_the_model_repeats_as_step_functions_does() -> None:
    """Full jitter is half of each pause there; the pauses double up to the longest, and the tries are counted."""
    retry = TASKS["StartAuthorize"]["Retry"][-1]
    told = play(story_through("StartAuthorize"), throttled="StartAuthorize", seconds=_FOR_EVER)
    pauses = [(after - before).total_seconds() for before, after in zip(told.tried_at, told.tried_at[1:], strict=False)]

    assert len(pauses) == retry["MaxAttempts"]
    assert pauses == pytest.approx([min(2**done, retry["MaxDelaySeconds"]) / 2 for done in range(len(pauses))], abs=0.1)


@pytest.mark.parametrize("error", ["States.DataLimitExceeded", "States.Runtime"])
def test_what_step_functions_never_repeats_is_settled_by_the_sweeper(error: str) -> None:
    told = play(story_through("PollAuthorize"), Crash(story_through("PollAuthorize"), "PollAuthorize", error, 0, ""))

    assert told.executions[0].startswith("FAILED")
    assert told.endings == ("FAILED WORKFLOW_LOST",)
    assert told.violations == ()


def test_a_start_throttled_for_as_long_as_allowed_is_not_taken_for_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Full jitter at its worst: each pause is as long as it can be, and the sweeper comes every minute meanwhile."""
    monkeypatch.setattr(machine, "_JITTER", 1)

    told = play(story_through("StartAuthorize"), throttled="StartAuthorize", seconds=18 * 60)

    assert (told.endings, told.violations) == (("SUCCEEDED",), ())
