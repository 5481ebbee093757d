"""Begin one live attempt, never the same one twice."""

from dataclasses import replace
from datetime import datetime

from reconnect.model.attempt import Ask, Attempt
from reconnect.model.causes import Cause
from reconnect.model.errors import AttemptUncertain, FlinksError, FlinksThrottled, SessionEnded, SessionNotFound
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.observations import Observations, record_observations
from reconnect.model.outcomes import (
    CHALLENGED,
    DATA_REFRESHED,
    RULES,
    SIGN_IN,
    UNKNOWN_LOGIN,
    WORKING,
    FlinksReply,
    Outcome,
    Verdict,
    classify,
    known_as,
)
from reconnect.model.reasons import Reason
from reconnect.model.session import Actor, Session, Status
from reconnect.model.step import Step
from reconnect.ports import Clock, Count, Flinks, Jitter, Logins, Sessions
from reconnect.rules.cooldowns import Cooldowns
from reconnect.rules.link_budget import LinkBudget
from reconnect.rules.pacing import ATTEMPT_DEADLINE, Pacing
from reconnect.usecases.admit_start import AdmitStart, heard
from reconnect.usecases.find_institution import Institutions
from reconnect.usecases.refresh_dates import RefreshDates
from reconnect.usecases.session_updates import read_live, update_login, update_session
from reconnect.usecases.wait_for_bank import WaitForBank

# How often an attempt is put off because Flinks cannot be reached at all.
_UNCLEAR_RETRIES = 3

# After so many refusals in a row, those of calls about this login are taken for the outcome of its last attempt, which
# Flinks repeats [D CACHE-ERR]. If Flinks does throttle, it refuses the token or the start as well.
_REPEATED_REFUSALS = 30
# The cause of a new live attempt, as opposed to one that goes on with a question that is still open.
_STARTED = "authorize_started"

# The outcomes of an attempt that is still alive at the bank.
_ALIVE = {Outcome.PENDING, Outcome.MFA_REQUIRED}

# Flinks' directory says so; the bank is not tried.
_INSTITUTION_DISABLED = Step(Outcome.REFUSED, Reason.INSTITUTION_DISABLED)


