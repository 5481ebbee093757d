"""Read a session."""

from reconnect.model.frozen import frozen
from reconnect.model.session import Session
from reconnect.ports import Sessions
from reconnect.rules.pacing import Pacing


@frozen(kw_only=True)
class ReadSession:
    """The use case behind `GET /sessions/{sessionId}` and the workflow that follows another's session."""

    sessions: Sessions
    pacing: Pacing

    def __call__(self, session_id: str) -> Session:
        """Read a session; raise SessionNotFound."""
        return self.sessions.get(session_id)

    def follow(self, session_id: str, polls: int) -> tuple[Session, int]:
        """Read another execution's session after `polls` polls; return it and the seconds until the next poll."""
        return self(session_id), self.pacing.before_following(polls)
