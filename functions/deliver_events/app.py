"""The table's stream: publish the event of each write of a session -> {batchItemFailures}, the records to send again.

Records come in the order of the writes; the first failure ends the batch, so that the order is kept.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import PublishFailed, RecordUnreadable, SecretsUnavailable, StoreUnavailable
from reconnect.runtime.aws import prepare, service
from reconnect.runtime.delivery import is_late
from reconnect.runtime.observability import logger, observed

prepare("deliver_events")


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Deliver a batch."""
    for record in event["Records"]:
        try:
            service().deliver_events(record["dynamodb"]["NewImage"])
        except RecordUnreadable as unreadable:
            # It would block all later records for a day, and would still not be readable.
            service().count("EventLost")
            logger.error("event_unreadable", extra={"lost": str(unreadable)})
            continue
        except (PublishFailed, SecretsUnavailable, StoreUnavailable) as refused:
            service().count("DeliveryFailed")
            logger.warning("event_not_published", extra={"refused": str(refused)})
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        service().count("EventDelivered")
        if is_late(record, service().ports.clock()):
            service().count("EventLate")
    return {"batchItemFailures": []}
