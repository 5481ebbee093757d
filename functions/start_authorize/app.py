"""Workflow step StartAuthorize: {sessionId, attempt, retries, seen, inWindow} -> the reply of `runtime.steps`."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import answers_refusals, observations_of, polled_once, step_reply, window_of

prepare("start_authorize", "poll_in_window", "ports.flinks_keys")


@observed
@answers_refusals
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Begin one live attempt at Flinks, and poll it while it is pending and the window lasts."""
    session_id, retries, observations = event["sessionId"], event["retries"], observations_of(event)
    step = service().start_authorize(session_id, event["attempt"], retries, observations)
    service().count("AuthorizeStarted", outcome=step.outcome)
    report("authorize_started", session_id, attempt=event["attempt"], outcome=step.outcome, code=step.code)
    started = polled_once(step, observations, is_first=True)
    window = window_of(event, service().settings.start_window_seconds)
    return step_reply(service().poll_in_window.go_on(session_id, started, retries, window=window))
