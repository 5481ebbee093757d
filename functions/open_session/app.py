"""Open or join a session: for the API (202, or 200 if joined), for the bus (an event, and once more from the queue if
it had to wait), or as a workflow's first state: {request, executionName} -> {sessionId, linkEndsAt, attempt, joined};
{sessionId, executionName}: continue in a new one."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.open_request import OpenRequest
from reconnect.model.workflow_input import workflow_input
from reconnect.runtime.aws import service
from reconnect.runtime.callers import WORKFLOW, caller_of, name_in_timeline, without_session_name
from reconnect.runtime.http import HttpReply, answers_problems, read_idempotency_key, read_json
from reconnect.runtime.observability import observed
from reconnect.runtime.opening import read_bus_event, read_workflow_request, reply_opened, reply_to_bus, report_opened
from reconnect.usecases.open_session import Opened


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take a request from the API, the bus, its queue or a workflow."""
    if "requestContext" in event:
        return _answer_api(event, context)
    if "sessionId" in event:
        return workflow_input(service().open_session.continue_as_new(event["sessionId"], event.get("executionName")))
    if (asked := read_bus_event(event)) is not None:
        return reply_to_bus(service().take_request(asked))
    name = event["executionName"]
    opened = _open(read_workflow_request(event), WORKFLOW, key=f"execution/{name}", execution_name=name)
    return {**workflow_input(opened.session), "joined": opened.joined}


@answers_problems
def _answer_api(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    caller, key = caller_of(event), read_idempotency_key(event)
    return reply_opened(_open(read_json(event), caller, key=key, caller=without_session_name(caller)))


def _open(request: object, who: str, **asked: Any) -> Opened:
    return report_opened(service().open_session(OpenRequest.parse(request), by=name_in_timeline(who), **asked), who)
