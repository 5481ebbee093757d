"""The logger, the metrics buffer, and the decorator of every handler."""

import warnings
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import INTENDED

logger = Logger()
# It writes whatever level the logs have.
audit_logger = Logger(child=True, level="INFO")
metrics = Metrics()
# Powertools does not know of the metrics that `count` writes on their own, and would warn at every cold start.
warnings.filterwarnings("ignore", message="No application metrics to publish")
# The layer has no such dependency, see layers/reconnect/build_layer.py.
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")

# Metrics are added from the sweeper's threads too, and Powertools does not guard its buffer.
_one_at_a_time = Lock()

Handler = Callable[[dict[str, Any], LambdaContext], Any]


def count(name: str, **dimensions: str) -> None:
    """Add one to a metric; dimensions must be few and bounded, because each combination costs money."""
    with _one_at_a_time:
        if not dimensions:
            metrics.add_metric(name, MetricUnit.Count, 1)
            return
        # On its own: a dimension would stick to every other metric of the invocation.
        with single_metric(name, MetricUnit.Count, 1, default_dimensions={"service": metrics.service}) as metric:
            for dimension, value in dimensions.items():
                metric.add_dimension(dimension, value)


def measure(name: str, seconds: float, **facts: str) -> None:
    """Record a duration; the facts are in its log line only, so they cost nothing. Never ids."""
    with (
        _one_at_a_time,
        single_metric(name, MetricUnit.Seconds, seconds, default_dimensions={"service": metrics.service}) as metric,
    ):
        for fact, value in facts.items():
            metric.add_metadata(fact, value)


def gauge(name: str, number: int) -> None:
    """Record how many there are now."""
    with _one_at_a_time:
        metrics.add_metric(name, MetricUnit.Count, number)


def observed(handler: Handler) -> Handler:
    """Log with the request's context, count errors that are answers, flush the metrics.

    The event itself is never logged, it holds ids.
    """

    @wraps(handler)
    def counted(event: dict[str, Any], context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        except INTENDED:
            count("ErrorIntended")
            raise

    logged: Handler = logger.inject_lambda_context(counted, log_event=False, clear_state=True)
    flushed: Handler = metrics.log_metrics(logged)
    return flushed


def audit(action: str, session_id: str, caller: str) -> None:
    """Log who did what. `caller`: see `runtime.callers`; `session_id`: "none" if the action is on no single session."""
    audit_logger.info("audit", extra={"action": action, "session_id": session_id, "caller": caller})


def report(event: str, session_id: str, **facts: object) -> None:
    """Log an event of a session. Facts are outcomes, codes and numbers: never a LoginId, a RequestId or a token."""
    logger.info(event, extra={"session_id": session_id, **facts})


def report_failure(failure: Exception) -> None:
    """Log why a request was answered with a server error: the reply does not say it. Our errors name calls, not ids."""
    logger.error("request_failed", extra={"failed": f"{type(failure).__name__}: {failure}"})
