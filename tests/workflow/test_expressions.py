"""Every JSONata expression: it parses, it has a value, and every variable in it has one before."""

from collections.abc import Iterator
from typing import Any

import jsonata
import pytest

from tests.workflow.definition import MACHINE, STATES, TASKS, expressions, function_of, variables, ways
from tests.workflow.evaluating import evaluate, route, text_of
from tests.workflow.samples import ANSWERING, answer_of

_VARIABLES: dict[str, Any] = {
    "sessionId": "0123456789abcdef",
    "linkEndsAt": 4_102_444_800,
    "joined": False,
    "ended": False,
    "summary": {"status": "SUCCEEDED"},
    "attempt": 1,
    "retries": 0,
    "maxRetries": 3,
    "maxPolls": 40,
    "polls": 0,
    "fetches": 0,
    "waits": 0,
    "looks": 0,
    "staleReads": 0,
    "linkEnded": False,
    "absent": False,
    "clicked": False,
    "seen": "2026-11-22T00:00:00Z 1 OPERATION_PENDING",
    "waitSeconds": 2,
    "outcome": "PENDING",
    "reading": "PENDING",
    "reason": "OPERATION_PENDING",
    "cause": "redirect",
}
_STATES = {
    "input": {
        "sessionId": "0123456789abcdef",
        "linkEndsAt": 4_102_444_800,
        "attempt": 2,
        "lateRead": True,
        "waitSeconds": 10,
    },
    "context": {
        "Execution": {"Name": "execution"},
        "StateMachine": {"Id": "arn:aws:states:ca-central-1:123456789012:stateMachine:reconnect"},
        "State": {"Name": "AwaitClick", "EnteredTime": "2026-11-22T00:00:00.000Z", "RetryCount": 0},
        "Task": {"Token": "token"},
    },
    "errorOutput": {"Error": "FlinksUnavailable", "Cause": "no answer"},
}
_ALL = [(name, expression) for name, state in STATES.items() for expression in expressions(state)]


@pytest.fixture
def results() -> dict[str, Any]:
    """A sample result of each Task."""
    answers: dict[str, Any] = {name: {"Payload": answer_of(name)} for name in ANSWERING}
    return {**answers, "AwaitClick": {"cause": "click"}, "AwaitRedirect": {"cause": "redirect"}}


def test_every_expression_has_a_value(results: dict[str, Any]) -> None:
    def value_of(name: str, expression: str) -> Any:
        try:
            return evaluate(expression, states={**_STATES, "result": results.get(name)}, **_VARIABLES)
        except jsonata.JException as error:
            raise AssertionError(f"{name}: {expression}") from error

    assert [f"{name}: {expression}" for name, expression in _ALL if value_of(name, expression) is None] == []


def test_the_samples_name_exactly_the_variables_that_the_workflow_assigns() -> None:
    assert _VARIABLES.keys() == {variable for way in ways() for variable in way.assigns}


def test_no_state_reads_a_variable_that_some_path_leaves_unassigned() -> None:
    assigned = _assigned_before()
    read = {
        name: {variable for expression in expressions(state) for variable in variables(expression)}
        for name, state in STATES.items()
    }

    assert {name: read[name] - assigned[name] for name in STATES if read[name] - assigned[name]} == {}


def test_every_assigned_variable_is_read() -> None:
    read = {variable for name, expression in _ALL for variable in variables(expression)}

    assert {variable for way in ways() for variable in way.assigns} <= read


def test_every_wait_may_be_zero_seconds() -> None:
    waits = {name: text_of(state["Seconds"]) for name, state in STATES.items() if "Seconds" in state}

    assert {name: evaluate(expression, waitSeconds=0) for name, expression in waits.items()} == dict.fromkeys(waits, 0)


def test_a_new_execution_resets_all_counters_but_the_attempt() -> None:
    handed_on = {"sessionId": "s", "linkEndsAt": 5, "attempt": 7}
    _, assigned = route("RouteEntry", states={"input": handed_on})

    assert {name: assigned.pop(name) for name in handed_on} == handed_on
    assert not any(assigned.values())


def test_all_entries_assign_the_same_counters() -> None:
    late, parked, entered = (choice["Assign"] for choice in STATES["RouteEntry"]["Choices"])
    opened = TASKS["OpenSession"]["Assign"]
    attempt = _constants(TASKS["StartAuthorize"]["Assign"])

    # The user of a session that was only just opened has not clicked.
    assert _constants(entered) == _constants(opened) - {("attempt", 1), ("clicked", False)}
    assert opened.keys() - entered.keys() == {"joined"}
    # A late read starts without an attempt, and with no stale reads left; it never asks the user.
    only_late = dict(_constants(late) - _constants(entered) - attempt)
    assert only_late.keys() == {"outcome", "staleReads", "polls", "absent", "clicked"}
    assert late.keys() - entered.keys() == {"outcome", "waitSeconds", "polls", *dict(attempt)}
    # Evidence for a parked session starts in its last attempt.
    assert dict(_constants(parked) - _constants(entered) - attempt).keys() == {"waitSeconds", "polls"}
    assert parked.keys() - entered.keys() == {"waitSeconds", "polls", *dict(attempt)}


def test_an_ended_link_leaves_one_second_of_waiting() -> None:
    expression = text_of(TASKS["AwaitClick"]["TimeoutSeconds"])

    assert evaluate(expression, linkEndsAt=0) == 1
    assert isinstance(evaluate(expression, linkEndsAt=4_102_444_800), int)


def test_a_state_reads_only_what_its_function_returns() -> None:
    missing = {
        name: {part for expression in expressions(STATES[name]) for part in _payload_keys(expression)}
        - answer_of(name).keys()
        for name in ANSWERING
    }

    assert {name: parts for name, parts in missing.items() if parts} == {}


def test_each_task_is_answered_by_the_function_of_its_name() -> None:
    assert [name for name in ANSWERING if function_of(TASKS[name]) != name] == []


def _constants(assigned: dict[str, Any]) -> set[tuple[str, Any]]:
    return {(name, value) for name, value in assigned.items() if not str(value).startswith("{%")}


def _payload_keys(expression: str) -> Iterator[str]:
    marker = "$states.result.Payload."
    for piece in expression.split(marker)[1:]:
        yield piece.split()[0].rstrip(")")


def _assigned_before() -> dict[str, frozenset[str]]:
    """The variables that have a value on every path to each state: the largest solution over the graph."""
    everything = frozenset(_VARIABLES)
    before: dict[str, frozenset[str]] = dict.fromkeys(STATES, everything) | {MACHINE["StartAt"]: frozenset[str]()}
    while True:
        after = {
            # An unreachable state, which another test forbids, lacks nothing here.
            state: everything.intersection(
                *[before[way.source] | way.assigns for way in ways() if way.target == state],
                *([frozenset[str]()] if state == MACHINE["StartAt"] else []),
            )
            for state in STATES
        }
        if after == before:
            return before
        before = after
