"""Workflow step CloseSession: {sessionId, reason, seen} -> the summary, which is the execution's output.

Of a session that was erased there is no more than {sessionId, status: ERASED}.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import SessionNotFound
from reconnect.runtime.aws import service
from reconnect.runtime.observability import observed, report
from reconnect.runtime.steps import observations_of
from reconnect.views.session_view import summarize

# Where others have their status; no session has this one.
_ERASED = "ERASED"


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """End the session, whatever the reason, and announce it."""
    try:
        session = service().finish_session(event["sessionId"], event["reason"], observations_of(event))
    except SessionNotFound:
        report("close_session", event["sessionId"], status=_ERASED)
        return {"sessionId": event["sessionId"], "status": _ERASED}
    service().count("SessionClosed", status=session.status)
    report("close_session", session.session_id, status=session.status, reason=event["reason"])
    return summarize(session)
