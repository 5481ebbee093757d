"""Each state by itself: how it reads, how long it may take, and what it catches."""

import pytest

from reconnect.model.open_request import MAX_LINK_LIFETIME_HOURS
from tests.workflow.definition import MACHINE, STATES, TASKS, TOKEN_WAITS

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


def test_the_ending_gives_up_only_when_there_is_nothing_to_end() -> None:
    assert [catch["ErrorEquals"] for catch in TASKS["CloseSession"]["Catch"]] == [["SessionNotFound"]]


def test_the_machine_outlives_the_longest_link_but_not_for_ever() -> None:
    longest_link = MAX_LINK_LIFETIME_HOURS * 3600

    assert longest_link < MACHINE["TimeoutSeconds"] <= longest_link * 1.1
