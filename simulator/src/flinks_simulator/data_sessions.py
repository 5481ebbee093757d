"""Data sessions by RequestId, and how much longer each part of their data is in preparation."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flinks_simulator.errors import BankError
from flinks_simulator.records import DataSession, Login, Part
from flinks_simulator.settings import Settings


class DataSessions:
    """Opens sessions over stored data and reads from them."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._sessions: dict[str, DataSession] = {}

    def open(self, request_id: str, login: Login) -> DataSession:
        """Open a session over the stored data of a login."""
        now, settings = self._clock(), self._settings
        extra, seconds = login.behaviour.data_pending, login.behaviour.data_pending_seconds
        pending = {
            Part.SUMMARY: settings.summary_pending + extra,
            Part.DETAIL: settings.detail_pending + extra,
            Part.STATEMENTS: settings.statements_pending + extra,
        }
        ready_at = dict.fromkeys(Part, now + timedelta(seconds=seconds))
        ready_at[Part.DETAIL] += timedelta(seconds=settings.detail_pending_seconds)
        session = DataSession(request_id, login, now, pending, ready_at)
        self._sessions[request_id] = session
        return session

    def get(self, request_id: str) -> DataSession | None:
        """Return the session of a RequestId, expired or not."""
        return self._sessions.get(request_id)

    def find(self, request_id: str) -> DataSession:
        """Find a session that has not expired."""
        session = self._sessions.get(request_id)
        if session is None or session.has_expired(self._clock()):
            raise BankError("SESSION_NONEXISTENT", request_id)
        return session

    def read(self, request_id: str, part: Part) -> tuple[Login, bool]:
        """Read one part of a session's data; False while it is still being prepared."""
        session = self.find(request_id)
        session.touched_at = self._clock()
        if part is Part.DETAIL and _is_stuck(session):
            return session.login, False
        if session.pending[part] > 0 or session.touched_at < session.ready_at[part]:
            session.pending[part] = max(0, session.pending[part] - 1)
            return session.login, False
        return session.login, True

    def forget(self, login: Login) -> None:
        """Forget the sessions of a login."""
        self._sessions = {name: each for name, each in self._sessions.items() if each.login is not login}


def _is_stuck(session: DataSession) -> bool:
    """Whether this RequestId is one of the first from which the login's accounts were requested in detail."""
    asked = session.login.detail_requests
    if session.request_id not in asked:
        asked.append(session.request_id)
    return session.request_id in asked[: session.login.behaviour.stuck_requests]
