"""Metrics: one line for an invocation, and one line for each metric with dimensions."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from reconnect.model.errors import DataPending, StoreUnavailable
from reconnect.runtime.observability import count, gauge, measure, metrics, observed
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


def test_a_dimension_applies_to_no_other_metric(capsys: pytest.CaptureFixture[str]) -> None:
    run("Plain", outcome="PENDING")

    kept: dict[str, set[str]] = {}
    for line in printed(capsys):
        kept |= dimensions_of(line)
    assert kept == {"Plain": {"service"}, "Dimensioned": {"service", "outcome"}}


def test_a_metric_with_a_dimension_names_its_value_and_service(capsys: pytest.CaptureFixture[str]) -> None:
    run(outcome="PENDING")

    [line] = [line for line in printed(capsys) if "Dimensioned" in line]
    assert (line["Dimensioned"], line["outcome"], line["service"]) == ([1.0], "PENDING", "reconnect")
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Reconnect"


def test_no_count_of_several_threads_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    @observed
    def handler(_event: dict[str, Any], _context: Any) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: count("Plain"), range(4_000)))

    metrics.clear_metrics()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        handler({}, Context())  # type: ignore[arg-type]
    finally:
        sys.setswitchinterval(interval)

    assert sum(sum(line["Plain"]) for line in printed(capsys)) == 4_000


def test_a_metric_counted_twice_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    run("Plain", "Plain", outcome="PENDING")

    [line] = [line for line in printed(capsys) if "Plain" in line]
    assert sum(line["Plain"]) == 2


@pytest.mark.parametrize(("error", "counted"), [(DataPending("an answer"), 1), (StoreUnavailable("a failure"), 0)])
def test_an_error_that_is_an_answer_is_counted_and_a_failure_is_not(
    capsys: pytest.CaptureFixture[str], error: Exception, counted: int
) -> None:
    @observed
    def handler(_event: dict[str, Any], _context: Any) -> None:
        raise error

    metrics.clear_metrics()
    with pytest.raises(type(error)):
        handler({}, Context())  # type: ignore[arg-type]

    assert sum(line.get("ErrorIntended") == [1.0] for line in printed(capsys)) == counted


def test_a_measured_duration_has_its_facts_in_the_log_and_not_as_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    measure("FlinksSeconds", 1.5, call="read_authorize")

    [line] = printed(capsys)
    assert (line["FlinksSeconds"], line["call"]) == ([1.5], "read_authorize")
    assert dimensions_of(line) == {"FlinksSeconds": {"service"}}
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] == "Seconds"


def test_a_gauge_is_the_number_that_there_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    @observed
    def handler(_event: dict[str, Any], _context: Any) -> None:
        gauge("SessionsLive", 0)

    metrics.clear_metrics()
    handler({}, Context())  # type: ignore[arg-type]

    [line] = printed(capsys)
    assert line["SessionsLive"] == [0.0]
