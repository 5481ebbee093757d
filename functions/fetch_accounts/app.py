"""Workflow step FetchAccounts: {sessionId, fetches, enteredAt, retryCount, seen} -> the reply of `runtime.steps`.

Raises DataPending while Flinks prepares the data.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import (
    answers_refusals,
    earlier_tries,
    observations_of,
    polled_once,
    raise_if_pending,
    step_reply,
)

prepare("fetch_accounts", "ports.flinks_keys")


@observed
@answers_refusals
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Read the accounts once through the cached flow."""
    observations = (*observations_of(event), *earlier_tries(event))
    fetches = event["fetches"] + event.get("retryCount", 0)
    step = service().fetch_accounts(event["sessionId"], fetches, observations)
    service().count("AccountsFetched", outcome=step.outcome)
    report("accounts_fetched", event["sessionId"], fetches=fetches, outcome=step.outcome, code=step.code)
    raise_if_pending(event, step)
    return step_reply(polled_once(step, observations, step.polls_after(fetches)))
