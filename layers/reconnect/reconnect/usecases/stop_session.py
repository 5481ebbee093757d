"""End a session from outside its workflow: its caller cancels it, or the sweeper finds it lost."""

from functools import partial

from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.session import Session
from reconnect.model.trail import note_request
from reconnect.ports import Clock, Count, Sessions, Workflow
from reconnect.rules.endings import Endings
from reconnect.usecases.close_session import CloseSession
from reconnect.usecases.count_end import CountEnd
from reconnect.usecases.session_updates import update_session


@frozen(kw_only=True)
class StopSession:
    """The use case behind `POST /sessions/{sessionId}/cancel`; the sweeper stops sessions the same way."""

    sessions: Sessions
    end: Endings
    close: CloseSession
    workflow: Workflow
    clock: Clock
    count: Count
    count_end: CountEnd

    def __call__(self, session_id: str, reason: str, *, by: str = "") -> Session:
        """End the session for `reason`; one that has ended stays as it is. `by`: the caller who asks.

        Raises SessionNotFound.
        """
        tokens: list[str | None] = []

        def end(session: Session) -> Session:
            tokens.append(session.task_token)
            now = self.clock()
            ended = self.end(session, reason, now)
            return ended if ended is session else note_request(ended, now, "session_cancelled", by)

        ended = self.count_end.once(partial(update_session, self.sessions, session_id), end)
        if tokens[-1] is not None:
            self._release(tokens[-1])
        self.close.free_login(ended)
        return ended

    def _release(self, task_token: str) -> None:
        """Let the waiting execution see the end now; if this fails, it sees the end when its wait is over."""
        try:
            self.workflow.wake(task_token, "stopped")
        except WorkflowUnavailable:
            self.count("WakeFailed")
