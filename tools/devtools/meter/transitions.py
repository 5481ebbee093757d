"""State transitions of one execution, counted from its history."""

from collections.abc import Iterable, Mapping
from typing import Any


def count_transitions(events: Iterable[Mapping[str, Any]]) -> int:
    """Count each entered state and each retry; for state machines without parallel branches."""
    entered = retries = scheduled = 0
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            entered += 1
            scheduled = 0
        elif kind in ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"):
            scheduled += 1
            retries += scheduled > 1
    return entered + retries
