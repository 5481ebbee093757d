"""The event bus in memory."""

from dataclasses import dataclass
from typing import Any

from reconnect.model.errors import AnnouncementFailed


@dataclass(frozen=True)
class Announcement:
    """One event that the bus took."""

    detail_type: str
    event_id: str
    detail: dict[str, Any]


class FakeEvents:
    """The port `Events`. It refuses the next `refusals` announcements."""

    def __init__(self, refusals: int = 0) -> None:
        self.announced: list[Announcement] = []
        self.refusals = refusals

    @property
    def types(self) -> list[str]:
        return [announcement.detail_type for announcement in self.announced]

    def announce(self, detail_type: str, event_id: str, detail: dict[str, Any]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise AnnouncementFailed(detail_type)
        self.announced.append(Announcement(detail_type, event_id, detail))
