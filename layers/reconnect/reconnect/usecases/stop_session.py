"""End a session from outside its workflow: its caller cancels it, or the sweeper finds it lost."""

from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.session import Session
from reconnect.ports import Clock, Count, Sessions, Workflow
from reconnect.rules.endings import Endings
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.session_updates import update_session


class StopSession:
    """The use case behind `POST /sessions/{sessionId}/cancel`; the sweeper stops sessions in the same way."""

    def __init__(
        self,
        sessions: Sessions,
        end: Endings,
        close: CloseSession,
        workflow: Workflow,
        clock: Clock,
        count: Count,
    ) -> None:
        self._sessions, self._end, self._close = sessions, end, close
        self._workflow, self._clock, self._count = workflow, clock, count

    def __call__(self, session_id: str, reason: str) -> Session:
        """End the session for `reason`; one that has ended stays as it is. Raises SessionNotFound."""
        tokens: list[str | None] = []

        def end(session: Session) -> Session:
            tokens.append(session.task_token)
            return self._end(session, reason, self._clock())

        update_session(self._sessions, session_id, end)
        if tokens[-1] is not None:
            self._release(tokens[-1])
        return self._close(session_id, reason)

    def _release(self, task_token: str) -> None:
        """Let the execution that waits see the end now; one that does not hear of it sees it when its wait is over."""
        try:
            self._workflow.wake(task_token, "stopped")
        except WorkflowUnavailable:
            self._count("WakeFailed")
