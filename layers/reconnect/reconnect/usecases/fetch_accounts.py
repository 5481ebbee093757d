"""The cached flow and the freshness proof: read the accounts, and say whether this session refreshed them."""

from collections.abc import Callable
from dataclasses import replace

from reconnect.model.causes import Cause
from reconnect.model.errors import (
    AccountsInvalid,
    FlinksError,
    FlinksReplyUnreadable,
    IllegalTransition,
    ResultNotStored,
    SessionEnded,
    SessionNotFound,
)
from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations, count_polls, record_observations
from reconnect.model.options import ReadOptions
from reconnect.model.outcomes import OK, FlinksReply, Outcome, classify
from reconnect.model.reasons import Reason
from reconnect.model.receipts import Receipt
from reconnect.model.session import Actor, Session, Status
from reconnect.model.step import Fetched, Step
from reconnect.ports import Clock, Count, Flinks, Sessions
from reconnect.rules.completeness import judge_completeness
from reconnect.rules.pacing import Pacing, Polls
from reconnect.usecases.keep_reading import KeepReading, is_settled, update_unsettled
from reconnect.usecases.keep_result import KeepResult
from reconnect.usecases.refresh_dates import RefreshDates, is_of_login, may_open

# Flinks may still be writing its data. What still contradicts itself after a minute of polls stays so.
_MOST_INVALID = 6

# Polls of one RequestId, at first two minutes of them. Then the cached flow is opened again, which may have the data at
# once.
_POLLS_PER_REQUEST = 12

_NO_TRANSACTION = "NO_TRANSACTION"
_NOT_TAKEN = {Outcome.TRY_LATER, Outcome.BUSY}


_Begin = Callable[[Session], Session]


def _nothing_new(session: Session) -> Session:
    return session


