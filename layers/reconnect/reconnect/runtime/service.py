"""The composition root: each use case over its ports, built on first use and kept.

A use case is imported where it is built, so that a function loads only its own.
"""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from reconnect.runtime.batch_parts import BatchParts

if TYPE_CHECKING:
    from reconnect.usecases.build_connect_url import BuildConnectUrl
    from reconnect.usecases.close_session import CloseSession
    from reconnect.usecases.connect_page import ConnectPage
    from reconnect.usecases.erase_login import EraseLogin
    from reconnect.usecases.fetch_accounts import FetchAccounts
    from reconnect.usecases.finish_session import FinishSession
    from reconnect.usecases.flinks_webhook import FlinksWebhook
    from reconnect.usecases.poll_authorize import PollAuthorize
    from reconnect.usecases.poll_in_window import PollInWindow
    from reconnect.usecases.read_session import ReadSession
    from reconnect.usecases.redirect_webhook import RedirectWebhook
    from reconnect.usecases.start_authorize import StartAuthorize
    from reconnect.usecases.stop_session import StopSession
    from reconnect.usecases.sweep_sessions import SweepSessions


class Service(BatchParts):
    """The use cases over `ports`, as `settings` says. A test passes fakes; a function uses `runtime.aws.service`."""

    @cached_property
    def read_session(self) -> "ReadSession":
        """Read a session."""
        from reconnect.usecases.read_session import ReadSession  # noqa: PLC0415

        return ReadSession(sessions=self.ports.sessions, pacing=self._pacing)

    @cached_property
    def start_authorize(self) -> "StartAuthorize":
        """Begin a live attempt."""
        from reconnect.usecases.admit_start import AdmitStart  # noqa: PLC0415
        from reconnect.usecases.start_authorize import StartAuthorize  # noqa: PLC0415

        return StartAuthorize(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            flinks=self._flinks,
            clock=self.ports.clock,
            pacing=self._pacing,
            cooldowns=self._cooldowns,
            dates=self._refresh_dates,
            link_budget=self.settings.link_budget(),
            jitter=self.ports.jitter,
            count=self.ports.count,
            institutions=self.institutions,
            wait_for_bank=self._wait_for_bank,
            admit=AdmitStart(self.ports.sessions, self._budget, self.ports.clock, self.ports.jitter, self.count),
            has_status_call=self.settings.has_status_call,
        )

    @cached_property
    def poll_authorize(self) -> "PollAuthorize":
        """Poll a live attempt."""
        from reconnect.usecases.poll_authorize import PollAuthorize  # noqa: PLC0415

        return PollAuthorize(
            sessions=self.ports.sessions,
            flinks=self._flinks,
            clock=self.ports.clock,
            pacing=self._pacing,
            cooldowns=self._cooldowns,
            dates=self._refresh_dates,
            jitter=self.ports.jitter,
            count=self.ports.count,
            has_status_call=self.settings.has_status_call,
            wait_for_bank=self._wait_for_bank,
        )

    @cached_property
    def poll_in_window(self) -> "PollInWindow":
        """Poll a live attempt while a window lasts."""
        from reconnect.usecases.poll_in_window import PollInWindow  # noqa: PLC0415

        return PollInWindow(
            poll=self.poll_authorize,
            clock=self.ports.clock,
            pause=self.ports.pause,
            pacing=self._pacing,
            requests=self._budget,
            count=self.ports.count,
        )

    @cached_property
    def build_connect_url(self) -> "BuildConnectUrl":
        """Wait for the user, and expose the URL that they must open."""
        from reconnect.usecases.build_connect_url import BuildConnectUrl  # noqa: PLC0415

        return BuildConnectUrl(
            sessions=self.ports.sessions,
            connect_urls=self._connect_urls,
            clock=self.ports.clock,
            urls=self.signed_urls,
            ask=self._ask_users,
        )

    @cached_property
    def redirect_webhook(self) -> "RedirectWebhook":
        """Take the redirect from Connect as evidence."""
        from reconnect.usecases.redirect_webhook import RedirectWebhook  # noqa: PLC0415

        return RedirectWebhook(
            handle_evidence=self.handle_evidence,
            urls=self.signed_urls,
            count=self.ports.count,
        )

    @cached_property
    def connect_page(self) -> "ConnectPage":
        """Serve the end user's page."""
        from reconnect.usecases.connect_loads import ConnectLoads  # noqa: PLC0415
        from reconnect.usecases.connect_page import ConnectPage  # noqa: PLC0415

        return ConnectPage(
            sessions=self.ports.sessions,
            handle_evidence=self.handle_evidence,
            load=ConnectLoads(
                sessions=self.ports.sessions,
                connect_urls=self._connect_urls,
                budget=self.settings.link_budget(),
                clock=self.ports.clock,
            ),
            poll=self._page_polls,
            remind_later=self._remind_later,
            clock=self.ports.clock,
            pacing=self._pacing,
            urls=self.signed_urls,
            institutions=self.institutions,
            brand=self.brand,
            has_frame_redirect=self.settings.flinks_frame_redirect,
        )

    @cached_property
    def flinks_webhook(self) -> "FlinksWebhook":
        """Take Flinks' signed webhook as evidence."""
        from reconnect.usecases.flinks_webhook import FlinksWebhook  # noqa: PLC0415

        return FlinksWebhook(
            logins=self.ports.logins,
            handle_evidence=self.handle_evidence,
            count=self.ports.count,
            keys=self.ports.webhook_keys,
        )

    @cached_property
    def fetch_accounts(self) -> "FetchAccounts":
        """Read the data, and prove that it is fresh."""
        from reconnect.usecases.fetch_accounts import FetchAccounts  # noqa: PLC0415
        from reconnect.usecases.keep_reading import KeepReading  # noqa: PLC0415
        from reconnect.usecases.keep_result import KeepResult  # noqa: PLC0415

        retention = timedelta(days=self.settings.result_retention_days)
        keep_result = KeepResult(
            results=self.ports.results, clock=self.ports.clock, new_id=self.ports.new_id, retention=retention
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
                count_end=self._count_end,
            ),
            clock=self.ports.clock,
            pacing=self._pacing,
            dates=self._refresh_dates,
            count=self.ports.count,
            completeness_polls=self.settings.completeness_polls,
        )

    @cached_property
    def close_session(self) -> "CloseSession":
        """End a session and free its login."""
        from reconnect.usecases.close_session import CloseSession  # noqa: PLC0415

        return CloseSession(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            end=self.endings,
            clock=self.ports.clock,
            count_end=self._count_end,
        )

    @cached_property
    def finish_session(self) -> "FinishSession":
        """End a session whose workflow is done."""
        from reconnect.usecases.finish_session import FinishSession  # noqa: PLC0415

        return FinishSession(sessions=self.ports.sessions, close=self.close_session, read_late=self._late_reads)

    @cached_property
    def stop_session(self) -> "StopSession":
        """End a session from outside its workflow."""
        from reconnect.usecases.stop_session import StopSession  # noqa: PLC0415

        return StopSession(
            sessions=self.ports.sessions,
            end=self.endings,
            close=self.close_session,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            count=self.ports.count,
            count_end=self._count_end,
        )

    @cached_property
    def erase_login(self) -> "EraseLogin":
        """Forget a login."""
        from reconnect.usecases.erase_login import EraseLogin  # noqa: PLC0415

        return EraseLogin(
            sessions=self.ports.sessions,
            references=self.ports.references,
            logins=self.ports.logins,
            results=self.ports.results,
            flinks=self._flinks,
            stop=self.stop_session,
            batches=self.ports.batches,
            idempotency_key=self.ports.idempotency_key,
            clock=self.ports.clock,
        )

    @cached_property
    def sweep_sessions(self) -> "SweepSessions":
        """Settle due sessions, and those of failed executions."""
        from reconnect.usecases.sweep_sessions import SweepSessions  # noqa: PLC0415

        return SweepSessions(
            sessions=self.ports.sessions,
            logins=self.ports.logins,
            workflow=self.ports.workflow,
            clock=self.ports.clock,
            in_parallel=self.ports.in_parallel,
            time_budget=timedelta(seconds=self.settings.sweep_budget_seconds),
            stop=self.stop_session,
            fetch=self.fetch_accounts,
            handle_evidence=self.handle_evidence,
            pacing=self._pacing,
            ask=self._ask_users,
            dates=self._refresh_dates,
            requests=self._budget,
            refresh_directory=self._refresh_directory,
            count=self.ports.count,
        )
