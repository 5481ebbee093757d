"""The parts that several use cases share, built on first use and kept."""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from reconnect.ports import Flinks, Ports
from reconnect.runtime.settings import Settings

if TYPE_CHECKING:
    from reconnect.model.brand import Brand
    from reconnect.rules.cooldowns import Cooldowns
    from reconnect.rules.endings import Endings
    from reconnect.rules.pacing import Pacing
    from reconnect.usecases.ask_users import AskUsers
    from reconnect.usecases.bank_breaker import BankBreaker
    from reconnect.usecases.bank_limits import BankLimits
    from reconnect.usecases.connect_urls import ConnectUrls
    from reconnect.usecases.count_end import CountEnd
    from reconnect.usecases.evidence import EvidenceHandler
    from reconnect.usecases.find_institution import Institutions
    from reconnect.usecases.late_reads import LateReads
    from reconnect.usecases.next_bank import NextBank
    from reconnect.usecases.page_polls import PagePolls
    from reconnect.usecases.refresh_dates import RefreshDates
    from reconnect.usecases.refresh_directory import RefreshDirectory
    from reconnect.usecases.remind_later import RemindLater
    from reconnect.usecases.request_budget import RequestBudget
    from reconnect.usecases.signed_urls import SignedUrls
    from reconnect.usecases.wait_for_bank import WaitForBank


