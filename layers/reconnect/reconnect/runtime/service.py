"""The composition root: each use case over its ports, built on first use and kept."""

from datetime import timedelta
from functools import cached_property

from reconnect.model.flinks_options import AuthorizeMode
from reconnect.ports import Flinks, Ports
from reconnect.rules.cooldowns import Cooldowns
from reconnect.rules.endings import Endings
from reconnect.rules.pacing import Pacing
from reconnect.runtime.settings import Settings
from reconnect.usecases.admit_start import AdmitStart
from reconnect.usecases.build_connect_url import BuildConnectUrl
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.connect_page import ConnectPage
from reconnect.usecases.connect_urls import ConnectAddress, ConnectUrls
from reconnect.usecases.deliver_events import DeliverEvents
from reconnect.usecases.erase_login import EraseLogin
from reconnect.usecases.evidence import EvidenceHandler
from reconnect.usecases.fetch_accounts import FetchAccounts
from reconnect.usecases.finish_session import FinishSession
from reconnect.usecases.flinks_webhook import FlinksWebhook
from reconnect.usecases.keep_reading import KeepReading
from reconnect.usecases.keep_result import KeepResult
from reconnect.usecases.late_reads import LateReads
from reconnect.usecases.open_session import OpenSession
from reconnect.usecases.poll_authorize import PollAuthorize
from reconnect.usecases.read_result import ReadResult
from reconnect.usecases.read_session import ReadSession
from reconnect.usecases.redirect_webhook import RedirectWebhook
from reconnect.usecases.refresh_dates import RefreshDates
from reconnect.usecases.request_budget import RequestBudget
from reconnect.usecases.start_authorize import StartAuthorize
from reconnect.usecases.stop_session import StopSession
from reconnect.usecases.sweep_sessions import SweepSessions
from reconnect.usecases.take_request import TakeRequest
from reconnect.usecases.watched_flinks import WatchedFlinks


