"""How open_session reads events of the bus, and counts and logs what became of a request."""

import json
from typing import Any

from reconnect.model.timestamps import to_iso
from reconnect.model.workflow_input import workflow_input
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.callers import BUS
from reconnect.runtime.http import HttpReply, reply_json
from reconnect.runtime.observability import audit, logger, report
from reconnect.usecases.open_session import Opened
from reconnect.usecases.take_request import NotOpened
from reconnect.views.session_view import show

# Step Functions documents these for nested executions: a parent names itself in the child's input.
_OF_STEP_FUNCTIONS = "AWS_STEP_FUNCTIONS_"

# Here, because it is long enough for the handler without it.
prepare("open_session")


def read_bus_event(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return a bus event, sent by a rule as it is or by the queue as the body of one message; None for all else."""
    if "Records" in event:
        [message] = event["Records"]
        waited: dict[str, Any] = json.loads(message["body"])
        return waited
    return event if "detail" in event else None


def read_workflow_request(event: dict[str, Any]) -> object:
    """Return the request of another workflow, without the fields that are meant for Step Functions."""
    request = event["request"]
    if not isinstance(request, dict):
        return request
    return {name: value for name, value in request.items() if not name.startswith(_OF_STEP_FUNCTIONS)}


def reply_to_bus(taken: Opened | NotOpened) -> dict[str, Any]:
    """Return {sessionId, linkEndsAt, attempt}, or {code, nextAllowedAt} if nothing was opened; it is not used."""
    if isinstance(taken, Opened):
        return workflow_input(report_opened(taken, BUS).session)
    is_delayed = taken.next_allowed_at is not None
    service().count("RequestDelayed" if is_delayed else "RequestDropped")
    reply = {"code": taken.code, "nextAllowedAt": to_iso(taken.next_allowed_at)}
    logger.info("request_delayed" if is_delayed else "request_dropped", extra={"not_opened": reply})
    return reply


def report_opened(opened: Opened, caller: str) -> Opened:
    """Count and log a request that was served, and who made it."""
    session_id, event = opened.session.session_id, "session_joined" if opened.joined else "session_opened"
    service().count("SessionJoined" if opened.joined else "SessionOpened")
    audit(event, session_id, caller)
    report(event, session_id, joined=opened.joined)
    return opened


def reply_opened(opened: Opened) -> HttpReply:
    """Return the session: 202, or 200 if it was live already."""
    shown = show(opened.session, service().signed_urls.link(opened.session), opened.listing)
    return reply_json(200 if opened.joined else 202, {**shown, "joined": opened.joined})
