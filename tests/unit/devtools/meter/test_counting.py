"""Transitions, invocations and other requests are counted as billed."""

import pytest

from devtools.meter.invocations import Invocations, read_log
from devtools.meter.meter import usage_of
from devtools.meter.transitions import count_transitions
from devtools.meter.usage import Usage


def events(*kinds: str) -> list[dict[str, str]]:
    return [{"type": kind} for kind in kinds]


def test_each_state_that_is_entered_is_a_transition() -> None:
    history = events(
        "ExecutionStarted", "ChoiceStateEntered", "ChoiceStateExited", "WaitStateEntered", "WaitStateExited",
        "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
    )  # fmt: skip

    assert count_transitions(history) == 3


def test_each_retry_is_a_transition_too() -> None:
    history = events(
        "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed", "TaskScheduled", "TaskStarted", "TaskFailed",
        "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "TaskStateEntered", "TaskScheduled",
    )  # fmt: skip

    assert count_transitions(history) == 1 + 2 + 1


def test_an_invocation_counts_its_billed_time_at_the_configured_memory() -> None:
    report = (
        "REPORT RequestId: 1\tDuration: 99.1 ms\tBilled Duration: 100 ms\tMemory Size: 512 MB\tMax Memory Used: 9 MB"
    )

    found = read_log(["START RequestId: 1", "é", report])

    assert found == Invocations(count=1, gb_seconds=0.05, log_bytes=18 + 2 + len(report) + 3 * 26)


@pytest.mark.parametrize(
    ("service", "action", "sizes", "usage"),
    [
        ("execute-api", "GET", [0], Usage(http_requests=1)),
        ("execute-api", "POST", [512 * 1024 + 1], Usage(http_requests=2)),
        ("events", "PutEvents", [300, 64 * 1024 + 1], Usage(events=3)),
        ("events", "PutRule", [], Usage()),
        ("secretsmanager", "GetSecretValue", [], Usage(secret_reads=1)),
        ("s3", "PUT", [], Usage(s3_puts=1)),
        ("s3", "GET", [], Usage(s3_gets=1)),
        ("s3", "DELETE", [], Usage()),
    ],
)
def test_a_request_counts_as_its_service_bills_it(service: str, action: str, sizes: list[int], usage: Usage) -> None:
    assert usage_of({"service": service, "action": action, "sizes": sizes}) == usage


@pytest.mark.parametrize(
    ("pk", "usage"), [("SESSION#1", Usage(write_units=1)), ("HEALTH#2026", Usage(gathered_units=1))]
)
def test_counters_that_aws_gathers_are_counted_apart(pk: str, usage: Usage) -> None:
    item = {"pk": {"S": pk}, "sk": {"S": "x"}}
    touched = {"old": None, "asked": None, "new": item, "schema": {"keys": ["pk", "sk"], "indexes": []}}

    counted = usage_of({"service": "dynamodb", "action": "PutItem", "refused": False, "touched": [touched]})

    assert counted == usage
