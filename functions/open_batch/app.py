"""Open batches, show and steer them: `POST /batches`, `POST /batches/{batchId}/items|pause|resume|stop|caps`,
`GET /batches?cursor=` -> {batches, cursor}, `GET /batches/{batchId}` and `…/report`. From the bus or the schedule:
{id, detail}, where the detail is the body of `POST /batches` -> {batchId, status}.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.batch_replies import opened_by_bus, reply_batch, reply_list
from reconnect.runtime.http import HttpReply, answers_problems
from reconnect.runtime.observability import observed

prepare("open_batch", "steer_batch", "list_batches")


@observed
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take a request from the API, the bus or the schedule."""
    if "requestContext" in event:
        return _answer_api(event, context)
    return opened_by_bus(event, service().open_batch)


@answers_problems
def _answer_api(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    if event["routeKey"] == "GET /batches":
        return reply_list(event, service().list_batches)
    return reply_batch(event, service().open_batch, service().steer_batch, service().institutions)
