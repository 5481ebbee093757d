"""The table's stream: announce what each write of a session announces -> {batchItemFailures} for what must come again.

Records come in the order in which they were written; the first that fails ends the batch, so that the order holds.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.domain.errors import AnnouncementFailed
from reconnect.runtime import wiring
from reconnect.runtime.observability import count, logger, observed


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Deliver a batch."""
    for record in event["Records"]:
        session = wiring.session_in_stream(record["dynamodb"]["NewImage"])
        try:
            wiring.deliver_events()(session)
        except AnnouncementFailed as refused:
            count("DeliveryFailed")
            logger.warning("deliver_events", extra={"session_id": session.session_id, "refused": str(refused)})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        count("EventDelivered")
    return {"batchItemFailures": []}
