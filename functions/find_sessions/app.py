"""What support finds: `POST /logins/find` {loginId | userRef | correlationId} -> {logins}; `GET /sessions?…` ->
{sessions, cursor}; `GET /events?…` -> {events, cursor, hasMore}; `GET /institutions?…` -> {institutions};
`GET /institutions/{institutionId}/health`; and `POST /batches/plan` {loginIds, deadline, …} -> the plan.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.find_request import FindRequest, ListRequest
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.callers import caller_of
from reconnect.runtime.http import HttpReply, answers_problems, read_json, read_query, reply_json
from reconnect.runtime.observability import audit, observed
from reconnect.runtime.overviews import reply_events, reply_health, reply_plan
from reconnect.views.login_view import show_listed, show_login

prepare("find_logins", "list_sessions", "read_health", "plan_batch", "read_feed")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Find logins, list sessions or institutions, or plan a batch; nothing changes."""
    now, known, route = service().ports.clock(), service().institutions, event["routeKey"]
    if route.endswith("/logins/find"):
        found = service().find_logins(FindRequest.parse(read_json(event)))
        audit("login_found", "none", caller_of(event))
        return reply_json(200, {"logins": [show_login(each, now, known(each.login.institution)) for each in found]})
    if route.startswith("GET /institutions"):
        return reply_health(event, service().read_health, known)
    if route.startswith("GET /events"):
        return reply_events(event, service().read_feed, now)
    if route.endswith("/batches/plan"):
        return reply_plan(event, service().plan_batch, known, now)
    listed = service().list_sessions(ListRequest.parse(read_query(event), now.date()))
    audit("sessions_listed", "none", caller_of(event))
    sessions = [show_listed(each, known(each.institution)) for each in listed.sessions]
    return reply_json(200, {"sessions": sessions, "cursor": listed.cursor})
