"""The use cases over fakes: a test replaces what it is about (a contended store, a bank that is down)."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from reconnect.model.attempt import Ask
from reconnect.model.login import Login
from reconnect.model.session import Session, Status
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings
from tests.fakes.builders import LOGIN_ID, SESSION_ID, a_session
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings

A_TOKEN = "token-1"


@dataclass
class World(FakePorts):
    """Each use case is built from the current fakes; `session` and `login` are the default ones of the store."""

    settings: Settings = field(default_factory=lambda: a_settings(flinks_connect_demo=False, quiet_hours="0-0"))

    def set(self, **settings: Any) -> None:
        """Change settings of the deployer."""
        self.settings = replace(self.settings, **settings)

    def with_session(self, status: Status = Status.STARTING, **changes: Any) -> Session:
        """Put a session into the store, as if it had come to this status; it holds its login if it is live."""
        session = a_session(status, **changes)
        self.sessions.with_session(session)
        return self.sessions.get(session.session_id)

    def due(self, status: Status = Status.AUTHORIZING, **changes: Any) -> Session:
        """Put a session into the store that the sweeper must settle, and whose execution runs."""
        session = self.with_session(status, **{"due_at": self.clock() - timedelta(seconds=1), **changes})
        self.workflow.start(session)
        return session

    def ask(self, ask: Ask = Ask.ANSWER, token: str = A_TOKEN) -> Session:
        """The workflow begins to wait for the user."""
        self.service.build_connect_url.await_redirect(SESSION_ID, token, ask)
        return self.session

    def end(self, session: Session, reason: str) -> Session:
        """The session as it ends now."""
        return self.service.endings(session, reason, self.clock())

    @property
    def session(self) -> Session:
        return self.sessions.get(SESSION_ID)

    @property
    def login(self) -> Login:
        return self.logins.get(LOGIN_ID)

    @property
    def service(self) -> Service:
        return Service(self, self.settings)
