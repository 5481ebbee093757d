"""The logger, the metrics buffer, and the decorator of every handler."""

import warnings
from collections.abc import Callable
from threading import Lock
from typing import Any

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import SecretsUnavailable

logger = Logger()
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


def observed(handler: Handler) -> Handler:
    """Log with the request's context, flush the metrics; the event itself is never logged, it holds ids."""
    logged: Handler = logger.inject_lambda_context(handler, log_event=False, clear_state=True)
    flushed: Handler = metrics.log_metrics(logged)
    return flushed


def report(event: str, session_id: str, **facts: object) -> None:
    """Log an event of a session. Facts are outcomes, codes and numbers: never a LoginId, a RequestId or a token."""
    logger.info(event, extra={"session_id": session_id, **facts})


def report_secret_fault(problem: Exception) -> None:
    """Log what is wrong with a secret, which no caller can mend; other problems are not logged here.

    The sentence names the field and never quotes it.
    """
    if isinstance(problem, SecretsUnavailable):
        logger.error("secret_unavailable", extra={"fault": str(problem)})
