"""The sweeper: it ends every session that was lost, and reminds every user who has not come."""

from collections.abc import Callable
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import partial

from reconnect.model.asking import is_held
from reconnect.model.causes import Cause
from reconnect.model.contact_entries import NOT_HELD
from reconnect.model.errors import FlinksError, ReconnectError, ResultNotStored, SessionNotFound
from reconnect.model.frozen import frozen
from reconnect.model.reasons import Reason
from reconnect.model.session import WAITING, Actor, Session
from reconnect.model.step import Fetched
from reconnect.model.timestamps import to_iso
from reconnect.ports import Clock, Count, InParallel, Logins, Run, Sessions, Workflow
from reconnect.rules.pacing import ATTEMPT_DEADLINE, Pacing
from reconnect.usecases.ask_users import AskUsers
from reconnect.usecases.evidence import Evidence, EvidenceHandler
from reconnect.usecases.fetch_accounts import FetchAccounts
from reconnect.usecases.refresh_dates import RefreshDates
from reconnect.usecases.refresh_directory import RefreshDirectory
from reconnect.usecases.request_budget import RequestBudget
from reconnect.usecases.session_updates import update_session
from reconnect.usecases.stop_session import StopSession

# The workflow ends a session at its link's end; the sweeper only does so if the workflow did not.
_GRACE = timedelta(minutes=3)

# What it takes to see whether a login was refreshed meanwhile.
_READ_REQUESTS = 3

_REPAIRED = Evidence("refreshed_elsewhere", "refreshed_elsewhere_again", actor=Actor.BANK)


@frozen
class Swept:
    """How many sessions were due, which of them could not be settled and why, and how many there was no time for.

    `directory_failure`: why the directory of institutions could not be read again, if it was time to.
    """

    due: int
    failures: dict[str, ReconnectError]
    left: int = 0
    directory_failure: str | None = None


@frozen
class _Sweep:
    """One run. Several threads add to it, each by one atomic operation."""

    until: datetime
    failures: dict[str, ReconnectError] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


