"""Return what a session read: path parameter sessionId -> 200 with a URL that is valid for five minutes."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.callers import caller_of
from reconnect.runtime.http import HttpReply, answers_problems, reply_json
from reconnect.runtime.observability import audit, observed, report
from reconnect.views.session_view import show_result

prepare("read_result")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Answer with a link to the result, which can be read without further permission."""
    session_id = event["pathParameters"]["sessionId"]
    link = service().read_result(session_id)
    service().count("ResultRead")
    audit("result_read", session_id, caller_of(event))
    report("result_read", session_id)
    return reply_json(200, show_result(link))
