"""Publish the event of each write of a session.

A session's `event_type` is written with the change that it reports. The table's stream then delivers each such write at
least once, so that a crash loses no event; the event's id is the same each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconnect.ports import Events, ReadImage
from reconnect.usecases.find_institution import Institutions
from reconnect.usecases.signed_urls import SignedUrls
from reconnect.views.event_detail import detail


@dataclass(frozen=True, slots=True)
class DeliverEvents:
    """The use case behind the table's stream."""

    events: Events
    read_image: ReadImage
    urls: SignedUrls
    institutions: Institutions

    def __call__(self, image: Mapping[str, Any]) -> None:
        """Publish the event of this version of a session, if it has one.

        Raises RecordUnreadable, and PublishFailed or SecretsUnavailable if it may be published later.
        """
        session = self.read_image(image)
        if session.event_type:
            event_id = f"{session.session_id}.{session.version}"
            listing = self.institutions(session.institution)
            self.events.publish(session.event_type, event_id, detail(session, self.urls.link(session), listing))
