"""Workflow steps AwaitRedirect, AwaitClick and Park: store the task token, expose the URL that the user must open.

AwaitRedirect: {sessionId, taskToken, enteredAt, retryCount, outcome, seen}; AwaitClick: the same without an outcome;
Park: {sessionId, executionName, enteredAt, retryCount, outcome, seen}, without a token.
The state machine goes on when the token is answered, so the return value is not used.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.attempt import Ask
from reconnect.model.outcomes import Outcome
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import observations_of, wait_try_of

_ASKS = {Outcome.MFA_REQUIRED: Ask.ANSWER, Outcome.CREDENTIALS_REQUIRED: Ask.SIGN_IN}

prepare("build_connect_url", "ports.flinks_keys")


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Wait until the user comes back from Connect, or wants another attempt."""
    session_id, observations, wait_try = event["sessionId"], observations_of(event), wait_try_of(event)
    step, ask = service().build_connect_url, _ASKS.get(event.get("outcome", ""))
    if "taskToken" not in event:
        step.park(session_id, event["executionName"], ask, observations, wait_try)
    elif ask is not None:
        step.await_redirect(session_id, event["taskToken"], ask, observations, wait_try)
    else:
        step.await_click(session_id, event["taskToken"], observations, wait_try)
    service().count("UserAwaited")
    report("user_awaited", session_id, outcome=event.get("outcome"))
