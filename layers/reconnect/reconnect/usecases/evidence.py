"""Evidence wakes the workflow: each task token is used once, and leaves the record as soon as it was used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.session import Actor, Session, Status
from reconnect.ports import Clock, Count, Sessions, Workflow
from reconnect.rules.pacing import ATTEMPT_DEADLINE, EVIDENCE_DEADLINE
from reconnect.usecases.late_reads import LateReads
from reconnect.usecases.session_updates import update_session

# How often one wait may end and another begin while evidence is handed over.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Evidence:
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

    def name_in(self, session: Session) -> str:
        """What to call it there: the first of its kind in an attempt, or a repeat."""
        return self.again if session.has_cause(self.cause) else self.cause

    def is_no_news(self, session: Session) -> bool:
        """Whether it was looked into before, and nothing has begun since."""
        return self.once and session.status is Status.AWAITING_CLICK and session.has_cause(self.cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceHandler:
    """Hands evidence to whoever waits for it. It decides nothing: the workflow then polls for itself, or, after the
    session's end, reads the data once more.
    """

    sessions: Sessions
    workflow: Workflow
    clock: Clock
    count: Count
    read_late: LateReads

    def __call__(self, session_id: str, judge: Callable[[Session], Evidence]) -> Session:
        """Record what `judge` makes of it, and wake the state that waits.

        Evidence for a finished session, or for one where nobody waits, is normal: a second tab, a reload. Raises
        WorkflowUnavailable if it came after the end and could not be looked into.
        """
        waiting: list[tuple[Session, Evidence]] = []
        late: list[Evidence] = []

        def record(session: Session) -> Session:
            waiting.clear()
            late.clear()
            evidence = judge(session)
            if session.status.is_terminal:
                late.extend([evidence] if evidence.output is not None else [])
                return session
            if evidence.output is None:
                return self._note_once(session, evidence, evidence.cause)
            if evidence.is_no_news(session):
                return self._note_once(session, evidence, evidence.name_in(session))
            if session.task_token is None:
                return self._note_pending(session, evidence)
            waiting.append((session, evidence))
            return session

        session = update_session(self.sessions, session_id, record)
        for _ in range(_TRIES):
            for before, evidence in waiting:
                session = self._wake(before, evidence)
            if not _is_missed(session, waiting):
                break
            # The wait had ended, and the next one, or the session's end, came first: that must hear of it.
            session = update_session(self.sessions, session_id, record)
        for evidence in late:
            session = self.read_late(session, evidence.cause, evidence.actor)
        return session

    def _wake(self, before: Session, evidence: Evidence) -> Session:
        """First the state is woken, then the token leaves the record: if we die between the two, nothing is lost.

        The other way round the token would die with us, and a click would be waited for until the link's end. Step
        Functions takes each token once, whoever brings it.
        """
        try:
            is_delivered = self.workflow.wake(before.task_token or "", evidence.output or "")
        except WorkflowUnavailable:
            self.count("WakeFailed")
            return before
        return update_session(
            self.sessions, before.session_id, lambda now: self._take(now, before, evidence, is_delivered=is_delivered)
        )

    def _take(self, now: Session, before: Session, evidence: Evidence, *, is_delivered: bool) -> Session:
        if now.status.is_terminal:
            return now
        if now.task_token != before.task_token:
            # The state that was woken has gone on already, or other evidence came first, or another wait began.
            if is_delivered:
                return self._note_once(now, evidence, evidence.cause)
            return now if now.task_token is not None else self._note_pending(now, evidence)
        at = self.clock()
        # What Connect showed is answered or given up: nobody shall be sent there again for it. If nobody heard, the
        # wait had just ended and the next has not begun: it must hear of this before it begins. And if the execution
        # is broken, the sweeper finds that out soon, and not when the link ends.
        return now.move(
            Status.AUTHORIZING,
            at=at,
            actor=evidence.actor,
            cause=evidence.cause,
            task_token=None,
            connect_url=None,
            has_pending_evidence=not is_delivered,
            due_at=min(filter(None, (now.due_at, at + (ATTEMPT_DEADLINE if is_delivered else EVIDENCE_DEADLINE)))),
        )

    def _note_pending(self, session: Session, evidence: Evidence) -> Session:
        """Nobody waits: the step that works on the session looks into it, or the data is read again after the end.
        Where it is being read already, there is nothing more to find out.
        """
        is_read = session.status is Status.FETCHING
        return replace(
            self._note_once(session, evidence, evidence.name_in(session)),
            has_pending_evidence=session.has_pending_evidence or not is_read,
        )

    def _note_once(self, session: Session, evidence: Evidence, cause: str) -> Session:
        """Reloading a page must not fill the timeline."""
        if any(entry.cause == cause for entry in session.timeline):
            return session
        noted = session.note(at=self.clock(), actor=evidence.actor, cause=cause)
        return replace(noted, quarantined=True, event_type="LoginChanged") if evidence.is_other_login else noted


def _is_missed(session: Session, waiting: Sequence[tuple[Session, Evidence]]) -> bool:
    """Whether what was brought to a wait may have reached nobody, for another wait or the session's end came first."""
    token = session.task_token
    is_other_wait = token is not None and any(token != before.task_token for before, _ in waiting)
    return bool(waiting) and (is_other_wait or session.status.is_terminal)
