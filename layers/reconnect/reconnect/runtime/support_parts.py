"""The use cases of support, of who reads results and of the events, built on first use and kept."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from reconnect.runtime.shared_parts import SharedParts

if TYPE_CHECKING:
    from reconnect.usecases.deliver_events import DeliverEvents
    from reconnect.usecases.find_logins import FindLogins
    from reconnect.usecases.help_user import HelpUser
    from reconnect.usecases.list_sessions import ListSessions
    from reconnect.usecases.plan_batch import PlanBatch
    from reconnect.usecases.read_feed import ReadFeed
    from reconnect.usecases.read_health import ReadHealth
    from reconnect.usecases.read_result import ReadResult
    from reconnect.usecases.roll_up_endings import RollUpEndings
    from reconnect.usecases.sort_logins import SortLogins


class SupportParts(SharedParts):
    """What finds sessions, reads what they read, helps their users, plans for many logins, and publishes events."""

    @cached_property
    def find_logins(self) -> "FindLogins":
        """Find logins with their last sessions."""
        from reconnect.usecases.find_logins import FindLogins  # noqa: PLC0415

        return FindLogins(
            sessions=self.ports.sessions,
            references=self.ports.references,
            logins=self.ports.logins,
            clock=self.ports.clock,
            idempotency_key=self.ports.idempotency_key,
        )

    @cached_property
    def list_sessions(self) -> "ListSessions":
        """List sessions page by page."""
        from reconnect.usecases.list_sessions import ListSessions  # noqa: PLC0415

        return ListSessions(sessions=self.ports.sessions, keys=self.ports.signing_keys)

    @cached_property
    def read_feed(self) -> "ReadFeed":
        """Read the feed of events."""
        from reconnect.usecases.read_feed import ReadFeed  # noqa: PLC0415

        return ReadFeed(
            feed=self.ports.feed if self.settings.event_feed else None,
            sessions=self.ports.sessions,
            urls=self.signed_urls,
            keys=self.ports.signing_keys,
            clock=self.ports.clock,
        )

    @cached_property
    def plan_batch(self) -> "PlanBatch":
        """Say whether a batch can keep its deadline."""
        from reconnect.usecases.plan_batch import PlanBatch  # noqa: PLC0415

        return PlanBatch(
            sort=self.sort_logins,
            sessions=self.ports.sessions,
            in_parallel=self.ports.in_parallel,
            tick=timedelta(seconds=self.settings.batch_tick_seconds),
            ask_interval=timedelta(days=self.settings.contact_interval_days),
        )

    @cached_property
    def sort_logins(self) -> "SortLogins":
        """Sort out which logins a batch leaves out."""
        from reconnect.usecases.sort_logins import SortLogins  # noqa: PLC0415

        return SortLogins(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            institutions=self.institutions,
            in_parallel=self.ports.in_parallel,
        )

    @cached_property
    def help_user(self) -> "HelpUser":
        """Send the user the link again, or give them more time."""
        from reconnect.usecases.help_user import HelpUser  # noqa: PLC0415

        return HelpUser(sessions=self.ports.sessions, clock=self.ports.clock, urls=self.signed_urls)

    @cached_property
    def read_result(self) -> "ReadResult":
        """Return what a session read."""
        from reconnect.usecases.read_result import ReadResult  # noqa: PLC0415

        return ReadResult(sessions=self.ports.sessions, results=self.ports.results, clock=self.ports.clock)

    @cached_property
    def read_health(self) -> "ReadHealth":
        """Show how well the sessions of an institution went."""
        from reconnect.usecases.read_health import ReadHealth  # noqa: PLC0415

        return ReadHealth(self.ports.roll_ups, self.ports.bank_healths, self.ports.clock)

    @cached_property
    def roll_up_endings(self) -> "RollUpEndings":
        """Count the endings in the table's stream."""
        from reconnect.usecases.roll_up_endings import RollUpEndings  # noqa: PLC0415

        return RollUpEndings(self.ports.roll_ups, self.ports.read_image, self.ports.clock)

    @cached_property
    def deliver_events(self) -> "DeliverEvents":
        """Publish the events in the table's stream."""
        from reconnect.usecases.deliver_events import DeliverEvents  # noqa: PLC0415

        return DeliverEvents(
            events=self.ports.events,
            read_image=self.ports.read_image,
            urls=self.signed_urls,
            institutions=self.institutions,
            feed=self.ports.feed if self.settings.event_feed else None,
            clock=self.ports.clock,
            pause=self.ports.pause,
        )
