"""CloudWatch, as far as our alarms need it: metrics by the minute, and the states of the template's alarms.

An alarm is evaluated every minute, over the periods that end then. If points are missing, CloudWatch looks further back
than the alarm's periods, and AWS does not say how far; so an alarm rings here only if it rings without that, and is
silent only if it is silent with it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.alarms.metric_math import Point, evaluate
from tests.template.template import TEMPLATE, of_type, target

STACK = "reconnect"
_MINUTE = 60
# How much further back than its periods an alarm may look for points.
_FURTHER = 2
_MOST_METRICS = 10

Dimensions = frozenset[tuple[str, str]]


@dataclass
class _Minute:
    total: float = 0
    samples: int = 0
    largest: float = float("-inf")


@dataclass(frozen=True)
class Metric:
    """A metric with one combination of dimensions."""

    namespace: str
    name: str
    dimensions: Dimensions


def _minutes() -> dict[int, _Minute]:
    return defaultdict(_Minute)


class Metrics:
    """All metrics of an account, by the minute."""

    def __init__(self) -> None:
        self._minutes: dict[Metric, dict[int, _Minute]] = defaultdict(_minutes)

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._minutes)

    def add(self, namespace: str, name: str, value: float, at: datetime, **dimensions: str) -> None:
        """Add one value."""
        self.add_to(Metric(namespace, name, frozenset(dimensions.items())), value, at)

    def add_to(self, metric: Metric, value: float, at: datetime, samples: int = 1) -> None:
        """Add a value, or as many of it as there are samples."""
        minute = self._minutes[metric][_minute_of(at)]
        minute.total += value * samples
        minute.samples += samples
        minute.largest = max(minute.largest, value)

    def add_log_line(self, line: str, at: datetime) -> None:
        """Add the metrics of a log line in the Embedded Metric Format; other lines have none."""
        if '"CloudWatchMetrics"' not in line:
            return
        found = json.loads(line)
        for directive in found["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                for metric in directive["Metrics"]:
                    values = found[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        dimensions = {name: found[name] for name in names}
                        self.add(directive["Namespace"], metric["Name"], value, at, **dimensions)

    def read(self, metric: Metric, statistic: str, begin: int, end: int) -> Point:
        """Return a statistic over the minutes from `begin` up to `end`; None if there is no value."""
        minutes = [found for at, found in self._minutes.get(metric, {}).items() if begin <= at < end]
        if not minutes:
            return None
        match statistic:
            case "Sum":
                return sum(each.total for each in minutes)
            case "SampleCount":
                return sum(each.samples for each in minutes)
            case "Maximum":
                return max(each.largest for each in minutes)
        raise ValueError(f"the statistic {statistic} is not known here")


def _minute_of(at: datetime) -> int:
    return int(at.timestamp()) // _MINUTE


class Alarm:
    """A metric alarm of the template."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self._compare = _COMPARISONS[properties["ComparisonOperator"]]
        self._threshold = float(_value(properties["Threshold"]))
        self._periods = int(properties["EvaluationPeriods"])
        self._to_alarm = int(properties.get("DatapointsToAlarm", self._periods))
        self._is_missing_bad = {"breaching": True, "notBreaching": False}[properties["TreatMissingData"]]
        queries = {
            query["Id"]: query for query in properties.get("Metrics", [{"Id": "alarm", "MetricStat": properties}])
        }
        self.expression = queries["alarm"].get("Expression", "alarm")
        self.metrics = {
            name: _read_query(query["MetricStat"]) for name, query in queries.items() if "MetricStat" in query
        }
        assert len(self.metrics) <= _MOST_METRICS, "CloudWatch takes no more metrics in an alarm"
        (self._minutes,) = {minutes for _, _, minutes in self.metrics.values()}

    def rings(self, metrics: Metrics, at: datetime) -> bool:
        """Whether it is in the state ALARM in any case."""
        return self._is_breaching(metrics, at, further=0) and self._is_breaching(metrics, at, further=_FURTHER)

    def may_ring(self, metrics: Metrics, at: datetime) -> bool:
        """Whether it is in the state ALARM if CloudWatch looks further back, or if it does not."""
        return self._is_breaching(metrics, at, further=0) or self._is_breaching(metrics, at, further=_FURTHER)

    def _is_breaching(self, metrics: Metrics, at: datetime, *, further: int) -> bool:
        points = [self._point(metrics, at, period) for period in range(self._periods + further)]
        present = [self._compare(point, self._threshold) for point in points if point is not None]
        missing = max(0, self._periods - len(present))
        judged = [*present[: self._periods], *[self._is_missing_bad] * missing]
        return sum(judged) >= self._to_alarm

    def _point(self, metrics: Metrics, at: datetime, period: int) -> Point:
        end = _minute_of(at) - period * self._minutes
        points = {
            name: metrics.read(metric, statistic, end - self._minutes, end)
            for name, (metric, statistic, _) in self.metrics.items()
        }
        if self.expression == "alarm":
            return points["alarm"]
        return evaluate(self.expression, points)


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


def _read_query(query: Mapping[str, Any]) -> tuple[Metric, str, int]:
    """Return the metric, its statistic, and its period in minutes."""
    named = query.get("Metric", query)
    dimensions = frozenset((each["Name"], _value(each["Value"])) for each in named["Dimensions"])
    metric = Metric(named["Namespace"], named["MetricName"], dimensions)
    return metric, query.get("Stat") or query["Statistic"], int(_value(query["Period"])) // _MINUTE


def _value(value: Any) -> str:
    """What CloudFormation puts in place of a value: for a resource, its logical id."""
    if isinstance(value, dict) and "Fn::FindInMap" in value:
        name, *keys = value["Fn::FindInMap"]
        found = TEMPLATE["Mappings"][name]
        for key in keys:
            found = found[key]
        return str(found)
    named = target(value)
    return STACK if named == "AWS::StackName" else named


METRIC_ALARMS = {name: Alarm(properties) for name, properties in of_type("AWS::CloudWatch::Alarm").items()}
COMPOSITE_ALARMS: dict[str, str] = {
    name: target(properties["AlarmRule"]) for name, properties in of_type("AWS::CloudWatch::CompositeAlarm").items()
}
# Those that notify somebody: the windows of a composite alarm do not.
NOTIFYING = {
    name
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    for name, properties in of_type(kind).items()
    if "AlarmActions" in properties
}

_ALARM = re.compile(r'ALARM\("\$\{(\w+)\}"\)')


def ringing(metrics: Metrics, at: datetime, *, maybe: bool = False) -> set[str]:
    """Return the alarms that notify somebody now; `maybe`: also those on which AWS does not say enough."""
    state = {
        name: alarm.may_ring(metrics, at) if maybe else alarm.rings(metrics, at)
        for name, alarm in METRIC_ALARMS.items()
    }
    for name, rule in COMPOSITE_ALARMS.items():
        parts: Iterable[str] = _ALARM.findall(rule)
        state[name] = bool(evaluate(_ALARM.sub(r"\1", rule), {part: float(state[part]) for part in parts}))
    return {name for name in NOTIFYING if state[name]}
