"""Workflow step CloseSession: {sessionId, reason, seen, executionName} -> the summary, which is the execution's output.

For a session that was erased: {sessionId, status: ERASED}.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import SessionNotFound
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import observations_of
from reconnect.views.session_view import summarize

# In place of a status; no session has this one.
_ERASED = "ERASED"

prepare("finish_session")


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """End the session for the given reason, and publish its end."""
    try:
        session = service().finish_session(
            event["sessionId"], event["reason"], observations_of(event), event.get("executionName")
        )
    except SessionNotFound:
        report("session_already_erased", event["sessionId"], status=_ERASED)
        return {"sessionId": event["sessionId"], "status": _ERASED}
    report("session_closed", session.session_id, status=session.status, reason=event["reason"])
    return summarize(session)