@frozen(kw_only=True)
class SweepSessions:
    """The use case behind the schedule, and behind Step Functions' events about failed executions.

    `time_budget`: how long a run begins to settle sessions. It is shorter than the minute between two runs,
    so that only what was begun last may still go on beside the next one.
    """

    sessions: Sessions
    logins: Logins
    workflow: Workflow
    clock: Clock
    count: Count
    in_parallel: InParallel
    time_budget: timedelta
    stop: StopSession
    fetch: FetchAccounts
    handle_evidence: EvidenceHandler
    pacing: Pacing
    ask: AskUsers
    dates: RefreshDates
    requests: RequestBudget
    refresh_directory: RefreshDirectory

    def __call__(self) -> Swept:
        """Settle the sessions that are due; what cannot be settled now, or in time, stays due.

        Those that wait for their user come last: a lost session blocks its login, a reminder may be some minutes late.
        """
        now = self.clock()
        sweep = _Sweep(until=now + self.time_budget)
        due = self.sessions.due(now)
        found = filter(None, self.in_parallel(partial(self._in_time, sweep, self._find), due))
        live = sorted(found, key=lambda each: (self._waits(each, now), to_iso(each.due_at) or ""))
        by_id = {each.session_id: each for each in live if not each.status.is_terminal}
        self.in_parallel(partial(self._in_time, sweep, lambda each: self._settle(by_id[each])), by_id)
        if sweep.left:
            self.count("SweepCutShort")
        # Last, and only in time: no session waits for it.
        seconds = (sweep.until - self.clock()).total_seconds()
        return Swept(
            len(due), sweep.failures, len(sweep.left), self.refresh_directory(seconds) if seconds > 0 else None
        )

    def _in_time(self, sweep: _Sweep, act: Callable[[str], Session | None], session_id: str) -> Session | None:
        """Act on a session unless the run's time is up; one failure must not stop the others."""
        if self.clock() >= sweep.until:
            sweep.left.append(session_id)
            return None
        try:
            return act(session_id)
        except SessionNotFound:
            return None
        except ReconnectError as failure:
            self.count("SweepFailed")
            sweep.failures[session_id] = failure
            return None

    def rescue(self, execution_name: str, started_with: object) -> str | None:
        """End the session of an execution that failed, was aborted or timed out, unless another one runs it by now.

        `started_with` is the execution's input, which may be any JSON. Returns the session's id; None if the execution
        had no session yet.
        """
        session = self._session_of(started_with)
        if session is None:
            return None
        if not session.status.is_terminal and session.execution_name == execution_name:
            self._end_lost(session)
        return session.session_id

    def _session_of(self, started_with: object) -> Session | None:
        match started_with:
            case {"sessionId": str(session_id)}:
                return self._find(session_id)
            case {"loginId": str(login_id)}:
                return self._find(self.logins.get(login_id).session_id or "")
        return None

    def _find(self, session_id: str) -> Session | None:
        try:
            return self.sessions.get(session_id)
        except SessionNotFound:
            return None

    def _settle(self, session: Session) -> None:
        if self.clock() >= _last_check(session):
            self._end_at_links_end(session)
            return
        # An execution began the wait, so it is not looked up. If it breaks, Step Functions reports it to `rescue`; if
        # that is lost, the evidence that finds the wait over, the deadline or the link's end leads here.
        match Run.RUNNING if self._waits(session, self.clock()) else self.workflow.state_of(session):
            case Run.NONE:
                self._start_or_discard(session)
            case Run.OVER:
                self._end_lost(session)
            case Run.RUNNING:
                self._remind_or_wait(session)

    def _waits(self, session: Session, now: datetime) -> bool:
        """Whether it waits for its user, parked or under a task token, and may."""
        if session.status not in WAITING or not (session.task_token or session.is_parked):
            return False
        return now < min(filter(None, (_last_check(session), self.pacing.deadline(session))))

    def _start_or_discard(self, session: Session) -> None:
        """Start a session whose opener crashed before the start; discard it if it never got the login."""
        if self.logins.get(session.login_id).session_id != session.session_id:
            self.sessions.discard(session)
            return
        self.workflow.start(session)
        self._postpone(session, self._next_check(session, None))

    def _end_lost(self, session: Session) -> None:
        """End a session whose execution is over or stuck, unless that one has parked it since it was read."""
        now = self._find(session.session_id)
        if now is None or now.is_parked or now.execution_name != session.execution_name:
            return
        self._end_truthfully(now, Reason.WORKFLOW_LOST)

    def _end_at_links_end(self, session: Session) -> None:
        """End a session that nobody came for. If a parked one was refreshed all the same, an execution reads its data,
        which may take minutes.
        """
        if session.is_parked and self._is_refreshed(session):
            self.handle_evidence(session.session_id, lambda _: _REPAIRED)
        else:
            self._end_truthfully(session, Reason.USER_ABSENT)

    def _end_truthfully(self, session: Session, reason: Reason) -> None:
        """Read the data once before the end: the user may have answered without our receiving any evidence."""
        # No execution ends a parked session, so the sweeper rescues nothing there.
        if not session.is_parked:
            self.count("SessionRescued")
        try:
            is_unclear = session.attempt is not None and self.fetch(session.session_id, 0).outcome == Fetched.PENDING
        except ResultNotStored:
            # The session must end and free its login; the late read retries for some minutes.
            is_unclear, reason = True, Reason.RESULT_NOT_STORED
        if is_unclear:
            # Before the end, so that after a crash between the two the session is still due.
            self.workflow.start_late_read(session)
        self.stop(session.session_id, reason)

    def _remind_or_wait(self, session: Session) -> None:
        now = self.clock()
        if (deadline := self.pacing.deadline(session)) is not None and deadline <= now:
            # Its execution runs, but makes no progress.
            self._end_lost(session)
            return
        due = self.ask.policy.next_at(session, now)
        if due is None or due > now:
            self._postpone(session, self._next_check(session, due))
        elif not self.requests.take_spare(_READ_REQUESTS):
            # Sessions wait for their turn at Flinks; the reminder stays due and is sent in a later run.
            return
        elif self._is_refreshed(session):
            self.handle_evidence(session.session_id, lambda _: _REPAIRED)
        else:
            self._change(session, self._called)

    def _called(self, session: Session) -> Session:
        """Publish the event that is due, if it may go out; otherwise the session is due when it may."""
        now = self.clock()
        due = self.ask.policy.next_at(session, now)
        if due is None or due > now:
            # Another sweep was first.
            return session
        # What the user has chosen on the page is no ask of ours.
        if session.asking.remind_at is None and (hold := self.ask(session, now)) is not None:
            kept = replace(session.asking, hold=hold) if is_held(session) else session.asking
            return replace(session, asking=kept, due_at=self._next_check(session, hold.until))
        called = self._first(session, now) if is_held(session) else self._reminded(session, now)
        return replace(called, due_at=self._next_check(called, self.ask.policy.next_at(called, now)))

    def _first(self, session: Session, now: datetime) -> Session:
        called = replace(session, asking=NOT_HELD, event_type="ReconnectRequired")
        return called.note(at=now, actor=Actor.SERVICE, cause=Cause.ASKED)

    def _reminded(self, session: Session, now: datetime) -> Session:
        count = max(session.reminders, self.ask.policy.reminders.due_by(session, now))
        reminded = replace(session, asking=NOT_HELD, reminders=count, event_type="ReconnectReminder")
        return reminded.note(at=now, actor=Actor.SERVICE, cause=Cause.REMINDED)

    def _next_check(self, session: Session, reminder: datetime | None) -> datetime:
        check = reminder if session.status in WAITING else self.clock() + ATTEMPT_DEADLINE
        return min(filter(None, (check, self.pacing.deadline(session), _last_check(session))))

    def _postpone(self, session: Session, at: datetime) -> None:
        self._change(session, lambda now: replace(now, due_at=at))

    def _is_refreshed(self, session: Session) -> bool:
        """Whether the login was refreshed meanwhile, here or elsewhere; False if Flinks cannot be asked.

        One call: the cached flow replays the last live outcome, so it only succeeds if someone else did, and then it
        has the date. A refusal is our own question, which nobody has answered.
        """
        if session.attempt is None:
            return False
        try:
            cached = self.dates(session.login_id, refusals_too=False)
        except FlinksError:
            return False
        return self.dates.prove(cached.last_refresh, session.attempt)

    def _change(self, session: Session, decide: Callable[[Session], Session]) -> None:
        update_session(self.sessions, session.session_id, lambda now: now if now.status.is_terminal else decide(now))


def _last_check(session: Session) -> datetime:
    """When the sweeper ends the session; before that its execution does, unless it is parked and has none."""
    return session.link_expires_at if session.is_parked else session.link_expires_at + _GRACE
