"""Workflow steps AwaitRedirect and AwaitClick: store the task token, expose the URL that the user must open.

AwaitRedirect: {sessionId, taskToken, enteredAt, retryCount, outcome, seen}; AwaitClick: the same without an outcome.
The state machine goes on when the token is answered, so the return value is not used.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.outcomes import Outcome
from reconnect.model.session import Ask
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import observations_of, wait_try_of

_ASKS = {Outcome.MFA_REQUIRED: Ask.ANSWER, Outcome.CREDENTIALS_REQUIRED: Ask.SIGN_IN}

prepare("build_connect_url", "ports.flinks_keys")


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Wait until the user comes back from Connect, or wants another attempt."""
    session_id, task_token, observations = event["sessionId"], event["taskToken"], observations_of(event)
    wait_try = wait_try_of(event)
    if "outcome" in event:
        ask = _ASKS[Outcome(event["outcome"])]
        service().build_connect_url.await_redirect(session_id, task_token, ask, observations, wait_try)
    else:
        service().build_connect_url.await_click(session_id, task_token, observations, wait_try)
    service().count("UserAwaited")
    report("user_awaited", session_id, outcome=event.get("outcome"))
