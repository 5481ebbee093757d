"""Read a session."""

from reconnect.model.session import Session
from reconnect.ports import Sessions


class ReadSession:
    """The use case behind `GET /sessions/{sessionId}` and the workflow that follows another's session."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def __call__(self, session_id: str) -> Session:
        """Read a session; raise SessionNotFound."""
        return self._sessions.get(session_id)
