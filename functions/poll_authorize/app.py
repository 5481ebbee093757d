"""Workflow step PollAuthorize: {sessionId, polls, retries, seen, inWindow} -> the step reply, see `runtime.steps`."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import answers_refusals, observations_of, step_reply, window_of

prepare("poll_in_window")


@observed
@answers_refusals
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Poll the live attempt, and again while it is pending and the window lasts."""
    window = window_of(event, service().settings.poll_window_seconds)
    polled = service().poll_in_window(
        event["sessionId"], event["polls"], event["retries"], observations_of(event), window=window
    )
    step = polled.step
    report("authorize_polled", event["sessionId"], polls=polled.polls, outcome=step.outcome, code=step.code)
    return step_reply(polled)
