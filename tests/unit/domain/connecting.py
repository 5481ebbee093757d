"""The world of the step that waits for the user."""

from typing import Any

from reconnect.domain.build_connect_url import BuildConnectUrl
from reconnect.domain.connect_urls import ConnectAddress, ConnectUrls
from reconnect.domain.session import Ask, Session, Status
from tests.fakes.builders import SESSION_ID, SIGNING_KEY, a_session
from tests.fakes.clock import Clock
from tests.fakes.events import FakeEvents
from tests.fakes.flinks import FakeFlinks
from tests.fakes.sessions import FakeSessions

A_TOKEN = "token-1"


class World:
    """The step over fakes, with the store's one session at hand."""

    def __init__(self, sessions: FakeSessions, events: FakeEvents, clock: Clock) -> None:
        self.sessions, self.events, self.clock = sessions, events, clock
        self.flinks = FakeFlinks()
        self.address = ConnectAddress("https://connect.test", "/v2/", demo=False)

    @property
    def step(self) -> BuildConnectUrl:
        return BuildConnectUrl(
            self.sessions,
            ConnectUrls(self.flinks, self.address),
            self.events,
            self.clock,
            public_base_url="https://api.test",
            signing_key=lambda: SIGNING_KEY,
        )

    def ask(self, ask: Ask = Ask.ANSWER, token: str = A_TOKEN) -> Session:
        self.step.await_redirect(SESSION_ID, token, ask)
        return self.session

    @property
    def session(self) -> Session:
        return self.sessions.get(SESSION_ID)

    def holding(self, status: Status, **changes: Any) -> None:
        self.sessions.holding(a_session(status, **changes))
