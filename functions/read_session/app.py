"""Show a session: to the API in full, or to a workflow that follows another's session as a summary.

From the API: path parameter sessionId -> 200, with `/evidence` as a document for a file.
From the workflow: {sessionId, looks} -> {summary, ended, waitSeconds}.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.callers import caller_of, name_in_timeline
from reconnect.runtime.http import HttpReply, answers_problems, reply_json
from reconnect.runtime.observability import audit, observed
from reconnect.views.evidence_document import evidence_of
from reconnect.views.session_view import show, summarize

prepare("read_session", "ports.signing_keys")


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the session, or its summary."""
    service().count("SessionRead")
    if "requestContext" in event:
        return _answer_api(event, context)
    session, wait = service().read_session.follow(event["sessionId"], event["looks"])
    return {"summary": summarize(session), "ended": session.status.is_terminal, "waitSeconds": wait}


@answers_problems
def _answer_api(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    session = service().read_session(event["pathParameters"]["sessionId"])
    if str(event.get("routeKey")).endswith("/evidence"):
        audit("evidence_exported", session.session_id, caller := caller_of(event))
        return reply_json(200, evidence_of(session, at=service().ports.clock(), by=name_in_timeline(caller)))
    link, listing = service().signed_urls.link(session), service().institutions(session.institution)
    return reply_json(200, show(session, link, listing))
