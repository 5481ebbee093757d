"""The table's stream: announce what each write of a session announces -> {batchItemFailures} for what must come again.

Records come in the order in which they were written; the first that fails ends the batch, so that the order holds.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import PublishFailed, RecordUnreadable
from reconnect.runtime.aws import service
from reconnect.runtime.observability import logger, observed


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Deliver a batch."""
    for record in event["Records"]:
        try:
            service().deliver_events(record["dynamodb"]["NewImage"])
        except RecordUnreadable as unreadable:
            # It would hold up all that come after it, for a day, and not be readable then either.
            service().count("EventLost")
            logger.error("deliver_events", extra={"lost": str(unreadable)})
            continue
        except PublishFailed as refused:
            service().count("DeliveryFailed")
            logger.warning("deliver_events", extra={"refused": str(refused)})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        service().count("EventDelivered")
    return {"batchItemFailures": []}
