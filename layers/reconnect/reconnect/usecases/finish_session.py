"""End a session whose workflow is done."""

from dataclasses import dataclass

from reconnect.model.observations import Observations
from reconnect.model.session import Actor, Session
from reconnect.ports import Sessions
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.late_reads import LateReads


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishSession:
    """The use case behind the workflow's CloseSession state. Pending evidence is not lost."""

    sessions: Sessions
    close: CloseSession
    read_late: LateReads

    def __call__(self, session_id: str, reason: str, observations: Observations = ()) -> Session:
        """End the session; if it held evidence and ends without data, the data is read once more.

        A session that has succeeded was ended by its read. It keeps its login, which the next session takes from it:
        that saves a write.
        """
        session = self.sessions.get(session_id)
        if session.status.is_success:
            return session
        closed = self.close(session_id, reason, observations)
        return self.read_late(closed, "evidence", Actor.SERVICE) if closed.has_pending_evidence else closed
