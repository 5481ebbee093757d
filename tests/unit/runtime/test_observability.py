"""Metrics: one line with what an invocation counted, and what has dimensions on lines of its own."""

import json
from typing import Any

import pytest

from reconnect.runtime.observability import count, metrics, observed
from tests.fakes.lambda_runtime import Context


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = (line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    return [json.loads(line) for line in lines]


def dimensions_of(line: dict[str, Any]) -> dict[str, set[str]]:
    """The dimensions of each metric in a line."""
    [directive] = line["_aws"]["CloudWatchMetrics"]
    return {metric["Name"]: set(directive["Dimensions"][0]) for metric in directive["Metrics"]}


def run(*names: str, **dimensions: str) -> None:
    @observed
    def handler(_event: dict[str, Any], _context: Any) -> None:
        for name in names:
            count(name)
        count("Dimensioned", **dimensions)

    metrics.clear_metrics()
    handler({}, Context())  # type: ignore[arg-type]


def test_a_dimension_sticks_to_no_other_metric_of_the_invocation(capsys: pytest.CaptureFixture[str]) -> None:
    run("Plain", outcome="PENDING")

    kept: dict[str, set[str]] = {}
    for line in printed(capsys):
        kept |= dimensions_of(line)
    assert kept == {"Plain": {"service"}, "Dimensioned": {"service", "outcome"}}


def test_a_metric_with_a_dimension_says_its_value_and_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    run(outcome="PENDING")

    [line] = [line for line in printed(capsys) if "Dimensioned" in line]
    assert (line["Dimensioned"], line["outcome"], line["service"]) == ([1.0], "PENDING", "reconnect")
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Reconnect"


def test_what_is_counted_twice_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    run("Plain", "Plain", outcome="PENDING")

    [line] = [line for line in printed(capsys) if "Plain" in line]
    assert sum(line["Plain"]) == 2
