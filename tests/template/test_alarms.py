"""Each alarm watches a figure that exists, and the operations page says what to do when it goes off."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.template.template import RESOURCES, TEMPLATE, of_type, target

_ROOT = Path(__file__).resolve().parents[2]
_ALARMS = of_type("AWS::CloudWatch::Alarm")
_OURS = {name: alarm for name, alarm in _ALARMS.items() if alarm["Namespace"] == "Reconnect"}
# From the "Metrics" pages of Lambda, SQS and API Gateway: the names, and the dimension that selects one resource.
_AWS = {
    ("AWS/Lambda", "Invocations"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/Lambda", "Errors"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/Lambda", "IteratorAge"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("QueueName", "AWS::SQS::Queue"),
    ("AWS/ApiGateway", "5xx"): ("ApiId", "AWS::ApiGatewayV2::Api"),
}


def dimensions_of(alarm: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: target(each["Value"]) for each in alarm["Dimensions"]}


@pytest.mark.parametrize("name", _OURS)
def test_an_alarm_on_our_metric_has_the_dimensions_it_is_counted_with(name: str) -> None:
    sources = [*_ROOT.glob("functions/*/app.py"), *_ROOT.glob("layers/reconnect/reconnect/**/*.py")]
    counted = {found for path in sources for found in re.findall(r'count\("(\w+)"(?:, (\w+)=)?', path.read_text())}
    dimensions = dimensions_of(_OURS[name])

    assert (
        dimensions.pop("service")
        == TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]["Ref"]
    )
    assert (_OURS[name]["MetricName"], "".join(dimensions)) in counted


@pytest.mark.parametrize("name", sorted(_ALARMS.keys() - _OURS.keys()))
def test_an_alarm_on_an_aws_metric_selects_one_resource_of_the_stack(name: str) -> None:
    alarm = _ALARMS[name]
    ((dimension, resource),) = dimensions_of(alarm).items()
    expected, resource_type = _AWS[alarm["Namespace"], alarm["MetricName"]]

    assert dimension == expected
    assert RESOURCES[resource.partition(".")[0].strip("${}")]["Type"] == resource_type


@pytest.mark.parametrize("name", _ALARMS)
def test_only_the_sweeper_alarms_on_missing_data(name: str) -> None:
    assert _ALARMS[name]["TreatMissingData"] == ("breaching" if name == "SweeperNotRunning" else "notBreaching")


@pytest.mark.parametrize("name", _ALARMS)
def test_an_alarm_notifies_the_topic_of_its_start_and_its_end(name: str) -> None:
    topic = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}

    assert _ALARMS[name]["AlarmActions"] == _ALARMS[name]["OKActions"] == topic


def test_the_operations_page_says_what_to_do_about_each_alarm() -> None:
    _, _, below = (_ROOT / "docs" / "operations.md").read_text().partition("| alarm | what happened | what to do |\n")
    rows = below.partition("\n\n")[0].splitlines()[1:]

    assert {row.split("|")[1].strip(" `") for row in rows} == _ALARMS.keys()
