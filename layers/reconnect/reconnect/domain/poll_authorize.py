"""One look at a live attempt."""

from reconnect.domain.errors import IllegalTransition
from reconnect.domain.outcomes import RULES, Outcome, Verdict, classify
from reconnect.domain.pacing import Pacing, Step
from reconnect.domain.ports import Clock, Count, Flinks, Jitter, Sessions
from reconnect.domain.session import Ask, Attempt, Session

_FRESH = Verdict("AUTHORIZED", RULES["ALREADY_AUTHORIZED"])
_ANSWER = Verdict("SECURITY_CHALLENGE", RULES["QUESTION_NOT_FOUND"])
_SIGN_IN = Verdict("CREDENTIALS_REQUIRED", RULES["INVALID_PASSWORD"])
_PENDING = Verdict("OPERATION_PENDING", RULES["OPERATION_PENDING"])
_OVER = Verdict("SESSION_EXPIRED", RULES["SESSION_EXPIRED"])


class PollAuthorize:
    """The use case behind the workflow's PollAuthorize state; it writes nothing.

    `has_status_call`: the attempt was started by /AuthorizeAsync, whose RequestId can be asked about. Without it
    (/Authorize), only the cached flow tells whether the user has finished.
    """

    def __init__(
        self,
        sessions: Sessions,
        flinks: Flinks,
        clock: Clock,
        pacing: Pacing,
        jitter: Jitter,
        count: Count,
        *,
        has_status_call: bool,
    ) -> None:
        self._sessions, self._flinks, self._clock = sessions, flinks, clock
        self._pacing, self._jitter, self._count = pacing, jitter, count
        self._has_status_call = has_status_call

    def __call__(self, session_id: str, polls: int, retries: int) -> Step:
        """Look once; `polls` and `retries` are how often this was done before, and only shape the next wait."""
        session = self._sessions.get(session_id)
        if session.attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to look at")
        verdict = self._judge(session, session.attempt)
        if verdict.is_unknown:
            self._count("FlinksCodeUnknown")
        return Step.of(verdict, self._wait(verdict.outcome, polls, retries))

    def _judge(self, session: Session, attempt: Attempt) -> Verdict:
        verdict = self._look(session, attempt)
        if verdict.outcome in {Outcome.MFA_REQUIRED, Outcome.CREDENTIALS_REQUIRED} and self._pacing.is_over(
            attempt, self._clock()
        ):
            verdict = _OVER
        # A finished RequestId is forgotten by Flinks too. Before we call an attempt gone, and so ask the user
        # once more, the data itself says whether the answer was already given.
        if verdict.outcome is Outcome.ATTEMPT_GONE and self._is_refreshed(session, attempt):
            return _FRESH
        return verdict

    def _look(self, session: Session, attempt: Attempt) -> Verdict:
        if self._has_status_call and attempt.request_id and attempt.asked is not Ask.SIGN_IN:
            verdict = classify(self._flinks.read_authorize(attempt.request_id))
            # A throttled look says nothing of the attempt, which lives on: another one would collide with it.
            return _still(attempt) if verdict.code == "TOO_MANY_REQUESTS" else verdict
        return _FRESH if self._is_refreshed(session, attempt) else _still(attempt)

    def _is_refreshed(self, session: Session, attempt: Attempt) -> bool:
        return self._pacing.proves(self._flinks.cached_authorize(session.login_id), attempt)

    def _wait(self, outcome: Outcome, polls: int, retries: int) -> int:
        if outcome is Outcome.PENDING:
            return self._pacing.before_poll(polls)
        if outcome in {Outcome.TRY_LATER, Outcome.BUSY}:
            return self._pacing.before_retry(outcome, retries, self._jitter)
        return self._pacing.backstop


def _still(attempt: Attempt) -> Verdict:
    """As it stood: nothing new is known."""
    if attempt.asked is None:
        return _PENDING
    return _ANSWER if attempt.asked is Ask.ANSWER else _SIGN_IN