class Service:
    """The use cases over `ports`, as `settings` says. A test passes fakes; a function uses `runtime.aws.service`."""

    def __init__(self, ports: Ports, settings: Settings) -> None:
        self.ports, self.settings = ports, settings
        self.count = ports.count

    @cached_property
    def open_session(self) -> OpenSession:
        """Open a session, or join the live one of its login."""
        return OpenSession(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            claims=self.ports.claims,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            new_id=self.ports.new_id,
            link_lifetime=timedelta(hours=self.settings.link_lifetime_hours),
            public_base_url=self.settings.public_base_url,
            signing_key=self.ports.signing_key,
        )

    @cached_property
    def take_request(self) -> TakeRequest:
        """Open a session for a bus event."""
        return TakeRequest(
            open=self.open_session,
            logins=self.ports.logins,
            delay_queue=self.ports.delay_queue,
            clock=self.ports.clock,
        )

    @cached_property
    def read_session(self) -> ReadSession:
        """Read a session."""
        return ReadSession(sessions=self.ports.sessions, pacing=self._pacing)

    @cached_property
    def start_authorize(self) -> StartAuthorize:
        """Begin a live attempt."""
        return StartAuthorize(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            flinks=self._flinks,
            clock=self.ports.clock,
            pacing=self._pacing,
            cooldowns=self._cooldowns,
            dates=self._refresh_dates,
            jitter=self.ports.jitter,
            count=self.ports.count,
            admit=AdmitStart(self.ports.sessions, self._budget, self.ports.clock, self.ports.jitter, self.count),
        )

    @cached_property
    def poll_authorize(self) -> PollAuthorize:
        """Poll a live attempt."""
        return PollAuthorize(
            sessions=self.ports.sessions,
            flinks=self._flinks,
            clock=self.ports.clock,
            pacing=self._pacing,
            cooldowns=self._cooldowns,
            dates=self._refresh_dates,
            jitter=self.ports.jitter,
            count=self.ports.count,
            has_status_call=self.settings.flinks_authorize_mode is AuthorizeMode.ASYNC,
        )

    @cached_property
    def build_connect_url(self) -> BuildConnectUrl:
        """Wait for the user, and expose the URL that they must open."""
        return BuildConnectUrl(
            sessions=self.ports.sessions,
            connect_urls=self._connect_urls,
            clock=self.ports.clock,
            public_base_url=self.settings.public_base_url,
            signing_key=self.ports.signing_key,
        )

    @cached_property
    def redirect_webhook(self) -> RedirectWebhook:
        """Take the redirect from Connect as evidence."""
        return RedirectWebhook(
            handle_evidence=self.handle_evidence,
            clock=self.ports.clock,
            count=self.ports.count,
            signing_key=self.ports.signing_key,
        )

    @cached_property
    def connect_page(self) -> ConnectPage:
        """Serve the end user's page."""
        return ConnectPage(
            sessions=self.ports.sessions,
            workflow=self.ports.workflow,
            handle_evidence=self.handle_evidence,
            connect_urls=self._connect_urls,
            clock=self.ports.clock,
            pacing=self._pacing,
            count=self.ports.count,
            signing_key=self.ports.signing_key,
        )

    @cached_property
    def flinks_webhook(self) -> FlinksWebhook:
        """Take Flinks' signed webhook as evidence."""
        return FlinksWebhook(
            logins=self.ports.logins,
            handle_evidence=self.handle_evidence,
            count=self.ports.count,
            webhook_secret=self.ports.webhook_secret,
        )

    @cached_property
    def fetch_accounts(self) -> FetchAccounts:
        """Read the data, and prove that it is fresh."""
        keep_result = KeepResult(
            results=self.ports.results,
            clock=self.ports.clock,
            new_id=self.ports.new_id,
            retention=timedelta(days=self.settings.result_retention_days),
        )
        return FetchAccounts(
            sessions=self.ports.sessions,
            flinks=self._flinks,
            keep_result=keep_result,
            keep_reading=KeepReading(
                sessions=self.ports.sessions,
                flinks=self._flinks,
                keep_result=keep_result,
                clock=self.ports.clock,
                end=self.endings,
            ),
            clock=self.ports.clock,
            pacing=self._pacing,
            dates=self._refresh_dates,
            count=self.ports.count,
            completeness_polls=self.settings.completeness_polls,
        )

    @cached_property
    def read_result(self) -> ReadResult:
        """Return what a session read."""
        return ReadResult(sessions=self.ports.sessions, results=self.ports.results, clock=self.ports.clock)

    @cached_property
    def close_session(self) -> CloseSession:
        """End a session and free its login."""
        return CloseSession(
            sessions=self.ports.sessions, logins=self.ports.logins, end=self.endings, clock=self.ports.clock
        )

    @cached_property
    def finish_session(self) -> FinishSession:
        """End a session whose workflow is done."""
        return FinishSession(close=self.close_session, read_late=self._late_reads)

    @cached_property
    def stop_session(self) -> StopSession:
        """End a session from outside its workflow."""
        return StopSession(
            sessions=self.ports.sessions,
            end=self.endings,
            close=self.close_session,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            count=self.ports.count,
        )

    @cached_property
    def erase_login(self) -> EraseLogin:
        """Forget a login."""
        return EraseLogin(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            results=self.ports.results,
            flinks=self._flinks,
            stop=self.stop_session,
            clock=self.ports.clock,
        )

    @cached_property
    def sweep_sessions(self) -> SweepSessions:
        """Settle due sessions, and those of failed executions."""
        return SweepSessions(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            flinks=self._flinks,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            stop=self.stop_session,
            fetch=self.fetch_accounts,
            handle_evidence=self.handle_evidence,
            pacing=self._pacing,
            reminders=self.settings.reminders(),
            dates=self._refresh_dates,
            budget=self._budget,
            count=self.ports.count,
        )

    @cached_property
    def deliver_events(self) -> DeliverEvents:
        """Publish the events in the table's stream."""
        return DeliverEvents(events=self.ports.events, read_image=self.ports.read_image)

    # Shared by several use cases

    @cached_property
    def handle_evidence(self) -> EvidenceHandler:
        """Hand evidence to the waiting state."""
        return EvidenceHandler(
            sessions=self.ports.sessions,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            count=self.ports.count,
            read_late=self._late_reads,
        )

    @cached_property
    def endings(self) -> Endings:
        """How a session ends."""
        return Endings(cooldowns=self._cooldowns)

    @cached_property
    def _budget(self) -> RequestBudget:
        return RequestBudget(self.ports.budgets, self.settings.admission(), self.ports.clock, self.ports.count)

    @cached_property
    def _flinks(self) -> Flinks:
        return WatchedFlinks(self.ports.flinks, self._budget)

    @cached_property
    def _late_reads(self) -> LateReads:
        return LateReads(sessions=self.ports.sessions, workflow=self.ports.workflow, clock=self.ports.clock)

    @cached_property
    def _refresh_dates(self) -> RefreshDates:
        return RefreshDates(
            flinks=self._flinks,
            clock=self.ports.clock,
            clock_skew=self._pacing.clock_skew,
            count=self.ports.count,
        )

    @cached_property
    def _connect_urls(self) -> ConnectUrls:
        address = ConnectAddress(
            self.settings.flinks_connect_base_url,
            self.settings.flinks_connect_path,
            demo=self.settings.flinks_connect_demo,
        )
        return ConnectUrls(flinks=self._flinks, address=address)

    @cached_property
    def _pacing(self) -> Pacing:
        return self.settings.pacing()

    @cached_property
    def _cooldowns(self) -> Cooldowns:
        return self.settings.cooldowns()
