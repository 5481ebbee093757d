"""Workflow step FetchAccounts: {sessionId, fetches} -> {outcome, code, waitSeconds, maxRetries}."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime import wiring
from reconnect.runtime.observability import count, observed, report
from reconnect.runtime.steps import step_reply


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Read the accounts once through the cached flow."""
    step = wiring.fetch_accounts()(event["sessionId"], event["fetches"])
    count("AccountsFetched", outcome=step.outcome)
    report("fetch_accounts", event["sessionId"], fetches=event["fetches"], outcome=step.outcome, code=step.code)
    return step_reply(step)
