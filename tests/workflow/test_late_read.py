"""Evidence after the session's end starts an execution that only reads."""

from collections.abc import Iterator
from typing import Any

import pytest

from reconnect.model.step import Fetched
from tests.workflow.definition import CHOICES, STATES, TASKS, TOKEN_WAITS, limit, targets
from tests.workflow.evaluating import Assignments, assign, route

_INPUT = {"sessionId": "s", "linkEndsAt": 5, "attempt": 3, "lateRead": True, "waitSeconds": 40}
_ONLY_READS = {"FetchAccounts", "RouteReading", "WaitBeforeFetch", "CloseSession"}


def test_a_late_read_begins_with_the_data_and_not_at_the_bank() -> None:
    way, assigned = route("RouteEntry", states={"input": _INPUT})

    assert way == "WaitBeforeFetch"
    assert STATES[way]["Next"] == "FetchAccounts"
    assert {name: assigned[name] for name in ("sessionId", "linkEndsAt", "attempt", "waitSeconds")} == {
        name: value for name, value in _INPUT.items() if name != "lateRead"
    }


def test_a_late_read_that_an_older_version_started_waits_for_nothing() -> None:
    without = {name: value for name, value in _INPUT.items() if name != "waitSeconds"}

    assert route("RouteEntry", states={"input": without})[1]["waitSeconds"] == 0


def test_a_late_read_starts_no_attempt_and_waits_for_no_user() -> None:
    assert {state for state, _ in _walk()} == _ONLY_READS
    assert not _ONLY_READS & (TOKEN_WAITS.keys() | {"StartAuthorize", "PollAuthorize", "OpenSession", "ContinueAsNew"})


def test_a_late_read_ends_even_if_the_data_is_never_ready() -> None:
    ended_after = [variables["fetches"] for state, variables in _walk() if state == "CloseSession"]

    assert max(ended_after) == limit("RouteReading", "fetches")


@pytest.mark.parametrize("reading", [Fetched.FRESH, Fetched.NOT_FRESH, Fetched.REFUSED])
def test_one_reply_is_enough_for_a_late_read(reading: Fetched) -> None:
    _, begun = route("RouteEntry", states={"input": _INPUT})

    assert _after(reading, begun)[0] == "CloseSession"


def test_a_failed_late_read_ends_too() -> None:
    assert {catch["Next"] for catch in TASKS["FetchAccounts"]["Catch"]} == {"CloseSession"}


def _walk() -> Iterator[tuple[str, Assignments]]:
    """Each state that a late read can reach, whatever it finds, with its variables."""
    state, variables = route("RouteEntry", states={"input": _INPUT})
    ahead = [(state, variables)]
    while ahead:
        state, variables = ahead.pop()
        yield state, variables
        if state == "FetchAccounts":
            yield "RouteReading", variables
            ahead += [_after(reading, variables) for reading in Fetched]
        elif state not in {"CloseSession", *TASKS, *CHOICES}:
            ahead += [(target, variables) for target in targets(state)]


def _after(reading: Fetched, variables: Assignments) -> tuple[str, dict[str, Any]]:
    payload = {"outcome": str(reading), "code": "OPERATION_PENDING", "waitSeconds": 10, "maxRetries": 0}
    read = {**variables, **assign("FetchAccounts", payload, **variables)}
    way, assigned = route("RouteReading", **read)
    return way, {**read, **assigned}