class SharedParts:
    """The parts over `ports`, as `settings` says; `brand` reads who asks the user, which only the pages need."""

    def __init__(self, ports: Ports, settings: Settings, brand: "Callable[[], Brand] | None" = None) -> None:
        self.ports, self.settings = ports, settings
        self.count = ports.count
        self._read_brand = brand

    @cached_property
    def brand(self) -> "Brand":
        """Who asks the user; raise SettingsError for a malformed variable."""
        from reconnect.model.brand import NO_BRAND  # noqa: PLC0415

        return self._read_brand() if self._read_brand else NO_BRAND

    @cached_property
    def handle_evidence(self) -> "EvidenceHandler":
        """Hand evidence to the waiting state."""
        from reconnect.usecases.evidence import EvidenceHandler  # noqa: PLC0415

        return EvidenceHandler(
            sessions=self.ports.sessions,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            count=self.ports.count,
            read_late=self._late_reads,
        )

    @cached_property
    def signed_urls(self) -> "SignedUrls":
        """Our links and redirects."""
        from reconnect.usecases.signed_urls import SignedUrls  # noqa: PLC0415

        return SignedUrls(
            keys=self.ports.signing_keys,
            clock=self.ports.clock,
            public_base_url=self.settings.public_base_url,
            form=self.settings.link_form,
        )

    @cached_property
    def institutions(self) -> "Institutions":
        """The banks in Flinks' directory."""
        from reconnect.usecases.find_institution import Institutions  # noqa: PLC0415

        return Institutions(
            directories=self.ports.directories,
            rule=self.settings.directory(),
            clock=self.ports.clock,
            count=self.ports.count,
        )

    @cached_property
    def endings(self) -> "Endings":
        """How a session ends."""
        from reconnect.rules.endings import Endings  # noqa: PLC0415

        return Endings(cooldowns=self._cooldowns)

    @cached_property
    def _count_end(self) -> "CountEnd":
        from reconnect.usecases.count_end import CountEnd  # noqa: PLC0415

        return CountEnd(count=self.ports.count, measure=self.ports.measure)

    @cached_property
    def _budget(self) -> "RequestBudget":
        from reconnect.usecases.request_budget import RequestBudget  # noqa: PLC0415

        return RequestBudget(self.ports.budgets, self.settings.admission(), self.ports.clock, self.ports.count)

    @cached_property
    def _bank_breaker(self) -> "BankBreaker":
        from reconnect.usecases.bank_breaker import BankBreaker  # noqa: PLC0415

        return BankBreaker(
            bank_healths=self.ports.bank_healths,
            rule=self.settings.breaker(),
            clock=self.ports.clock,
            count=self.ports.count,
            measure=self.ports.measure,
        )

    @cached_property
    def bank_limits(self) -> "BankLimits":
        """How many live attempts the institutions bear, for the one writer of batches."""
        from reconnect.usecases.bank_limits import BankLimits  # noqa: PLC0415

        return BankLimits(bank_healths=self.ports.bank_healths, rule=self.settings.breaker(), count=self.ports.count)

    @cached_property
    def _wait_for_bank(self) -> "WaitForBank":
        from reconnect.usecases.wait_for_bank import WaitForBank  # noqa: PLC0415

        return WaitForBank(
            self.ports.sessions,
            self._bank_breaker,
            self.settings.link_budget(),
            self.ports.clock,
            self.ports.jitter,
        )

    @cached_property
    def _flinks(self) -> Flinks:
        from reconnect.usecases.watched_flinks import WatchedFlinks  # noqa: PLC0415

        return WatchedFlinks(self.ports.flinks, self._budget, self.ports.clock, self.ports.count, self.ports.measure)

    @cached_property
    def _late_reads(self) -> "LateReads":
        from reconnect.usecases.late_reads import LateReads  # noqa: PLC0415

        return LateReads(sessions=self.ports.sessions, workflow=self.ports.workflow, clock=self.ports.clock)

    @cached_property
    def _refresh_dates(self) -> "RefreshDates":
        from reconnect.usecases.refresh_dates import RefreshDates  # noqa: PLC0415

        return RefreshDates(
            flinks=self._flinks,
            clock=self.ports.clock,
            clock_skew=self._pacing.clock_skew,
            count=self.ports.count,
        )

    @cached_property
    def _refresh_directory(self) -> "RefreshDirectory":
        from reconnect.usecases.refresh_directory import RefreshDirectory  # noqa: PLC0415

        return RefreshDirectory(
            flinks=self._flinks,
            directories=self.ports.directories,
            rule=self.settings.directory(),
            requests=self._budget,
            clock=self.ports.clock,
            count=self.ports.count,
        )

    @cached_property
    def _ask_users(self) -> "AskUsers":
        from reconnect.usecases.ask_users import AskUsers  # noqa: PLC0415

        return AskUsers(contacts=self.ports.contacts, policy=self.settings.contact())

    @cached_property
    def _remind_later(self) -> "RemindLater":
        from reconnect.usecases.remind_later import RemindLater  # noqa: PLC0415

        return RemindLater(
            sessions=self.ports.sessions,
            contacts=self.ports.contacts,
            policy=self.settings.contact(),
            clock=self.ports.clock,
        )

    @cached_property
    def next_bank(self) -> "NextBank":
        """Find the person's next bank that waits for them."""
        from reconnect.usecases.next_bank import NextBank  # noqa: PLC0415

        return NextBank(
            sessions=self.ports.sessions,
            references=self.ports.references,
            contacts=self.ports.contacts,
            policy=self.settings.contact(),
            clock=self.ports.clock,
            count=self.ports.count,
            urls=self.signed_urls,
            institutions=self.institutions,
        )

    @cached_property
    def _page_polls(self) -> "PagePolls":
        from reconnect.usecases.page_polls import PagePolls  # noqa: PLC0415

        return PagePolls(
            flinks=self._flinks,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            count=self.ports.count,
            interval=timedelta(seconds=self.settings.page_poll_seconds),
            has_status_call=self.settings.has_status_call,
        )

    @cached_property
    def _connect_urls(self) -> "ConnectUrls":
        from reconnect.usecases.connect_urls import ConnectAddress, ConnectUrls  # noqa: PLC0415

        address = ConnectAddress(
            self.settings.flinks_connect_base_url,
            self.settings.flinks_connect_path,
            demo=self.settings.flinks_connect_demo,
        )
        return ConnectUrls(flinks=self._flinks, address=address)

    @cached_property
    def _pacing(self) -> "Pacing":
        return self.settings.pacing()

    @cached_property
    def _cooldowns(self) -> "Cooldowns":
        return self.settings.cooldowns()
