"""Workflow step FetchAccounts: {sessionId, fetches, seen} -> the step reply, see `runtime.steps`."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import answers_refusals, observations_of, step_reply

prepare("fetch_accounts", "ports.flinks_credentials")


@observed
@answers_refusals
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Read the accounts once through the cached flow."""
    observations = observations_of(event)
    step = service().fetch_accounts(event["sessionId"], event["fetches"], observations)
    service().count("AccountsFetched", outcome=step.outcome)
    report("accounts_fetched", event["sessionId"], fetches=event["fetches"], outcome=step.outcome, code=step.code)
    return step_reply(step, observations)
