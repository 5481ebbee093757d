"""Records of the table's stream, as Lambda receives them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

# What the service promises.
_DELIVERED_WITHIN = timedelta(minutes=1)


def is_late(record: Mapping[str, Any], now: datetime) -> bool:
    """Whether the write that a record reports is longer ago than an event may take."""
    # Seconds since 1970, by DynamoDB's clock, and rounded to them.
    written_at = datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)
    return now - written_at > _DELIVERED_WITHIN
