"""The evaluator of alarms: metric math, M out of N, and missing points as CloudWatch's documents describe them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.alarms.cloudwatch import Alarm, Metrics
from tests.alarms.metric_math import MathError, evaluate
from tests.fakes.clock import NOW

START = NOW.replace(second=0, microsecond=0)


def an_alarm(**changes: Any) -> Alarm:
    return Alarm(
        {
            "Namespace": "Reconnect",
            "MetricName": "Counted",
            "Dimensions": [],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 3,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 5,
            "TreatMissingData": "notBreaching",
            **changes,
        }
    )


def minutes(points: str) -> Metrics:
    """One minute for each letter: X is above the threshold, 0 is below, - is missing."""
    metrics = Metrics()
    for minute, point in enumerate(points):
        if point != "-":
            metrics.add("Reconnect", "Counted", 9 if point == "X" else 0, START + timedelta(minutes=minute))
    return metrics


# The columns for three of three points in "How alarm state is evaluated when data is missing".
@pytest.mark.parametrize(
    ("points", "if_breaching", "if_not_breaching"),
    [
        ("0-X-X", False, False),
        ("-----", True, False),
        ("0X-X-", False, False),
        ("0XX-X", True, True),
        ("XXXXX", True, True),
        ("----X", True, False),
        ("--X--", True, False),
        ("0----", False, False),
    ],
)
def test_missing_points_count_as_the_documents_say(points: str, *, if_breaching: bool, if_not_breaching: bool) -> None:
    end = START + timedelta(minutes=len(points))

    bad = an_alarm(TreatMissingData="breaching")._is_breaching(minutes(points), end, further=2)
    good = an_alarm(TreatMissingData="notBreaching")._is_breaching(minutes(points), end, further=2)

    assert (bad, good) == (if_breaching, if_not_breaching)


@pytest.mark.parametrize(("points", "rings"), [("XX000", False), ("X0X00", False), ("00XX0", True), ("000XX", True)])
def test_m_of_n_points_ring_an_alarm(points: str, *, rings: bool) -> None:
    alarm = an_alarm(EvaluationPeriods=3, DatapointsToAlarm=2)

    assert alarm.rings(minutes(points), START + timedelta(minutes=5)) is rings


def test_a_longer_period_is_evaluated_every_minute_over_the_time_that_ends_then() -> None:
    alarm = an_alarm(Period=300, EvaluationPeriods=1)
    metrics = minutes("X")

    assert [alarm.rings(metrics, START + timedelta(minutes=end)) for end in range(7)] == [False, *[True] * 5, False]


def test_an_alarm_rings_only_for_certain_and_is_silent_only_for_certain() -> None:
    alarm, end = an_alarm(EvaluationPeriods=1), START + timedelta(minutes=2)

    assert (alarm.rings(minutes("X-"), end), alarm.may_ring(minutes("X-"), end)) == (False, True)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 - 4 / 2", 5),
        ("(1 + 2) * 3", 9),
        ("7 - 2 - 1", 4),
        ("FILL(missing, 0) + FILL(present, 0)", 8),
        ("IF(FILL(present, 0) >= 3 AND FILL(present, 0) < 9, 1, 0)", 1),
        ("IF(1 > 2 OR 3 > 2, present, missing)", 8),
        ("IF(FILL(missing, 0) > 0, 1 / FILL(missing, 0), 0)", 0),
    ],
)
def test_metric_math(expression: str, value: float) -> None:
    assert evaluate(expression, {"missing": None, "present": 8.0}) == value


@pytest.mark.parametrize(
    "expression", ["missing + 1", "IF(missing > 1, 1, 0)", "1 / 0", "1 +", "RATE(present)", "(1", "1 2"]
)
def test_what_is_not_certain_on_aws_is_refused(expression: str) -> None:
    with pytest.raises(MathError):
        evaluate(expression, {"missing": None, "present": 8.0})


def test_a_log_line_in_the_embedded_metric_format_counts_each_of_its_values() -> None:
    line = (
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "Reconnect", "Dimensions": [[]], '
        '"Metrics": [{"Name": "Counted"}]}]}, "Counted": [2, 3.0]}'
    )
    metrics = Metrics()
    metrics.add_log_line(line, START)

    assert an_alarm(EvaluationPeriods=1).rings(metrics, START + timedelta(minutes=1))
