"""Poll a live attempt once."""

from dataclasses import replace

from reconnect.model.attempt import Ask, Attempt
from reconnect.model.causes import Cause
from reconnect.model.errors import FlinksError, IllegalTransition
from reconnect.model.failures import Owner
from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations, record_observations
from reconnect.model.outcomes import (
    AUTHORIZED,
    CHALLENGED,
    DATA_REFRESHED,
    RULES,
    SIGN_IN,
    UNKNOWN_ANSWER,
    WORKING,
    FlinksReply,
    Outcome,
    Rule,
    Verdict,
    classify,
    ends_attempt,
)
from reconnect.model.reasons import Reason
from reconnect.model.session import Actor, Session, Status
from reconnect.model.step import Step
from reconnect.ports import Clock, Count, Flinks, Jitter, Sessions
from reconnect.rules.cooldowns import Cooldowns, is_refusal
from reconnect.rules.pacing import Pacing
from reconnect.usecases.refresh_dates import RefreshDates
from reconnect.usecases.session_updates import read_live, update_session
from reconnect.usecases.wait_for_bank import WaitForBank

# Decided by our clock, not by Flinks.
_OVER = Verdict("ATTEMPT_OVER", RULES["SESSION_EXPIRED"])

# The question that a click went on with was over before it could be shown: another attempt begins, without a click.
_BEGIN_ANEW = Rule(Outcome.TRY_LATER, Owner.USER, "start_again", max_retries=1)

# What an attempt waits for, by what the user was asked.
_AWAITED = {None: WORKING, Ask.ANSWER: CHALLENGED, Ask.SIGN_IN: SIGN_IN}

_ASKING = {Outcome.MFA_REQUIRED, Outcome.CREDENTIALS_REQUIRED}
_GOING_ON = {Outcome.PENDING, Outcome.AUTHORIZED, *_ASKING}


