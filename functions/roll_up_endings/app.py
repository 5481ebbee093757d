"""The table's stream, gathered for minutes: add the endings in a batch to the counters of their institutions.

A batch that fails is sent again as a whole; what was counted is not counted again.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.runtime.aws import prepare, service
from reconnect.runtime.observability import logger, observed

prepare("roll_up_endings")


@observed
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Count a batch."""
    for unreadable in service().roll_up_endings(record["dynamodb"]["NewImage"] for record in event["Records"]):
        # It would block all later records for a day, and would still not be readable.
        logger.error("ending_not_counted", extra={"lost": unreadable})
