"""Begin one live attempt, and never the same one twice."""

from dataclasses import replace

from reconnect.domain.changes import change, read_live
from reconnect.domain.cooldowns import Cooldowns, is_refusal
from reconnect.domain.errors import AttemptUncertain, FlinksError, FlinksUnavailable
from reconnect.domain.looks import Seen, write_down
from reconnect.domain.outcomes import (
    AUTHORIZED,
    RULES,
    UNKNOWN_LOGIN,
    WORKING,
    FlinksReply,
    Outcome,
    Verdict,
    classify,
    known_as,
)
from reconnect.domain.pacing import ATTEMPT_DEADLINE, Pacing, Step
from reconnect.domain.ports import Clock, Count, Flinks, Jitter, Sessions
from reconnect.domain.session import Actor, Attempt, Session, Status

# How often an attempt is put off because Flinks cannot be reached at all.
_UNCLEAR_RETRIES = 3

# With these an attempt is still alive at the bank.
_STANDING = {Outcome.PENDING, Outcome.MFA_REQUIRED}


class StartAuthorize:
    """The use case behind the workflow's StartAuthorize state."""

    def __init__(
        self,
        sessions: Sessions,
        flinks: Flinks,
        clock: Clock,
        pacing: Pacing,
        cooldowns: Cooldowns,
        jitter: Jitter,
        count: Count,
    ) -> None:
        self._sessions, self._flinks, self._clock = sessions, flinks, clock
        self._pacing, self._cooldowns, self._jitter, self._count = pacing, cooldowns, jitter, count

    def __call__(self, session_id: str, attempt_number: int, retries: int, seen: tuple[Seen, ...] = ()) -> Step:
        """Start attempt `attempt_number`; `retries` live attempts were already given up as TRY_LATER or BUSY.

        What was `seen` of them is written down when this one begins.
        """
        session = write_down(read_live(self._sessions, session_id), seen)
        if session.attempt and session.attempt.number >= attempt_number:
            return self._resume(session.attempt)
        try:
            # Asking again is asking the user again. The data tells whether the last attempt was answered after all.
            if session.attempt and self._is_refreshed(session, session.attempt):
                return Step.of(AUTHORIZED, 0)
            if session.attempt and (standing := self._standing(session.attempt)) is not None:
                return self._go_on_with(session, session.attempt, attempt_number, standing)
            # The token comes first: it may be asked for again, the start may not.
            token, grant = self._flinks.generate_authorize_token()
        except FlinksError:
            wait = self._before_retry(Outcome.TRY_LATER, retries)
            return Step(Outcome.TRY_LATER, FlinksError.code, wait, _UNCLEAR_RETRIES)
        if token is None:
            return self._step(_token_refused(grant), retries, attempt_number)
        self._begin(session, Attempt(attempt_number, started_at=self._clock()))
        try:
            reply = self._flinks.start_authorize(session.login_id, token)
        except FlinksError as lost:
            raise AttemptUncertain(f"attempt {attempt_number} may be running: {lost}") from lost
        if reply.request_id is not None:
            self._keep_request_id(session_id, reply)
        verdict = classify(reply)
        if verdict.known_as == "INVALID_LOGIN" and self._is_unknown(session.login_id):
            verdict = Verdict("INVALID_LOGIN", UNKNOWN_LOGIN)
        if is_refusal(verdict):
            change(self._sessions, session_id, lambda now: self._cooldowns.count_failure(now, verdict, self._clock()))
        return self._step(verdict, retries, attempt_number)

    def _resume(self, attempt: Attempt) -> Step:
        """This very step ran before and its answer was lost on the way to the workflow."""
        if attempt.request_id is None:
            raise AttemptUncertain(f"attempt {attempt.number} was begun and its answer is not known")
        return Step.of(WORKING, self._pacing.before_first_poll(attempt.number))

    def _standing(self, attempt: Attempt) -> Verdict | None:
        """What the last attempt still waits for at the bank; None if it is over.

        We stop waiting by our own clock, but the user's Connect page, or our own looks, may have kept the attempt
        alive: a second one would collide with it.
        """
        if attempt.request_id is None:
            return None
        verdict = classify(self._flinks.read_authorize(attempt.request_id))
        if verdict.known_as == "TOO_MANY_REQUESTS":
            raise FlinksUnavailable("a throttled look says nothing of the last attempt")
        return verdict if verdict.outcome in _STANDING else None

    def _go_on_with(self, session: Session, attempt: Attempt, attempt_number: int, verdict: Verdict) -> Step:
        """The question that still stands at the bank is put to the user anew, as this attempt's."""
        asked_anew = replace(attempt, number=attempt_number, started_at=self._clock(), asked=None, asked_at=None)
        self._begin(session, asked_anew, "authorize_resumed")
        return self._step(verdict, 0, attempt_number)

    def _begin(self, session: Session, attempt: Attempt, cause: str = "authorize_started") -> None:
        """Write down that the attempt begins, before it does: a crash must not hide it."""
        now = self._clock()
        self._sessions.save(
            session.move(
                Status.AUTHORIZING,
                at=now,
                actor=Actor.SERVICE,
                cause=cause,
                attempt=attempt,
                connect_url=None,
                task_token=None,
                data_request_id=None,
                unheard=False,
                due_at=min(filter(None, (session.due_at, now + ATTEMPT_DEADLINE))),
            )
        )

    def _keep_request_id(self, session_id: str, reply: FlinksReply) -> None:
        """Write the RequestId onto whatever the session has become: losing it would lose a live attempt."""

        def keep(session: Session) -> Session:
            if session.attempt is None or session.status.is_terminal:
                return session
            attempt = replace(session.attempt, request_id=reply.request_id, institution=reply.institution)
            return replace(session, attempt=attempt)

        change(self._sessions, session_id, keep)

    def _is_unknown(self, login_id: str) -> bool:
        """Whether Flinks does not know the LoginId at all, or only lost its credentials: then its data can be read."""
        try:
            return known_as(self._flinks.cached_authorize(login_id).code) == "INVALID_LOGIN"
        except FlinksError:
            return False

    def _is_refreshed(self, session: Session, attempt: Attempt) -> bool:
        return self._pacing.proves(self._flinks.cached_authorize(session.login_id), attempt)

    def _before_retry(self, outcome: Outcome, retries: int) -> int:
        return self._pacing.before_retry(outcome, retries, self._jitter)

    def _step(self, verdict: Verdict, retries: int, attempt_number: int) -> Step:
        if verdict.is_unknown:
            self._count("FlinksCodeUnknown")
        if verdict.outcome in {Outcome.TRY_LATER, Outcome.BUSY}:
            return Step.of(verdict, self._before_retry(verdict.outcome, retries))
        if verdict.outcome is Outcome.PENDING:
            return Step.of(verdict, self._pacing.before_first_poll(attempt_number))
        return Step.of(verdict, self._pacing.backstop)


def _token_refused(grant: FlinksReply) -> Verdict:
    """A refused token speaks of our keys, whatever its code: Flinks documents the 401, not what it is called."""
    verdict = classify(grant)
    if verdict.outcome in {Outcome.TRY_LATER, Outcome.BUSY}:
        return verdict
    return Verdict("ACCESS_DENIED", RULES["ACCESS_DENIED"])
