"""The dashboard and the saved queries show what is really counted and logged."""

import json
import re
from typing import Any

import pytest

from devtools.meter.prices import PRICES
from tests.alarms.cloudwatch import COMPOSITE_ALARMS, NOTIFYING
from tests.alarms.failures import healthy
from tests.template.template import FUNCTIONS, RESOURCES, of_type, target
from tests.template.test_alarms import _counted
from tests.workflow.definition import TASKS

(_DASHBOARD,) = of_type("AWS::CloudWatch::Dashboard").values()
_QUERIES = of_type("AWS::Logs::QueryDefinition")
_TEXT: str = _DASHBOARD["DashboardBody"]["Fn::Sub"]
_WIDGETS = [each["properties"] for each in json.loads(_TEXT)["widgets"]]
_GROUPS = of_type("AWS::Logs::LogGroup")


def _metrics() -> list[list[Any]]:
    return [row for widget in _WIDGETS for row in widget.get("metrics", []) if isinstance(row[0], str)]


def _expressions() -> dict[str, str]:
    rows = [row[0] for widget in _WIDGETS for row in widget.get("metrics", []) if isinstance(row[0], dict)]
    return {row["id"]: row["expression"] for row in rows}


def test_every_metric_of_ours_on_the_dashboard_is_counted() -> None:
    ours = [row for row in _metrics() if row[0] == "Reconnect"]

    assert ours
    assert {(row[1], ()) for row in ours} <= _counted()
    assert all(row[2:4] == ["service", "${AWS::StackName}"] for row in ours)


def test_everything_that_the_dashboard_refers_to_is_in_the_stack() -> None:
    named = {name.partition(".")[0] for name in re.findall(r"\$\{([\w.]+)\}", _TEXT)}

    assert named <= {*RESOURCES, "WorkerMemoryMegabytes", "RequestMemoryMegabytes"}


def test_the_sessions_are_shown_by_the_dimensions_that_their_ends_have() -> None:
    assert _expressions()["ends"].startswith('SEARCH(\'{Reconnect,owner,service,status} MetricName="SessionClosed"')
    assert ("SessionClosed", ("owner", "status")) in _counted()


def test_the_dashboard_shows_errors_and_throttles_of_every_function() -> None:
    for name in ("Errors", "Throttles"):
        shown = {row[3].strip("${}") for row in _metrics() if row[:2] == ["AWS/Lambda", name]}
        assert shown == FUNCTIONS.keys()


def test_the_dashboard_shows_every_alarm_that_notifies() -> None:
    (alarms,) = [widget["alarms"] for widget in _WIDGETS if "alarms" in widget]

    assert {name.removeprefix("${").removesuffix(".Arn}") for name in alarms} == NOTIFYING
    assert COMPOSITE_ALARMS.keys() <= NOTIFYING


def test_the_price_of_sessions_has_the_prices_of_the_meter() -> None:
    prices = {price.name: price.dollars for price in PRICES}
    used = dict(re.findall(r"(\w+) \* (0\.\d+)", _expressions()["dollars"]))

    assert {name: float(price) for name, price in used.items()} == pytest.approx(
        {
            "transitions": prices["state transitions"],
            "seconds": prices["Lambda GB-seconds"],
            "requests": prices["Lambda requests"],
        }
    )


def test_the_price_of_sessions_counts_the_transitions_that_the_definition_takes() -> None:
    stack = healthy()
    paths = [execution.path for execution in stack.machine.executions.values()]
    retries = stack.steps - sum(state in TASKS for path in paths for state in path)
    per_run = (sum(map(len, paths)) + retries) / stack.steps

    assert float(_expressions()["transitions"].partition(" * ")[0]) == pytest.approx(per_run, rel=0.1)


def test_there_are_four_saved_queries_over_log_groups_of_the_stack() -> None:
    groups = {target(group) for query in _QUERIES.values() for group in query["LogGroupNames"]}

    assert len(_QUERIES) == 4
    assert groups <= _GROUPS.keys()
    assert groups >= {f"{name}Logs" for name in FUNCTIONS}


def test_a_saved_query_is_named_after_the_stack() -> None:
    names = [query["Name"]["Fn::Sub"] for query in _QUERIES.values()]

    assert all(name.startswith("${AWS::StackName}/") for name in names)


def test_the_access_log_and_the_functions_logs_share_a_request_id() -> None:
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()

    assert json.loads(stage["AccessLogSettings"]["Format"])["functionRequestId"] == "$context.integration.requestId"