@frozen(kw_only=True)
class StartAuthorize:
    """The use case behind the workflow's StartAuthorize state. `has_status_call`: see PollAuthorize."""

    sessions: Sessions
    logins: Logins
    flinks: Flinks
    clock: Clock
    pacing: Pacing
    cooldowns: Cooldowns
    jitter: Jitter
    count: Count
    dates: RefreshDates
    link_budget: LinkBudget
    admit: AdmitStart
    institutions: Institutions
    wait_for_bank: WaitForBank
    has_status_call: bool = True

    def __call__(self, session_id: str, attempt_number: int, retries: int, observations: Observations = ()) -> Step:
        """Start attempt `attempt_number`; `retries` live attempts were already given up as TRY_LATER or BUSY.

        Their `observations` are recorded when this one begins.
        """
        session = read_live(self.sessions, session_id)
        if session.attempt and session.attempt.number >= attempt_number:
            return self._resume(session.attempt)
        # What an earlier attempt may have brought is looked at first.
        if session.attempt is None and self.institutions.is_disabled(session.institution):
            return _INSTITUTION_DISABLED
        if _is_nothing_open(session, retries) and (waits := self.wait_for_bank(session, observations, begins=False)):
            return waits
        return self.admit(session) or self._begin_or_put_off(session, attempt_number, retries, observations)

    def _begin_or_put_off(  # noqa: PLR0911
        self, session: Session, attempt_number: int, retries: int, observations: Observations
    ) -> Step:
        try:
            cached = _heard(session, self.dates(session.login_id))
            if (ongoing := self._go_on(session, cached, attempt_number, observations)) is not None:
                return ongoing
            session = session.told(cached.bank)
            if self.institutions.is_disabled(session.institution):
                return _INSTITUTION_DISABLED
            if waits := self.wait_for_bank(session, observations, begins=True):
                return waits
            # The token comes first, because it may be requested again, and a start may not be repeated.
            token = heard(self.flinks.generate_authorize_token())
        except FlinksThrottled:
            return self.admit.again(session)
        except FlinksError:
            wait = self._before_retry(Outcome.TRY_LATER, retries)
            return Step(Outcome.TRY_LATER, FlinksError.code, wait, _UNCLEAR_RETRIES)
        if isinstance(token, FlinksReply):
            return self._step(_token_refused(token), retries, attempt_number)
        attempt = _new_attempt(session, cached, attempt_number, self.clock())
        begun = self._begin(session, attempt, _STARTED, observations)
        if begun.attempt is not attempt:
            # Another try of this step was first, or evidence came meanwhile: start over with the record as it is now.
            return self(session.session_id, attempt_number, retries, observations)
        return self._start(session, attempt, token, retries)

    def _start(self, session: Session, attempt: Attempt, token: str, retries: int) -> Step:
        try:
            reply = self.flinks.start_authorize(session.login_id, token)
        except FlinksError as lost:
            raise AttemptUncertain(f"attempt {attempt.number} may be running: {lost}") from lost
        verdict = classify(reply)
        if verdict.known_as == "INVALID_LOGIN" and self._is_unknown(session.login_id):
            verdict = Verdict("INVALID_LOGIN", UNKNOWN_LOGIN)
        self._keep_answer(session, attempt.number, reply, verdict)
        if verdict.says_nothing:
            return self.admit.again(session)
        waits = self.wait_for_bank.after(replace(session, attempt=attempt), verdict)
        return waits or self._step(verdict, retries, attempt.number)

    def _resume(self, attempt: Attempt) -> Step:
        """Continue after this step ran before and its answer was lost on the way to the workflow."""
        if _is_parked_sign_in(attempt):
            return self._step(SIGN_IN, 0, attempt.number)
        if attempt.request_id is None:
            raise AttemptUncertain(f"attempt {attempt.number} was begun and its answer is not known")
        return Step.of(WORKING, self.pacing.before_first_poll(attempt.number))

    def _go_on(
        self, session: Session, cached: FlinksReply, attempt_number: int, observations: Observations
    ) -> Step | None:
        """Continue with the last attempt if it was answered or is still open: a new one would ask the user again."""
        last = session.attempt
        if last is None:
            return None
        if self.dates.prove(cached.last_refresh, last):
            return Step.of(DATA_REFRESHED, 0)
        if (going_on := self._last_verdict(session, last)) is DATA_REFRESHED:
            return Step.of(going_on, 0)
        return None if going_on is None else self._go_on_with(session, last, attempt_number, going_on, observations)

    def _last_verdict(self, session: Session, attempt: Attempt) -> Verdict | None:
        """Return what the last attempt still waits for at the bank, or DATA_REFRESHED; None if it failed or is unknown.

        Our clock ends the wait, but the user's Connect page or our own polls may have kept the attempt alive: a second
        one would collide with it.
        """
        if _is_parked_sign_in(attempt):
            # The bank refused the saved credentials, and would count another refusal: the user signs in first.
            return SIGN_IN
        if attempt.request_id is None:
            return None
        if not self.has_status_call and session.has_cause(Cause.PARKED):
            return CHALLENGED if self._may_be_open(session) else None
        # A throttled poll says nothing about the last attempt.
        answer = _heard(session, self.flinks.read_authorize(attempt.request_id))
        # The cached reply may have come without its date, or just before the user's answer.
        if self.dates.prove(answer.last_refresh, attempt):
            return DATA_REFRESHED
        verdict = classify(answer)
        return verdict if verdict.outcome in _ALIVE else None

    def _may_be_open(self, session: Session) -> bool:
        left_at = session.attempt_gone_at
        return left_at is not None and self.clock() < left_at + self.pacing.attempt_lifetime

    def _go_on_with(
        self, session: Session, attempt: Attempt, attempt_number: int, verdict: Verdict, observations: Observations
    ) -> Step:
        """Ask the user the question that is still open at the bank again, as part of this attempt."""
        asked = attempt.asked if _is_parked_sign_in(attempt) else None
        asked_anew = replace(attempt, number=attempt_number, started_at=self.clock(), asked=asked, asked_at=None)
        begun = self._begin(session, asked_anew, Cause.RESUMED, observations)
        return self._step(verdict, 0, attempt_number) if begun.attempt is asked_anew else self._resume(asked_anew)

    def _begin(self, read: Session, attempt: Attempt, cause: str, observations: Observations) -> Session:
        """Record that the attempt begins, before it does, so that a crash cannot hide it.

        A caller who joins the session meanwhile does not prevent it. If the attempt has begun already, or evidence came
        since the session was `read`, the session stays as it is.
        """

        def begin(now: Session) -> Session:
            if now.status.is_terminal:
                raise SessionEnded(now.status)
            has_begun = now.attempt is not None and now.attempt.number >= attempt.number
            if has_begun or (now.has_pending_evidence and not read.has_pending_evidence):
                return now
            at = self.clock()
            recorded = record_observations(now, observations)
            if cause == _STARTED:
                recorded = self.link_budget.begin(recorded, at)
            return replace(
                recorded.move(Status.AUTHORIZING, at=at, actor=Actor.SERVICE, cause=cause),
                attempt=attempt,
                known_refresh=None,
                known_institution=now.told(read.institution or Institution()).institution,
                place=None,
                bank_back_at=None,
                connect_url=None,
                task_token=None,
                data_request_id=None,
                has_pending_evidence=False,
                due_at=min(filter(None, (now.due_at, at + ATTEMPT_DEADLINE))),
            )

        return update_session(self.sessions, read.session_id, begin)

    def _keep_answer(self, session: Session, number: int, reply: FlinksReply, verdict: Verdict) -> None:
        """Write Flinks' answer onto the session as it is now: losing its RequestId would lose a live attempt.

        If the session has ended meanwhile, or its login was erased, the attempt is not polled and stays open for its
        whole lifetime from now on. The login must record that.
        """
        # A refused start began nothing; an unknown code proves nothing.
        is_over = not verdict.is_unknown and verdict.outcome not in _ALIVE
        wait = self.cooldowns.answered_late(self.clock())

        def keep(now: Session) -> Session:
            attempt = now.attempt
            if attempt is None or attempt.number != number:
                return now
            if now.status.is_terminal:
                return now if is_over else now.wait(*wait)
            # A throttled start has not begun, so its number is free again.
            free = number - 1 if verdict.says_nothing else number
            known = replace(
                attempt, number=free, request_id=reply.request_id, institution=reply.institution, is_over=is_over
            )
            now = self.link_budget.take_back(now) if verdict.says_nothing else now
            return self.cooldowns.count_failure(replace(now, attempt=known), verdict, self.clock())

        try:
            has_ended = update_session(self.sessions, session.session_id, keep).status.is_terminal
        except SessionNotFound:
            has_ended = True
        if has_ended and not is_over:
            update_login(self.logins, session.login_id, lambda login: login.wait(*wait))

    def _is_unknown(self, login_id: str) -> bool:
        """Whether Flinks does not know the LoginId at all. If it only lost the credentials, the data can be read."""
        try:
            return known_as(self.flinks.cached_authorize(login_id).code) == "INVALID_LOGIN"
        except FlinksError:
            return False

    def _before_retry(self, outcome: Outcome, retries: int) -> int:
        return self.pacing.before_retry(outcome, retries, self.jitter)

    def _step(self, verdict: Verdict, retries: int, attempt_number: int) -> Step:
        if verdict.is_unknown:
            self.count("FlinksCodeUnknown")
        if verdict.outcome in {Outcome.TRY_LATER, Outcome.BUSY}:
            return Step.of(verdict, self._before_retry(verdict.outcome, retries))
        if verdict.outcome is Outcome.PENDING:
            return Step.of(verdict, self.pacing.before_first_poll(attempt_number))
        return Step.of(verdict, self.pacing.backstop)


