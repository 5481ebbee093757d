"""While our page is open, its requests poll the bank's question, so that the workflow need not wake for it."""

from dataclasses import field
from datetime import datetime, timedelta

from reconnect.model.attempt import Ask
from reconnect.model.errors import FlinksError, WorkflowUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.outcomes import Outcome, classify
from reconnect.model.session import Session, Status
from reconnect.ports import Clock, Count, Flinks, Workflow

_STILL_OPEN = {Outcome.MFA_REQUIRED, Outcome.PENDING}


@frozen(kw_only=True)
class PagePolls:
    """Part of ConnectPage. It writes nothing: once the question is not open any more, the workflow polls and decides.

    `interval`: the least time between two polls of a session, in one Lambda environment.
    """

    flinks: Flinks
    workflow: Workflow
    clock: Clock
    count: Count
    interval: timedelta
    has_status_call: bool
    _polled_at: dict[str, datetime] = field(default_factory=dict)

    def __call__(self, session: Session) -> None:
        """Poll the question that the user may have answered, if one is open. Nothing that fails here is raised."""
        attempt = session.attempt
        if not self.has_status_call or session.status is not Status.AWAITING_USER or session.task_token is None:
            return
        if attempt is None or attempt.asked is not Ask.ANSWER or attempt.request_id is None:
            return
        if not self._is_due(session.session_id):
            return
        try:
            verdict = classify(self.flinks.read_authorize(attempt.request_id))
            if verdict.outcome not in _STILL_OPEN and not verdict.says_nothing:
                self.workflow.interrupt_wait(session.task_token)
        except FlinksError:
            return
        except WorkflowUnavailable:
            # Its wait ends in less than a minute anyway.
            self.count("WakeFailed")

    def _is_due(self, session_id: str) -> bool:
        now = self.clock()
        for polled in [each for each, at in self._polled_at.items() if now - at >= self.interval]:
            del self._polled_at[polled]
        if session_id in self._polled_at:
            return False
        self._polled_at[session_id] = now
        return True
