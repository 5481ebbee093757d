"""Each alarm watches figures that exist, and the operations page says what to do when it goes off."""

import re
from collections import Counter
from pathlib import Path

import pytest

from reconnect.model.outcomes import Outcome
from reconnect.model.step import Fetched
from tests.alarms.cloudwatch import COMPOSITE_ALARMS, METRIC_ALARMS, NOTIFYING, STACK, Metric
from tests.alarms.metric_math import evaluate
from tests.template.template import FUNCTIONS, RESOURCES, TEMPLATE, of_type

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = (_ROOT / "docs" / "operations.md").read_text()
_ALARMS = of_type("AWS::CloudWatch::Alarm")
_COMPOSITE = of_type("AWS::CloudWatch::CompositeAlarm")
_WINDOWS = TEMPLATE["Mappings"]["Windows"]
_MONTH_SECONDS = 30 * 24 * 3600
# From the "Metrics" pages of each service: the names, and the dimension that selects one resource.
_AWS = {
    ("AWS/Lambda", "Invocations"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/Lambda", "Errors"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/Lambda", "Throttles"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/Lambda", "IteratorAge"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/States", "ExecutionsFailed"): ("StateMachineArn", "AWS::Serverless::StateMachine"),
    ("AWS/States", "ExecutionThrottled"): ("StateMachineArn", "AWS::Serverless::StateMachine"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("QueueName", "AWS::SQS::Queue"),
    ("AWS/ApiGateway", "5xx"): ("ApiId", "AWS::ApiGatewayV2::Api"),
    ("AWS/ApiGateway", "Count"): ("ApiId", "AWS::ApiGatewayV2::Api"),
}
# How many values a dimension may have; ExecutionBroken has the statuses of its rule, SessionClosed pairs.
_VALUES = {
    ("AuthorizeStarted", ("outcome",)): len(Outcome),
    ("AuthorizePolled", ("outcome",)): len(Outcome),
    ("AccountsFetched", ("outcome",)): len(Fetched),
    ("ExecutionBroken", ("status",)): 3,
    # FAILED with each of four owners; five other statuses, each with one.
    ("SessionClosed", ("owner", "status")): 9,
}


def _counted() -> set[tuple[str, tuple[str, ...]]]:
    """Every metric of ours, with its dimensions; facts of a measured duration are none."""
    sources = [*_ROOT.glob("functions/*/app.py"), *_ROOT.glob("layers/reconnect/reconnect/**/*.py")]
    found: set[tuple[str, tuple[str, ...]]] = set()
    for text in (path.read_text() for path in sources):
        found |= {(name, ()) for name in re.findall(r'(?:measure|gauge)\("(\w+)"', text)}
        for first, second, dimensions in re.findall(
            r'count\("(\w+)"(?: if [^)]*? else "(\w+)")?((?:, \w+=[^,)]+)*)\)', text
        ):
            names = tuple(sorted(re.findall(r"(\w+)=", dimensions)))
            found |= {(name, names) for name in (first, second) if name}
    return found


def _watched(name: str) -> list[Metric]:
    return [metric for metric, _, _ in METRIC_ALARMS[name].metrics.values()]


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_on_our_metrics_has_the_dimensions_they_are_counted_with(name: str) -> None:
    for metric in _watched(name):
        if metric.namespace == "Reconnect":
            dimensions = dict(metric.dimensions)
            assert dimensions.pop("service") == STACK
            assert (metric.name, tuple(sorted(dimensions))) in _counted()


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_on_aws_metrics_selects_resources_of_the_stack(name: str) -> None:
    for metric in _watched(name):
        if metric.namespace != "Reconnect":
            ((dimension, resource),) = metric.dimensions
            expected, resource_type = _AWS[metric.namespace, metric.name]
            assert dimension == expected
            assert RESOURCES[resource.partition(".")[0]]["Type"] == resource_type


@pytest.mark.parametrize("name", [name for name, alarm in _ALARMS.items() if "Metrics" in alarm])
def test_an_expression_depends_on_no_metric_that_may_be_missing(name: str) -> None:
    alarm = METRIC_ALARMS[name]

    assert evaluate(alarm.expression, dict.fromkeys(alarm.metrics)) == 0


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_errors_and_throttles_of_every_function_are_watched(metric: str) -> None:
    shared = {name for name in _ALARMS if len(METRIC_ALARMS[name].metrics) > 2}
    watched = [
        dict(each.dimensions).get("FunctionName") for name in shared for each in _watched(name) if each.name == metric
    ]

    assert sorted(filter(None, watched)) == sorted(FUNCTIONS)


@pytest.mark.parametrize("name", _ALARMS)
def test_only_the_sweeper_alarms_on_missing_data(name: str) -> None:
    assert _ALARMS[name]["TreatMissingData"] == ("breaching" if name == "SweeperNotRunning" else "notBreaching")


@pytest.mark.parametrize("name", sorted(NOTIFYING))
def test_an_alarm_notifies_the_topic_of_its_start_and_its_end(name: str) -> None:
    topic = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    alarm = {**_ALARMS, **_COMPOSITE}[name]

    assert alarm["AlarmActions"] == alarm["OKActions"] == topic


def test_each_alarm_that_notifies_nobody_is_a_window_of_one_that_does() -> None:
    windows = Counter(window for rule in COMPOSITE_ALARMS.values() for window in re.findall(r"\$\{(\w+)\}", rule))

    assert windows == Counter(_ALARMS.keys() - NOTIFYING)


def test_a_window_burns_the_part_of_a_months_budget_that_its_comment_says() -> None:
    parts = {name: float(each["Seconds"]) * float(each["Burn"]) / _MONTH_SECONDS for name, each in _WINDOWS.items()}

    assert parts["Hours1"] == pytest.approx(1 / 50)
    assert parts["Hours6"] == pytest.approx(1 / 20)
    # The short window says that it still burns.
    assert parts["Minutes5"] * 12 == pytest.approx(parts["Hours1"])
    assert parts["Minutes30"] * 12 == pytest.approx(parts["Hours6"])


def test_the_operations_page_says_what_to_do_about_each_alarm() -> None:
    assert {row[0].strip("`") for row in _rows("| alarm | what happened | what to do |")} == NOTIFYING


def test_the_operations_page_states_each_objective_as_its_alarm_has_it() -> None:
    stated = {
        alarm.strip("`"): percent
        for _, percent, _, alarm in _rows("| objective | share in 30 days | measured as | alarm |")
    }
    budgets = {
        name: re.search(r"\* (0\.\d+)\)", METRIC_ALARMS[f"{name}Minutes5".replace("Burning", "Burn")].expression)
        for name in _COMPOSITE
    }

    assert stated == {name: f"{100 - 100 * float(found[1]):g} %" for name, found in budgets.items() if found}


def test_the_operations_page_says_how_many_metrics_and_alarms_are_billed() -> None:
    metrics = sum(_VALUES[each] if each[1] else 1 for each in _counted())
    watched = sum(len(alarm.metrics) for alarm in METRIC_ALARMS.values())

    assert f"at most {metrics} custom metrics" in _PAGE
    assert f"{watched} metrics in alarms and {len(_COMPOSITE)} composite alarms" in _PAGE


def _rows(head: str) -> list[list[str]]:
    _, found, below = _PAGE.partition(f"{head}\n")
    assert found, head
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in below.partition("\n\n")[0].splitlines()[1:]]
