"""The use cases that open sessions, built on first use and kept."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from reconnect.runtime.support_parts import SupportParts

if TYPE_CHECKING:
    from reconnect.usecases.open_session import OpenSession
    from reconnect.usecases.take_request import TakeRequest


class OpeningParts(SupportParts):
    """What opens sessions."""

    @cached_property
    def open_session(self) -> "OpenSession":
        """Open a session, or join the live one of its login."""
        from reconnect.usecases.open_session import OpenSession  # noqa: PLC0415

        return OpenSession(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            references=self.ports.references,
            claims=self.ports.claims,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            new_id=self.ports.new_id,
            link_lifetime=timedelta(hours=self.settings.link_lifetime_hours),
            urls=self.signed_urls,
            idempotency_key=self.ports.idempotency_key,
            institutions=self.institutions,
        )

    @cached_property
    def take_request(self) -> "TakeRequest":
        """Open a session for a bus event."""
        from reconnect.usecases.take_request import TakeRequest  # noqa: PLC0415

        return TakeRequest(
            open=self.open_session,
            logins=self.ports.logins,
            delay_queue=self.ports.delay_queue,
            clock=self.ports.clock,
        )
