"""The use cases over fakes: a test changes what it is about (a store that is fought over, a bank that is down)."""

from datetime import time, timedelta
from typing import Any

from reconnect.model.login import Login
from reconnect.model.session import Ask, Session, Status
from reconnect.rules.endings import Endings
from reconnect.rules.reminders import Reminders
from reconnect.usecases.build_connect_url import BuildConnectUrl
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.connect_page import ConnectPage
from reconnect.usecases.connect_urls import ConnectAddress, ConnectUrls
from reconnect.usecases.erase_login import EraseLogin
from reconnect.usecases.evidence import EvidenceHandler
from reconnect.usecases.fetch_accounts import FetchAccounts
from reconnect.usecases.flinks_webhook import FlinksWebhook
from reconnect.usecases.keep_result import KeepResult
from reconnect.usecases.open_session import OpenSession
from reconnect.usecases.redirect_webhook import RedirectWebhook
from reconnect.usecases.start_authorize import StartAuthorize
from reconnect.usecases.stop_session import StopSession
from reconnect.usecases.sweep_sessions import SweepSessions
from reconnect.usecases.take_request import TakeRequest
from tests.fakes.builders import (
    LOGIN_ID,
    SESSION_ID,
    SIGNING_KEY,
    TASK_TOKEN,
    WEBHOOK_SECRET,
    a_cooldown,
    a_pacing,
    a_session,
)
from tests.fakes.clock import Clock
from tests.fakes.delay_queue import FakeDelayQueue
from tests.fakes.flinks import FakeFlinks
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.fakes.workflow import FakeWorkflow

A_TOKEN = "token-1"


class World:
    """Each use case is built anew from what stands here now; `session` and `login` are the store's usual ones."""

    def __init__(self, clock: Clock, logins: FakeLogins, sessions: FakeSessions, counted: list[str]) -> None:
        self.clock, self.logins, self.sessions, self.counted = clock, logins, sessions, counted
        self.claims, self.delay_queue = FakeClaims(clock), FakeDelayQueue(clock)
        self.workflow, self.flinks, self.results = FakeWorkflow(TASK_TOKEN), FakeFlinks(), FakeResults()
        self.address = ConnectAddress("https://connect.test", "/v2/", demo=False)
        self.cooldowns, self.pacing = a_cooldown(), a_pacing()
        self.reminders = Reminders((timedelta(hours=24), timedelta(hours=72)), time(0), time(0), "America/Toronto")
        self.webhook_secret: str | None = WEBHOOK_SECRET
        self.completeness_polls = 6

    def with_session(self, status: Status = Status.STARTING, **changes: Any) -> Session:
        """Put a session into the store, as if it had come to this status; it holds its login if it is live."""
        session = a_session(status, **changes)
        self.sessions.with_session(session)
        return self.sessions.get(session.session_id)

    def due(self, status: Status = Status.AUTHORIZING, **changes: Any) -> Session:
        """Put a session into the store that the sweeper shall look at, and whose execution runs."""
        session = self.with_session(status, **{"due_at": self.clock() - timedelta(seconds=1), **changes})
        self.workflow.start(session)
        return session

    def ask(self, ask: Ask = Ask.ANSWER, token: str = A_TOKEN) -> Session:
        """The workflow begins to wait for the user."""
        self.connect.await_redirect(SESSION_ID, token, ask)
        return self.session

    @property
    def session(self) -> Session:
        return self.sessions.get(SESSION_ID)

    @property
    def login(self) -> Login:
        return self.logins.get(LOGIN_ID)

    def end(self, session: Session, reason: str) -> Session:
        """The session as it ends now."""
        return self._endings(session, reason, self.clock())

    @property
    def _endings(self) -> Endings:
        return Endings(self.cooldowns)

    @property
    def open(self) -> OpenSession:
        return OpenSession(
            self.sessions,
            self.logins,
            self.claims,
            self.workflow,
            self.clock,
            link_lifetime=timedelta(hours=168),
            public_base_url="https://api.test",
            signing_key=lambda: SIGNING_KEY,
        )

    @property
    def take(self) -> TakeRequest:
        return TakeRequest(self.open, self.logins, self.delay_queue, self.clock)

    @property
    def begin(self) -> StartAuthorize:
        return StartAuthorize(
            self.sessions,
            self.logins,
            self.flinks,
            self.clock,
            self.pacing,
            self.cooldowns,
            lambda: 0.5,
            self.counted.append,
        )

    @property
    def connect(self) -> BuildConnectUrl:
        return BuildConnectUrl(
            self.sessions,
            ConnectUrls(self.flinks, self.address),
            self.clock,
            public_base_url="https://api.test",
            signing_key=lambda: SIGNING_KEY,
        )

    @property
    def wake(self) -> EvidenceHandler:
        return EvidenceHandler(self.sessions, self.workflow, self.clock, self.counted.append)

    @property
    def redirect(self) -> RedirectWebhook:
        return RedirectWebhook(
            self.wake,
            self.clock,
            self.counted.append,
            signing_key=lambda: SIGNING_KEY,
        )

    @property
    def page(self) -> ConnectPage:
        return ConnectPage(
            self.sessions,
            self.workflow,
            self.wake,
            ConnectUrls(self.flinks, self.address),
            self.clock,
            self.pacing,
            self.counted.append,
            signing_key=lambda: SIGNING_KEY,
        )

    @property
    def webhook(self) -> FlinksWebhook:
        return FlinksWebhook(self.logins, self.wake, self.counted.append, webhook_secret=lambda: self.webhook_secret)

    @property
    def fetch(self) -> FetchAccounts:
        keep_result = KeepResult(self.results, self.clock, timedelta(days=30))
        return FetchAccounts(
            self.sessions,
            self.flinks,
            keep_result,
            self.clock,
            self.pacing,
            self._endings,
            self.counted.append,
            self.completeness_polls,
        )

    @property
    def close(self) -> CloseSession:
        return CloseSession(self.sessions, self.logins, self._endings, self.clock)

    @property
    def stop(self) -> StopSession:
        return StopSession(self.sessions, self._endings, self.close, self.workflow, self.clock, self.counted.append)

    @property
    def erase(self) -> EraseLogin:
        return EraseLogin(self.sessions, self.logins, self.results, self.flinks, self.stop, self.clock)

    @property
    def sweep(self) -> SweepSessions:
        return SweepSessions(
            self.sessions,
            self.logins,
            self.flinks,
            self.workflow,
            self.clock,
            self.counted.append,
            stop=self.stop,
            fetch=self.fetch,
            wake=self.wake,
            pacing=self.pacing,
            reminders=self.reminders,
        )
