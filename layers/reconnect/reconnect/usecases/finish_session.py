"""End a session whose workflow is done."""

from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations
from reconnect.model.session import Actor, Session
from reconnect.ports import Sessions
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.late_reads import LateReads


@frozen(kw_only=True)
class FinishSession:
    """The use case behind the workflow's CloseSession state. Pending evidence is not lost."""

    sessions: Sessions
    close: CloseSession
    read_late: LateReads

    def __call__(
        self, session_id: str, reason: str, observations: Observations = (), execution_name: str | None = None
    ) -> Session:
        """End the session; if it held evidence and ends without data, the data is read once more.

        `execution_name`: the execution that asks. A live session that another one runs by now is not ended.

        A session that has succeeded was ended by its read. It keeps its login, which the next session takes from it:
        that saves a write.
        """
        session = self.sessions.get(session_id)
        if session.status.is_success:
            return session
        if not session.status.is_terminal and execution_name not in {None, session.execution_name}:
            return session
        closed = self.close(session_id, reason, observations)
        return self.read_late(closed, "evidence", Actor.SERVICE) if closed.has_pending_evidence else closed
