"""`POST /sessions/{sessionId}/cancel`: the caller no longer wants the data -> 200 with the ended session."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.reasons import Reason
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.callers import caller_of, name_in_timeline
from reconnect.runtime.http import HttpReply, answers_problems, reply_json
from reconnect.runtime.observability import audit, observed, report
from reconnect.views.session_view import show

prepare("stop_session")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Cancel the session; one that has ended already is returned as it is."""
    caller = caller_of(event)
    session_id = event["pathParameters"]["sessionId"]
    session = service().stop_session(session_id, Reason.CANCELLED, by=name_in_timeline(caller))
    service().count("SessionCancelled")
    audit("session_cancelled", session.session_id, caller)
    report("session_cancelled", session.session_id, status=session.status)
    return reply_json(200, show(session, None, service().institutions(session.institution)))
