"""How workflow steps answer the state machine, and how it carries their observations."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import AttemptUncertain, DataPending, SessionEnded, SessionNotFound
from reconnect.model.observations import Observation, Observations, add_poll
from reconnect.model.outcomes import WORKING, Outcome
from reconnect.model.step import Polled, Step
from reconnect.model.timestamps import to_iso, to_millisecond
from reconnect.rules.pacing import MOST_POLLS
from reconnect.runtime.aws import service
from reconnect.runtime.observability import report

StepHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

# The Retry of FetchAccounts for DataPending.
DATA_RETRY_SECONDS, MOST_DATA_RETRIES = 10, 17
_PREPARING = {"OPERATION_PENDING", "OPERATION_DISPATCHED"}

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


def window_of(event: dict[str, Any], seconds: int) -> int:
    """Return how long this invocation may poll, in seconds: 0 under a definition that counts one poll a step."""
    return seconds if event.get("inWindow") else 0


def earlier_tries(event: dict[str, Any]) -> Observations:
    """Return what the earlier tries of this state observed, which a Retry cannot pass on, as one observation.

    Nearly all of them raised DataPending; a few may have failed. None under a definition that does not count them.
    """
    tries = event.get("retryCount", 0)
    if not tries:
        return ()
    return (Observation(to_millisecond(datetime.fromisoformat(event["enteredAt"])), WORKING.code, tries),)


def raise_if_pending(event: dict[str, Any], step: Step) -> None:
    """Raise DataPending if the state's Retry waits as long as this step would, under a definition that has it."""
    is_retried = event.get("retryCount", MOST_DATA_RETRIES) < MOST_DATA_RETRIES
    if is_retried and step.wait_seconds == DATA_RETRY_SECONDS and step.code in _PREPARING:
        raise DataPending(step.code)


def wait_try_of(event: dict[str, Any]) -> str | None:
    """Return the try of a waiting state, as text by which a later try sorts behind: when the state was entered, in
    milliseconds since 1970, and its number of retries. None for an execution that began under an older definition.
    """
    entered_at = event.get("enteredAt")
    if not entered_at:
        return None
    milliseconds = int(datetime.fromisoformat(entered_at).timestamp() * 1000)
    return f"{milliseconds} {event.get('retryCount', 0):03}"


def polled_once(step: Step, observations: Observations, polls: int = 0, *, is_first: bool = False) -> Polled:
    """Return a step's result as that of one poll, after `polls` in a row. `is_first`: the step began an attempt."""
    now = service().ports.clock()
    seen = add_poll(observations, now, step.observed, is_first=is_first) if step.observed else observations
    return Polled(step, polls, MOST_POLLS, seen)


def step_reply(polled: Polled) -> dict[str, Any]:
    """Return what the state machine routes on; nothing personal, because it stays in the execution's history.

    `seen`, the observations, is one text, because JSONata may unwrap an array of one element.
    """
    step = polled.step
    ends = {} if step.link_ends_at is None else {"linkEndsAt": step.link_ends_at}
    return {
        **ends,
        "outcome": step.outcome,
        "code": step.code,
        "waitSeconds": step.pause,
        "maxRetries": step.max_retries,
        "polls": polled.polls,
        "maxPolls": polled.most_polls,
        "seen": ",".join(map(_text_of, polled.observations)),
    }


def _text_of(observation: Observation) -> str:
    return f"{to_iso(observation.at)} {observation.polls} {observation.code}"


def _observation_in(text: str) -> Observation:
    at, polls, code = text.split(" ", 2)
    return Observation(datetime.fromisoformat(at), code, int(polls))