@frozen(kw_only=True)
class PollAuthorize:
    """The use case behind the workflow's PollAuthorize state. It also stores the bank's name, once, and removes a
    Connect URL that no longer works.

    `has_status_call`: the attempt was started by /AuthorizeAsync, whose RequestId can be polled. Without it
    (/Authorize), only the cached flow shows whether the user has finished.
    """

    sessions: Sessions
    flinks: Flinks
    clock: Clock
    pacing: Pacing
    cooldowns: Cooldowns
    jitter: Jitter
    count: Count
    has_status_call: bool
    dates: RefreshDates
    wait_for_bank: WaitForBank

    def __call__(self, session_id: str, polls: int, retries: int) -> Step:
        """Poll once; `polls` and `retries` are how often this was done before, and only shape the next wait."""
        session = read_live(self.sessions, session_id)
        attempt = session.attempt
        if attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to poll")
        try:
            verdict, is_over = self._classify(session, attempt)
        except FlinksError as failure:
            # A failed poll says nothing about the attempt, which lives on.
            verdict, is_over = _still(attempt, failure.code), False
        if is_over and not retries and _was_never_shown(session, attempt, verdict):
            verdict = replace(verdict, rule=_BEGIN_ANEW)
        if verdict.is_unknown:
            self.count("FlinksCodeUnknown")
        # That an attempt is authorized is recorded by the next step, which writes anyway.
        if verdict.outcome not in _GOING_ON or (is_over and verdict.code != AUTHORIZED.code) or is_refusal(verdict):
            update_session(
                self.sessions, session_id, lambda now: self._note(now, attempt.number, verdict, is_over=is_over)
            )
        if waits := self.wait_for_bank.after(session, verdict):
            return waits
        at_once = verdict.rule is _BEGIN_ANEW
        return Step.of(verdict, 1 if at_once else self._wait(verdict.outcome, session, attempt, polls, retries))

    def record(self, session_id: str, observations: Observations) -> None:
        """Write observations that this execution may get no other step to write."""
        update_session(
            self.sessions,
            session_id,
            lambda now: now if now.status.is_terminal else record_observations(now, observations),
        )

    def _classify(self, session: Session, attempt: Attempt) -> tuple[Verdict, bool]:
        """Return what the attempt comes to, and whether Flinks said that this RequestId is over."""
        if session.has_pending_evidence and session.status is Status.AUTHORIZING:
            return self._check_evidence(session, attempt), False
        verdict, is_over = self._poll(session, attempt)
        # It may be about the user's answer, and what the user can correct must not end the session.
        if verdict.is_unknown and attempt.asked is not None:
            verdict = replace(verdict, rule=UNKNOWN_ANSWER)
        if verdict.outcome in _ASKING and self.pacing.is_over(attempt, self.clock()):
            verdict = _OVER
        # Any other end would ask the user again or discard an answer already given, because Flinks forgets a finished
        # RequestId too. So the data decides.
        if verdict.outcome not in _GOING_ON and self._proves(self.dates(session.login_id), attempt):
            return DATA_REFRESHED, is_over
        return verdict, is_over

    def _check_evidence(self, session: Session, attempt: Attempt) -> Verdict:
        """Check the data instead of the attempt, because evidence came while no state waited for it."""
        cached = self.dates(session.login_id)
        if self._proves(cached, attempt):
            return DATA_REFRESHED
        # Evidence that came since the session was read is checked next time.
        update_session(
            self.sessions,
            session.session_id,
            lambda now: replace(now, has_pending_evidence=False) if now.version == session.version else now,
        )
        return _still(attempt, Reason.ACCOUNTS_STALE)

    def _note(self, now: Session, number: int, verdict: Verdict, *, is_over: bool) -> Session:
        """Record what the poll found about the attempt, unless the session has gone on without it."""
        if now.status.is_terminal or now.attempt is None or now.attempt.number != number:
            return now
        known = replace(now, attempt=replace(now.attempt, is_over=now.attempt.is_over or is_over))
        counted = self.cooldowns.count_failure(known, verdict, self.clock())
        is_put_off = verdict.outcome in {Outcome.TRY_LATER, Outcome.BUSY}
        return self._leave_connect(counted) if is_put_off else counted

    def _poll(self, session: Session, attempt: Attempt) -> tuple[Verdict, bool]:
        if self.has_status_call and attempt.request_id and attempt.asked is not Ask.SIGN_IN:
            reply = self.flinks.read_authorize(attempt.request_id)
            verdict = classify(reply)
            # The bank's name is needed only when the user is asked, and may be known from an earlier session.
            is_named = session.institution is not None and session.institution.name is not None
            if reply.institution and not is_named and verdict.outcome in _ASKING:
                self._keep_institution(session.session_id, attempt.number, reply.institution)
            # A throttled poll says nothing about the attempt, which lives on: another one would collide with it.
            still = _still(attempt, verdict.code) if verdict.says_nothing else verdict
            return still, ends_attempt(verdict)
        cached = self.dates(session.login_id, refusals_too=False)
        if self._proves(cached, attempt):
            return DATA_REFRESHED, False
        # Without a status call, the cached flow repeats an open question.
        is_asking = attempt.asked is None and classify(cached).outcome is Outcome.MFA_REQUIRED
        return CHALLENGED if is_asking else _still(attempt), False

    def _proves(self, cached: FlinksReply, attempt: Attempt) -> bool:
        return self.dates.prove(cached.last_refresh, attempt)

    def _leave_connect(self, session: Session) -> Session:
        """Remove the Connect URL, because the attempt is over and another one comes later."""
        if session.status is not Status.AWAITING_USER:
            return session
        moved = session.move(Status.AUTHORIZING, at=self.clock(), actor=Actor.BANK, cause="put_off")
        return replace(moved, connect_url=None, task_token=None)

    def _keep_institution(self, session_id: str, number: int, institution: str) -> None:
        """Store the bank's name, which the page shows to the user."""

        def keep(session: Session) -> Session:
            if session.status.is_terminal or session.attempt is None or session.attempt.number != number:
                return session
            return replace(session, attempt=replace(session.attempt, institution=institution))

        update_session(self.sessions, session_id, keep)

    def _wait(self, outcome: Outcome, session: Session, attempt: Attempt, polls: int, retries: int) -> int:
        if outcome is Outcome.PENDING:
            return self.pacing.before_poll(polls)
        if outcome in {Outcome.TRY_LATER, Outcome.BUSY}:
            return self.pacing.before_retry(outcome, retries, self.jitter)
        # While the user can answer on our page, the page's own requests poll: see PagePolls.
        is_polled_by_page = outcome is Outcome.MFA_REQUIRED and self.has_status_call and attempt.request_id is not None
        # Read again, because the user may have come during the poll.
        is_attended = not is_polled_by_page and self.sessions.get(session.session_id).is_attended
        return self.pacing.before_backstop(attempt, self.clock(), is_attended=is_attended)


def _was_never_shown(session: Session, attempt: Attempt, verdict: Verdict) -> bool:
    """Whether a click went on with a question that was over before the user saw it; nobody can have answered it."""
    is_gone = verdict.outcome is Outcome.ATTEMPT_GONE and not is_refusal(verdict)
    return is_gone and attempt.asked is None and session.has_cause(Cause.RESUMED)


def _still(attempt: Attempt, code: str | None = None) -> Verdict:
    """Return the verdict of an unchanged attempt; `code` says why nothing new is known."""
    awaited = _AWAITED[attempt.asked]
    return replace(awaited, code=code or awaited.code)
