"""The user came back from Connect: take that as evidence and wake the workflow, which then looks for itself."""

from collections.abc import Callable
from dataclasses import replace

from reconnect.domain.changes import change
from reconnect.domain.errors import WorkflowUnavailable
from reconnect.domain.ports import Clock, Count, Sessions, Workflow
from reconnect.domain.session import Actor, Session
from reconnect.domain.signing import RedirectState


class RedirectWebhook:
    """The use case behind `GET /redirect/{state}`.

    The redirect carries no signature of Flinks' [D EVENTS], so it never decides anything: it is a hint to look now.
    """

    def __init__(
        self,
        sessions: Sessions,
        workflow: Workflow,
        clock: Clock,
        count: Count,
        *,
        signing_key: Callable[[], bytes],
    ) -> None:
        self._sessions, self._workflow, self._clock, self._count = sessions, workflow, clock, count
        self._signing_key = signing_key

    def __call__(self, state: str, login_id: str | None) -> Session:
        """Record the redirect and wake whoever waits; raise StateInvalid or SessionNotFound.

        A redirect of a finished session, or one that finds nobody waiting, is normal: a second tab, a reload.
        """
        claims = RedirectState.verify(state, self._signing_key(), self._clock())
        taken: list[str] = []

        def record(session: Session) -> Session:
            taken.clear()
            if session.status.is_terminal:
                return session
            if login_id is not None and login_id.casefold() != session.login_id.casefold():
                return self._note_once(session, "login_changed")
            if session.task_token is None:
                return self._note_once(session, "redirected_again")
            taken.append(session.task_token)
            cause = "redirected" if _is_current(claims, session) else "redirected_late"
            return replace(session, task_token=None).note(at=self._clock(), actor=Actor.USER, cause=cause)

        session = change(self._sessions, claims.session_id, record)
        self._count("RedirectReceived")
        for task_token in taken:
            try:
                self._workflow.wake(task_token, "redirect")
            except WorkflowUnavailable:
                self._count("WakeFailed")
                return self._give_back(session, task_token)
        return session

    def _give_back(self, session: Session, task_token: str) -> Session:
        """The token was not used after all: the next redirect, or a reload, may use it."""

        def give_back(now: Session) -> Session:
            if now.status.is_terminal or now.task_token is not None or now.attempt != session.attempt:
                return now
            return replace(now, task_token=task_token)

        return change(self._sessions, session.session_id, give_back)

    def _note_once(self, session: Session, cause: str) -> Session:
        """Reloading the page must not fill the timeline."""
        if any(entry.cause == cause for entry in session.timeline):
            return session
        return session.note(at=self._clock(), actor=Actor.USER, cause=cause)


def _is_current(claims: RedirectState, session: Session) -> bool:
    return session.attempt is not None and session.attempt.number == claims.attempt_number
