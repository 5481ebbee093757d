"""The event bus, through EventBridge."""

import json
from typing import TYPE_CHECKING, Any

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model import feed
from reconnect.model.errors import PublishFailed

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = feed.SOURCE


class EventBridgeEvents:
    """The port `Events`. Delivery is at least once; consumers detect duplicates by `eventId`."""

    def __init__(self, client: "EventBridgeClient", bus_name: str) -> None:
        self._client, self._bus_name = client, bus_name

    def publish(self, detail_type: str, event_id: str, detail: dict[str, Any]) -> None:
        """Publish one event; PutEvents reports a rejected entry inside a 200."""
        entry = {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps({"eventId": event_id, **detail}),
        }
        try:
            answer = self._client.put_events(Entries=[entry])  # type: ignore[list-item]
        except AWS_FAILURES as failure:
            raise PublishFailed(f"{detail_type} {event_id}: {name_of(failure)}") from None
        if answer["FailedEntryCount"]:
            raise PublishFailed(f"{detail_type} {event_id}: {answer['Entries'][0].get('ErrorCode')}")
