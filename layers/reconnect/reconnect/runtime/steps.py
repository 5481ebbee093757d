"""The shape in which workflow steps answer the state machine."""

from typing import Any

from reconnect.domain.pacing import Step


def step_reply(step: Step) -> dict[str, Any]:
    """What the state machine routes on; nothing personal, because it stays in the execution's history."""
    return {
        "outcome": step.outcome,
        "code": step.code,
        "waitSeconds": step.wait_seconds,
        "maxRetries": step.max_retries,
    }
