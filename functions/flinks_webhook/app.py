"""`POST /webhooks/flinks`: Flinks' own signed webhook, taken as evidence -> 200 for every one that is signed."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.http import HttpReply, answers_problems, read_bytes, reply_json
from reconnect.runtime.observability import observed

prepare("flinks_webhook")


@observed
@answers_problems
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> HttpReply:
    """Check the signature over the raw bytes, then take the evidence."""
    service().flinks_webhook(read_bytes(event), event["headers"])
    return reply_json(200, {})
