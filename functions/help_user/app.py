"""`POST /sessions/{sessionId}/remind`, and `…/extend` {linkLifetimeHours} -> 200 with the session."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.find_request import read_lifetime
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.callers import caller_of, name_in_timeline
from reconnect.runtime.http import HttpReply, answers_problems, read_json, reply_json
from reconnect.runtime.observability import audit, observed, report
from reconnect.views.session_view import show

prepare("help_user")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Send the user the link again, or give them more time."""
    session_id, caller = event["pathParameters"]["sessionId"], caller_of(event)
    helping, by = service().help_user, name_in_timeline(caller)
    if event["routeKey"].endswith("/remind"):
        session, done = helping.remind(session_id, by), "user_reminded"
    else:
        session, done = helping.extend(session_id, read_lifetime(read_json(event)), by), "link_extended"
    audit(done, session_id, caller)
    report(done, session_id, status=session.status)
    return reply_json(200, show(session, service().signed_urls.link(session)))
