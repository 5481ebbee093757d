"""Evidence wakes the workflow: each task token is used once, in the write that takes it out of the record."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reconnect.domain.changes import change
from reconnect.domain.errors import WorkflowUnavailable
from reconnect.domain.pacing import ATTEMPT_DEADLINE
from reconnect.domain.ports import Clock, Count, Sessions, Workflow
from reconnect.domain.session import Actor, Session, Status


@dataclass(frozen=True, slots=True)
class Knock:
    """What somebody brings: how the timeline calls it, how it calls a repeat, and what the waiting state is told.

    Without an `output` it is only noted. `once`: while the user must click, it is looked into once in an attempt;
    reloading a page is no news. `is_other_login`: it speaks of another login than the session's, which is quarantined.
    """

    cause: str
    again: str
    output: str | None = "redirect"
    actor: Actor = Actor.USER
    once: bool = False
    is_other_login: bool = False

    def is_no_news(self, session: Session) -> bool:
        """Whether it was looked into before, and nothing has begun since."""
        return self.once and session.status is Status.AWAITING_CLICK and session.has_heard(self.cause)


class Waker:
    """Hands evidence to whoever waits for it. It decides nothing: the workflow then looks for itself."""

    def __init__(self, sessions: Sessions, workflow: Workflow, clock: Clock, count: Count) -> None:
        self._sessions, self._workflow, self._clock, self._count = sessions, workflow, clock, count

    def __call__(self, session_id: str, judge: Callable[[Session], Knock]) -> Session:
        """Record what `judge` makes of it, and wake the state that waits.

        Evidence for a finished session, or for one where nobody waits, is normal: a second tab, a reload.
        """
        taken: list[tuple[Session, str]] = []

        def record(session: Session) -> Session:
            taken.clear()
            if session.status.is_terminal:
                return session
            knock = judge(session)
            if knock.output is None:
                return self._note_once(session, knock, knock.cause)
            if session.task_token is None or knock.is_no_news(session):
                return self._note_once(session, knock, knock.again)
            taken.append((session, knock.output))
            # What Connect showed is answered or given up: nobody shall be sent there again for it. If the execution
            # is broken, and nobody told us, the sweeper finds that out soon, and not when the link ends.
            now = self._clock()
            return session.move(
                Status.AUTHORIZING,
                at=now,
                due_at=min(filter(None, (session.due_at, now + ATTEMPT_DEADLINE))),
                actor=knock.actor,
                cause=knock.cause,
                task_token=None,
                connect_url=None,
            )

        session = change(self._sessions, session_id, record)
        for before, output in taken:
            session = self._wake(session, before, output)
        return session

    def _wake(self, session: Session, before: Session, output: str) -> Session:
        try:
            if self._workflow.wake(before.task_token or "", output):
                return session
        except WorkflowUnavailable:
            self._count("WakeFailed")
            return self._change_waiting(
                session,
                status=before.status,
                task_token=before.task_token,
                connect_url=before.connect_url,
                timeline=before.timeline,
            )
        # The wait had just ended and the next has not begun: it must hear of this before it begins.
        return self._change_waiting(session, unheard=True)

    def _change_waiting(self, session: Session, **changes: object) -> Session:
        """Change the record unless somebody waits under a newer token, or nobody will wait again."""

        def apply(now: Session) -> Session:
            if now.status.is_terminal or now.task_token is not None or _number(now) != _number(session):
                return now
            return replace(now, **changes)  # type: ignore[arg-type]

        return change(self._sessions, session.session_id, apply)

    def _note_once(self, session: Session, knock: Knock, cause: str) -> Session:
        """Reloading a page must not fill the timeline."""
        if any(entry.cause == cause for entry in session.timeline):
            return session
        noted = session.note(at=self._clock(), actor=knock.actor, cause=cause)
        return replace(noted, quarantined=True, announcement="LoginChanged") if knock.is_other_login else noted


def _number(session: Session) -> int:
    return session.attempt.number if session.attempt else 0
