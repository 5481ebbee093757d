"""How workflow steps answer the state machine, and how it carries their observations."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import AttemptUncertain, FlinksThrottled, SessionEnded, SessionNotFound
from reconnect.model.observations import Observation, Observations, add_poll
from reconnect.model.outcomes import Outcome
from reconnect.model.reasons import Reason
from reconnect.model.step import Step
from reconnect.model.timestamps import to_iso
from reconnect.runtime.aws import service
from reconnect.runtime.observability import report

StepHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

# Seconds; what Flinks refused as one too many is not repeated sooner.
_THROTTLED_WAIT = 5

# Expected endings of a step: the session was cancelled or erased meanwhile, the answer to a start is lost.
_EXPECTED = (AttemptUncertain, SessionEnded, SessionNotFound)


def answers_refusals(step: StepHandler) -> StepHandler:
    """Answer an expected ending as the step's outcome, with the error's name as its code; let all else escape.

    The state machine then closes the session for that reason, as it does when it catches the error. A raised error
    would be a traceback in the log and an error in Lambda's metrics, and would hide the unexpected ones.
    """

    @wraps(step)
    def answer(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            return step(event, context)
        except _EXPECTED as refusal:
            code = type(refusal).__name__
            report("step_refused", event["sessionId"], code=code, detail=str(refusal))
            nothing_new = event.get("seen", "")
            return {"outcome": Outcome.REFUSED, "code": code, "waitSeconds": 0, "maxRetries": 0, "seen": nothing_new}

    return answer


def observations_of(event: dict[str, Any]) -> Observations:
    """Return the observations of this execution; one that began under an older definition has none."""
    return tuple(_observation_in(text) for text in event.get("seen", "").split(",") if text)


def wait_try_of(event: dict[str, Any]) -> str | None:
    """Return the try of a waiting state, as text by which a later try sorts behind: when the state was entered (ISO
    8601, of one length) and its number of retries. None for an execution that began under an older definition.
    """
    entered_at = event.get("enteredAt")
    return f"{entered_at} {event.get('retryCount', 0):03}" if entered_at else None


def step_reply(step: Step, observations: Observations, *, is_first: bool = False) -> dict[str, Any]:
    """Return what the state machine routes on; nothing personal, because it stays in the execution's history.

    `seen`, the observations, is one text, because JSONata may unwrap an array of one element. `is_first`: the step
    began an attempt.
    """
    is_waiting = step.code == Reason.QUEUED
    polled = (
        observations if is_waiting else add_poll(observations, service().ports.clock(), step.code, is_first=is_first)
    )
    return {
        "outcome": step.outcome,
        "code": step.code,
        "waitSeconds": max(step.wait_seconds, _THROTTLED_WAIT if step.code == FlinksThrottled.code else 0),
        "maxRetries": step.max_retries,
        "seen": ",".join(map(_text_of, polled)),
    }


def _text_of(observation: Observation) -> str:
    return f"{to_iso(observation.at)} {observation.polls} {observation.code}"


def _observation_in(text: str) -> Observation:
    at, polls, code = text.split(" ", 2)
    return Observation(datetime.fromisoformat(at), code, int(polls))
