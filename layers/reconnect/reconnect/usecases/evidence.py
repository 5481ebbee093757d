"""Evidence wakes the workflow. Each task token is used once, and leaves the record right after."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.causes import RETURNS
from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.session import Actor, Session, Status
from reconnect.model.workflow_input import in_next_execution
from reconnect.ports import Clock, Count, Sessions, Workflow
from reconnect.rules.pacing import ATTEMPT_DEADLINE, EVIDENCE_DEADLINE
from reconnect.usecases.late_reads import LateReads
from reconnect.usecases.session_updates import update_session

# What the waiting state gets for a click, which begins another attempt; any other evidence is only checked.
CLICK = "click"

# How often one wait may end and another begin while evidence is handed over.
_TRIES = 5

# The sweeper starts an execution after this, if the function that should have started it crashed.
_START_DEADLINE = timedelta(minutes=2)

# One answer is reported twice, by our page and by the redirect.
_CHECKED_RETURNS = 2


@frozen
class Evidence:
    """Evidence that something happened: its timeline cause, the cause of repeats, and the output of the waiting state.

    Without an `output` it is only noted. `once`: anyone with a link can produce it, so it is checked once per attempt
    while the user must click, and twice while they may be in Connect, because checking it closes Connect.
    `since`: what is noted only once is noted again if it was last noted before then.
    `is_other_login`: it names another login, so the session is quarantined; `is_same_login`: it names this one.
    """

    cause: str
    again: str
    output: str | None = "redirect"
    actor: Actor = Actor.USER
    once: bool = False
    since: datetime | None = None
    is_other_login: bool = False
    is_same_login: bool = False

    def name_in(self, session: Session) -> str:
        """Return its cause there: the first of its kind in an attempt, or a repeat."""
        return self.again if session.has_cause(self.cause) else self.cause

    def is_no_news(self, session: Session) -> bool:
        """Whether it was checked before, and nothing has begun since. The polls go on, so no answer is missed."""
        if session.status is Status.AWAITING_USER:
            returns = sum(entry.cause in RETURNS for entry in session.since_attempt())
            return self.once and returns >= _CHECKED_RETURNS
        return self.once and session.status is Status.AWAITING_CLICK and session.has_cause(self.cause)


@frozen(kw_only=True)
class EvidenceHandler:
    """Hands evidence to the waiting state. It decides nothing: the workflow then polls for itself, or, after the
    session's end, reads the data once more.
    """

    sessions: Sessions
    workflow: Workflow
    clock: Clock
    count: Count
    read_late: LateReads

    def __call__(self, session_id: str, judge: Callable[[Session], Evidence]) -> Session:
        """Record the evidence that `judge` returns, and wake the waiting state.

        Evidence for a session that has ended or does not wait is normal: a second tab, a reload. Raises
        WorkflowUnavailable if it came after the end and no read could be started.
        """
        waiting: list[tuple[Session, Evidence]] = []
        late: list[Evidence] = []
        resumed: list[Evidence] = []

        def record(session: Session) -> Session:
            waiting.clear()
            late.clear()
            resumed.clear()
            evidence = judge(session)
            if session.status.is_terminal:
                late.extend([evidence] if evidence.output is not None else [])
                return session
            if evidence.is_same_login and session.quarantined:
                session = replace(session, quarantined=False).note(
                    at=self.clock(), actor=evidence.actor, cause="login_confirmed"
                )
            if evidence.output is None:
                return self._note_once(session, evidence, evidence.cause)
            if evidence.is_no_news(session):
                return self._note_once(session, evidence, evidence.name_in(session))
            if session.is_parked:
                resumed.append(evidence)
                return self._resume(session, evidence)
            if session.task_token is None:
                return self._note_pending(session, evidence)
            waiting.append((session, evidence))
            return session

        session = update_session(self.sessions, session_id, record)
        for _ in range(_TRIES):
            is_delivered = False
            for before, evidence in waiting:
                session, is_delivered = self._wake(before, evidence)
            if not _is_missed(session, waiting, is_delivered=is_delivered):
                break
            # The wait was over, and the next wait or the session's end came first: hand it to that one.
            session = update_session(self.sessions, session_id, record)
        if resumed:
            self._start(session)
        for evidence in late:
            session = self.read_late(session, evidence.cause, evidence.actor)
        return session

    def _resume(self, session: Session, evidence: Evidence) -> Session:
        """Hand a parked session to its next execution. This write comes first: of many clicks one makes it, and only
        the execution that it names may be started, by this function or, if that crashes, by the sweeper.
        """
        at = self.clock()
        return replace(
            in_next_execution(session.move(Status.AUTHORIZING, at=at, actor=evidence.actor, cause=evidence.cause)),
            has_pending_evidence=evidence.output != CLICK,
            due_at=at + _START_DEADLINE,
        )

    def _start(self, session: Session) -> None:
        try:
            self.workflow.start(session)
        except WorkflowUnavailable:
            self.count("WakeFailed")

    def _wake(self, before: Session, evidence: Evidence) -> tuple[Session, bool]:
        """Wake the state, then remove the token from the record: a crash between the two loses nothing.

        In the other order a crash would lose the token, and the click would have no effect until the link's end. Step
        Functions accepts each token once, from any caller.
        """
        try:
            is_delivered = self.workflow.wake(before.task_token or "", evidence.output or "")
        except WorkflowUnavailable:
            self.count("WakeFailed")
            return before, False
        taken = update_session(
            self.sessions,
            before.session_id,
            lambda now: self._take(now, before, evidence, is_delivered=is_delivered),
            known=before,
        )
        return taken, is_delivered

    def _take(self, now: Session, before: Session, evidence: Evidence, *, is_delivered: bool) -> Session:
        if now.status.is_terminal:
            return now
        if now.task_token != before.task_token:
            # The woken state has gone on already, or other evidence came first, or another wait began.
            if is_delivered:
                return self._note_once(now, evidence, evidence.cause)
            return now if now.task_token is not None or now.is_parked else self._note_pending(now, evidence)
        at = self.clock()
        # The question was answered or abandoned, so its URL must not be shown again. Evidence that was not delivered
        # came between two waits: it stays pending for the next one. If the execution is broken, the sweeper finds out
        # soon, and not only at the link's end.
        return replace(
            now.move(Status.AUTHORIZING, at=at, actor=evidence.actor, cause=evidence.cause),
            task_token=None,
            connect_url=None,
            has_pending_evidence=not is_delivered,
            due_at=min(filter(None, (now.due_at, at + (ATTEMPT_DEADLINE if is_delivered else EVIDENCE_DEADLINE)))),
        )

    def _note_pending(self, session: Session, evidence: Evidence) -> Session:
        """Keep evidence that no state waits for: the running step checks it, or the data is read again after the end.

        While the data is being read, there is nothing more to find out.
        """
        is_read = session.status is Status.FETCHING
        return replace(
            self._note_once(session, evidence, evidence.name_in(session)),
            has_pending_evidence=session.has_pending_evidence or not is_read,
        )

    def _note_once(self, session: Session, evidence: Evidence, cause: str) -> Session:
        """Note a cause once: reloading a page must not fill the timeline."""
        since = evidence.since
        is_noted = any(entry.cause == cause and (since is None or entry.at > since) for entry in session.timeline)
        if is_noted and (session.quarantined or not evidence.is_other_login):
            return session
        noted = session.note(at=self.clock(), actor=evidence.actor, cause=cause)
        return replace(noted, quarantined=True, event_type="LoginChanged") if evidence.is_other_login else noted


def _is_missed(session: Session, waiting: Sequence[tuple[Session, Evidence]], *, is_delivered: bool) -> bool:
    """Whether the evidence may have been lost, because another wait or the session's end came first."""
    token = session.task_token
    is_other_wait = token is not None and any(token != before.task_token for before, _ in waiting)
    is_left = session.is_parked and not is_delivered
    return bool(waiting) and (is_other_wait or is_left or session.status.is_terminal)
