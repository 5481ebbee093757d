"""The session store in memory, with the rules of the DynamoDB one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from reconnect.domain.errors import LoginHeld, SessionChanged, SessionNotFound
from reconnect.domain.ports import Clock
from reconnect.domain.session import Session

LOCK_GRACE = timedelta(hours=1)


@dataclass
class LoginLock:
    """Who holds a login, and until when."""

    session_id: str
    expires_at: datetime


class FakeSessions:
    """The port `Sessions`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[str, Session] = {}
        self._locks: dict[str, LoginLock] = {}
        self._one_at_a_time = Lock()
        self.saves: list[Session] = []

    def holding(self, *sessions: Session) -> "FakeSessions":
        """Begin with these sessions, as if each had been opened and brought to where it stands."""
        for session in sessions:
            self._records[session.session_id] = replace(session, version=1)
            if not session.status.is_terminal:
                self._lock(session)
        return self

    @property
    def all(self) -> list[Session]:
        return list(self._records.values())

    def open(self, session: Session) -> Session:
        with self._one_at_a_time:
            if holder := self.live_session_of(session.login_id):
                raise LoginHeld(holder)
            if session.session_id in self._records:
                raise SessionChanged("there is a session of this id")
            self._lock(session)
            return self._write(replace(session, version=1))

    def get(self, session_id: str) -> Session:
        if session_id not in self._records:
            raise SessionNotFound(session_id)
        return self._records[session_id]

    def live_session_of(self, login_id: str) -> str | None:
        lock = self._locks.get(login_id.casefold())
        is_held = lock and lock.expires_at.timestamp() >= int(self._clock().timestamp())
        return lock.session_id if lock and is_held else None

    def save(self, session: Session) -> Session:
        with self._one_at_a_time:
            stored = self._records.get(session.session_id)
            if stored is None or stored.version != session.version:
                raise SessionChanged(f"version {session.version} was overtaken")
            lock = self._locks.get(session.login_id.casefold())
            if session.status.is_terminal and lock and lock.session_id == session.session_id:
                del self._locks[session.login_id.casefold()]
            self.saves.append(session)
            return self._write(replace(session, version=session.version + 1))

    def _lock(self, session: Session) -> None:
        self._locks[session.login_id.casefold()] = LoginLock(session.session_id, session.link_expires_at + LOCK_GRACE)

    def _write(self, session: Session) -> Session:
        self._records[session.session_id] = session
        return session


class ContestedSessions(FakeSessions):
    """A store where somebody else writes just before each of our first `races` saves."""

    def __init__(self, clock: Clock, races: int) -> None:
        super().__init__(clock)
        self._races = races

    def save(self, session: Session) -> Session:
        if self._races > 0:
            self._races -= 1
            super().save(self.get(session.session_id))
        return super().save(session)