@frozen(kw_only=True)
class FetchAccounts:
    """The use case behind the workflow's FetchAccounts state.

    A proved reading ends the session in the write that stores its receipt. If the session has ended already, the status
    stays and SessionCorrected is published. `completeness_polls`: how often incomplete data is polled again.
    """

    sessions: Sessions
    flinks: Flinks
    keep_result: KeepResult
    clock: Clock
    pacing: Pacing
    count: Count
    completeness_polls: int = 6
    keep_reading: KeepReading
    dates: RefreshDates

    def __call__(self, session_id: str, fetches: int, observations: Observations = ()) -> Step:
        """Read once, after `fetches` readings. Flinks allows 10 s between them, 30 min in all [D GAD].

        `observations` are recorded with what is read. Raises ResultNotStored if the data was read and could not be
        stored; it is then not recorded either.
        """
        try:
            session = self.sessions.get(session_id)
        except SessionNotFound:
            # The session was erased while an earlier reading stored its data, which must not stay.
            self.keep_result.erase(session_id)
            raise
        if is_settled(session):
            raise SessionEnded(session.status)
        if session.attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to prove")
        polls = Polls(fetches, self.pacing.before_fetch(fetches), observations)
        # The workflow waited for a click until the link's end; support may have extended it meanwhile.
        return replace(self._try_to_read(session, polls), link_ends_at=int(session.link_expires_at.timestamp()))

    def _try_to_read(self, session: Session, polls: Polls) -> Step:
        try:
            return self._read(session, polls)
        except AccountsInvalid as invalid:
            self.count("AccountsInvalid")
            is_last = count_polls(polls.observations, invalid.code) >= _MOST_INVALID
            return Step(Fetched.REFUSED if is_last else Fetched.PENDING, invalid.code, polls.wait)
        except FlinksError as failure:
            # A failed reading says nothing about the data, which can still be read.
            return Step(Fetched.PENDING, failure.code, polls.wait)

    def _read(self, session: Session, polls: Polls) -> Step:
        # The Async call works only after Flinks accepted a first call, which an earlier reading made.
        at_hand = session.data_request_id if polls.fetches else None
        if at_hand is not None and polls.fetches % _POLLS_PER_REQUEST:
            return self._take(session, self.flinks.get_accounts_detail_async(at_hand), polls)
        cached = self.dates(session.login_id)
        if not is_of_login(cached, session.login_id):
            raise AccountsInvalid("Flinks answered with another login")
        is_undated = cached.last_refresh is None and may_open(cached)
        if self.dates.proves(cached, session) or (is_undated and self.dates.is_proved(session)):
            return self._open(session, cached, polls)
        if at_hand is not None and self.dates.is_proved(session):
            # What was proved stays proved, and the RequestId at hand may still lead to the data.
            return self._take(session, self.flinks.get_accounts_detail_async(at_hand), polls)
        return self._seek_date(session, cached, polls) if is_undated else self._not_fresh(session, cached, polls)

    def _open(self, session: Session, cached: FlinksReply, polls: Polls) -> Step:
        """Request the data of a proved login, and record the proof: with the data, if that is there at once."""
        request_id = cached.request_id
        if request_id is None:
            self.count("FlinksCallFailed")
            raise FlinksReplyUnreadable("cached Authorize answered without a RequestId")

        try:
            reply = self.flinks.get_accounts_detail(request_id, _wanted(session))
        except FlinksError:
            self._change(session, self._beginning(cached, None, polls))
            raise
        outcome = classify(reply).outcome
        # A call that Flinks did not accept must be made again.
        begin = self._beginning(cached, None if outcome in _NOT_TAKEN else request_id, polls)
        if outcome is Outcome.AUTHORIZED:
            return self._take(session, reply, polls, begin)
        return self._take(self._change(session, begin), reply, polls)

    def _seek_date(self, session: Session, cached: FlinksReply, polls: Polls) -> Step:
        """Request the data for its date, which the cached flow did not give; keep the data if that date proves it."""
        request_id = cached.request_id or ""
        # While this session is live, a question may be open, and it must not wait for this. Once the session has ended,
        # a refusal is about another attempt.
        may_wait = cached.status == OK or session.status.is_terminal
        try:
            reply = self._ask(session, request_id)
        except FlinksError:
            if may_wait:
                raise
            return self._not_fresh(session, cached, polls)
        verdict = classify(reply)
        if verdict.outcome is Outcome.AUTHORIZED:
            return self._take(session, reply, polls)
        if may_wait and verdict.outcome in {Outcome.PENDING, *_NOT_TAKEN}:
            if verdict.outcome is Outcome.PENDING:
                self._change(session, lambda now: replace(now, data_request_id=request_id))
            return Step(Fetched.PENDING, verdict.code, polls.wait)
        return self._not_fresh(session, cached, polls)

    def _ask(self, session: Session, request_id: str) -> FlinksReply:
        """Request the data; a call that Flinks did not accept must be made again."""
        try:
            reply = self.flinks.get_accounts_detail(request_id, _wanted(session))
        except FlinksError:
            self._forget(session)
            raise
        if classify(reply).outcome in _NOT_TAKEN:
            self._forget(session)
        return reply

    def _beginning(self, dated: FlinksReply, request_id: str | None, polls: Polls) -> _Begin:
        """Return the change that records the proof of a `dated` reply; what was proved earlier stays proved."""

        def begin(session: Session) -> Session:
            recorded = record_observations(session, polls.observations)
            proved = session.receipt.last_refresh if session.receipt else None
            receipt = Receipt(fresh=False, last_refresh=dated.last_refresh or proved)
            opened = replace(recorded, receipt=receipt, data_request_id=request_id)
            if session.status is Status.FETCHING or session.status.is_terminal:
                return opened
            moved = opened.move(Status.FETCHING, at=self.clock(), actor=Actor.BANK, cause="refreshed")
            return replace(moved, connect_url=None, task_token=None)

        return begin

    def _take(self, session: Session, reply: FlinksReply, polls: Polls, begin: _Begin = _nothing_new) -> Step:
        """Take a reply to a request for the data. `begin` records a proof that is not written yet."""
        verdict = classify(reply)
        match verdict.outcome:
            # A condition of the data [D ERR]: the accounts exist all the same, and the next reading requests them.
            case Outcome.AUTHORIZED if verdict.known_as == _NO_TRANSACTION and not session.has_cause(
                Cause.TOO_FEW_TRANSACTIONS
            ):
                begun = self._change(session, begin)
                return self._open_anew(begun, Cause.TOO_FEW_TRANSACTIONS, verdict.code, polls.wait)
            case Outcome.AUTHORIZED:
                return self._take_data(session, reply, polls, begin)
            case Outcome.PENDING | Outcome.TRY_LATER | Outcome.BUSY:
                return Step(Fetched.PENDING, verdict.code, polls.wait)
            # Freshness was proved before, so these codes are about this RequestId and need no user.
            case Outcome.ATTEMPT_GONE | Outcome.MFA_REQUIRED | Outcome.CREDENTIALS_REQUIRED:
                return self._open_anew(session, Cause.DATA_GONE, verdict.code, polls.wait)
            case _:
                return Step(Fetched.REFUSED, verdict.code)

    def _take_data(self, session: Session, reply: FlinksReply, polls: Polls, begin: _Begin) -> Step:
        """Keep data that its own date proves, or, if it has no date, the date that was proved before."""
        begun = begin(session)
        was_proved = self.dates.is_proved(begun)
        if not is_of_login(reply, session.login_id):
            self._change(session, begin)
            raise AccountsInvalid("Flinks answered with another login")
        is_dated = reply.is_never_refreshed or reply.last_refresh is not None
        if not (self.dates.proves(reply, session) if is_dated else was_proved):
            begun = self._change(session, begin)
            return self._put_off(begun, reply, polls) if was_proved else self._not_fresh(begun, reply, polls)
        if not was_proved:
            begin = self._beginning(reply, None, polls)
        accounts = reply.accounts if reply.document is not None else ()
        found = judge_completeness(accounts, session, _wanted(session), self.clock().date())
        if found.may_come and polls.may_go_on(self.completeness_polls):
            self._forget(self._change(session, begin))
            return Step(Fetched.PENDING, Reason.NO_ACCOUNTS if accounts == () else Reason.DATA_INCOMPLETE, polls.wait)
        try:
            return self.keep_reading(session, reply, found.missing, polls.observations, begin)
        except ResultNotStored:
            # The user has answered, and must not be shown the question again while this step is repeated.
            self._change(session, begin)
            raise

    def _put_off(self, session: Session, reply: FlinksReply, polls: Polls) -> Step:
        """Poll again for data older than Flinks had announced; if it stays older, the session ends with that date."""
        if count_polls(polls.observations, Reason.DATA_OLDER) < _MOST_INVALID:
            self._forget(session)
            return Step(Fetched.PENDING, Reason.DATA_OLDER, polls.wait)
        if reply.last_refresh is not None:
            receipt = Receipt(fresh=False, last_refresh=reply.last_refresh)
            self._change(session, lambda now: replace(now, receipt=receipt))
        return Step(Fetched.REFUSED, Reason.ACCOUNTS_STALE)

    def _open_anew(self, session: Session, cause: Cause, code: str, wait: int) -> Step:
        """Let the next reading open the cached flow again, once for each cause."""
        if session.has_cause(cause):
            return Step(Fetched.REFUSED, Reason.DATA_GONE)
        self._change(
            session,
            lambda now: replace(now, data_request_id=None).note(at=self.clock(), actor=Actor.BANK, cause=cause),
        )
        return Step(Fetched.PENDING, code, wait)

    def _forget(self, session: Session) -> None:
        self._change(session, lambda now: replace(now, data_request_id=None))

    def _not_fresh(self, session: Session, cached: FlinksReply, polls: Polls) -> Step:
        """Record how old the data is, so that a session that ends STALE can report it."""
        verdict = classify(cached)
        if verdict.outcome is Outcome.MISCONFIGURED:
            return Step(Fetched.REFUSED, verdict.code)
        if verdict.outcome is Outcome.PENDING or verdict.says_nothing:
            return Step(Fetched.PENDING, verdict.code, polls.wait)
        if session.status is Status.FETCHING:
            return self._put_off(session, cached, polls)
        receipt = Receipt(fresh=False, last_refresh=cached.last_refresh)
        if cached.last_refresh is not None and session.receipt != receipt:
            self._change(session, lambda now: replace(now, receipt=receipt))
        return Step(Fetched.NOT_FRESH, Reason.ACCOUNTS_STALE, polls.wait)

    def _change(self, session: Session, decide: Callable[[Session], Session]) -> Session:
        return update_unsettled(self.sessions, session, decide)


def _wanted(session: Session) -> ReadOptions:
    return replace(
        session.options, summary_only=session.options.summary_only or session.has_cause(Cause.TOO_FEW_TRANSACTIONS)
    )