def _new_attempt(session: Session, cached: FlinksReply, number: int, now: datetime) -> Attempt:
    """Return the attempt, with what is known about the data before it."""
    if cached.last_refresh is not None:
        return Attempt(number, started_at=now, refreshed_before=cached.last_refresh)
    before = session.attempt.refreshed_before if session.attempt else None
    known = session.known_refresh or before
    return Attempt(number, started_at=now, refreshed_before=known, is_remembered=known is not None)


def _is_nothing_open(session: Session, retries: int) -> bool:
    """Whether no earlier attempt can have brought anything: there was none, or the bank failed it."""
    attempt, is_repeat = session.attempt, retries > 0 or session.bank_back_at is not None
    return attempt is None or (is_repeat and attempt.is_over and not session.has_pending_evidence)


def _is_parked_sign_in(attempt: Attempt) -> bool:
    """Whether the user must sign in, and was not asked to: nobody was there."""
    return attempt.asked is Ask.SIGN_IN and attempt.asked_at is None


def _heard(session: Session, answer: FlinksReply) -> FlinksReply:
    """Return an answer about the session's login; raise FlinksThrottled if it says nothing, and may say more soon."""
    place = session.place
    return answer if place is not None and place.refusals >= _REPEATED_REFUSALS else heard(answer)


def _token_refused(refusal: FlinksReply) -> Verdict:
    """Return the verdict on a refused token. It is about our keys: Flinks documents the 401, but not its code."""
    verdict = classify(refusal)
    if verdict.outcome in {Outcome.TRY_LATER, Outcome.BUSY}:
        return verdict
    return Verdict("ACCESS_DENIED", RULES["ACCESS_DENIED"])
