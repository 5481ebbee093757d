"""Workflow step PollAuthorize: {sessionId, polls, retries, seen} -> the step reply, see `runtime.steps`."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import answers_refusals, observations_of, step_reply

prepare("poll_authorize")


@observed
@answers_refusals
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Poll the live attempt once."""
    step = service().poll_authorize(event["sessionId"], event["polls"], event["retries"])
    service().count("AuthorizePolled", outcome=step.outcome)
    report("authorize_polled", event["sessionId"], polls=event["polls"], outcome=step.outcome, code=step.code)
    return step_reply(step, observations_of(event))
