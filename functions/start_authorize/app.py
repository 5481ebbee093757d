"""Workflow step StartAuthorize: {sessionId, attempt, retries, seen} -> the step reply, see `runtime.steps`."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import answers_refusals, observations_of, step_reply

prepare("start_authorize", "ports.flinks_credentials")


@observed
@answers_refusals
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Begin one live attempt at Flinks."""
    observations = observations_of(event)
    step = service().start_authorize(event["sessionId"], event["attempt"], event["retries"], observations)
    service().count("AuthorizeStarted", outcome=step.outcome)
    report("authorize_started", event["sessionId"], attempt=event["attempt"], outcome=step.outcome, code=step.code)
    return step_reply(step, observations, is_first=True)
