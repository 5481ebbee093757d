"""The event bus in memory."""

from dataclasses import dataclass
from typing import Any

from reconnect.model.errors import PublishFailed


@dataclass(frozen=True)
class PublishedEvent:
    """One event that the bus accepted."""

    detail_type: str
    event_id: str
    detail: dict[str, Any]


class FakeEvents:
    """The port `Events`. It refuses the next `refusals` events."""

    def __init__(self, refusals: int = 0) -> None:
        self.published: list[PublishedEvent] = []
        self.refusals = refusals

    @property
    def types(self) -> list[str]:
        return [event_type.detail_type for event_type in self.published]

    def publish(self, detail_type: str, event_id: str, detail: dict[str, Any]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise PublishFailed(detail_type)
        self.published.append(PublishedEvent(detail_type, event_id, detail))
