"""Each state by itself: its form, its time limit, and its catches."""

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


def test_every_state_has_a_one_line_comment() -> None:
    comments = {name: state.get("Comment", "") for name, state in STATES.items()}

    assert [name for name, comment in comments.items() if not comment.endswith(".") or "\n" in comment] == []


def test_every_state_is_written_in_the_same_order() -> None:
    written = {
        name: [key for key in state if key != "Seconds"]
        for name, state in STATES.items()
        if state["Type"] in ("Task", "Wait")
    }

    assert written == {name: [key for key in _ORDER if key in keys] for name, keys in written.items()}


def test_every_task_has_a_time_limit() -> None:
    assert [name for name, task in TASKS.items() if "TimeoutSeconds" not in task] == []


def test_a_wait_for_the_user_first_catches_its_timeout() -> None:
    assert [name for name, wait in TOKEN_WAITS.items() if wait["Catch"][0]["ErrorEquals"][0] != "States.Timeout"] == []


def test_every_failure_of_a_task_leads_to_an_ending() -> None:
    caught = {name: task["Catch"] for name, task in TASKS.items() if name != "CloseSession"}
    endings = ("CloseSession", "RequestRefused", "FollowingFailed")
    reason = {"reason": "{% $states.errorOutput.Error %}"}

    assert [name for name, (*_, last) in caught.items() if last["ErrorEquals"] != ["States.ALL"]] == []
    assert [
        name for name, (*_, last) in caught.items() if last["Assign"] != reason or last["Next"] not in endings
    ] == []
    assert [name for name, (*named, _) in caught.items() if "States.ALL" in str(named)] == []


def test_the_ending_gives_up_only_for_an_erased_session() -> None:
    assert [catch["ErrorEquals"] for catch in TASKS["CloseSession"]["Catch"]] == [["SessionNotFound"]]


def test_the_machine_outlives_the_longest_link_but_not_forever() -> None:
    longest_link = MAX_LINK_LIFETIME_HOURS * 3600

    assert longest_link < MACHINE["TimeoutSeconds"] <= longest_link * 1.1
