"""The cached flow and the freshness proof: read the accounts, and say whether this session refreshed them."""

from collections.abc import Callable
from dataclasses import replace

from reconnect.domain.changes import change
from reconnect.domain.endings import Endings
from reconnect.domain.errors import (
    AccountsInvalid,
    FlinksError,
    FlinksReplyUnreadable,
    IllegalTransition,
    SessionChanged,
    SessionEnded,
    SessionNotFound,
)
from reconnect.domain.keep_result import KeepResult, with_receipt
from reconnect.domain.looks import Seen, count_looks, write_down
from reconnect.domain.options import ReadOptions
from reconnect.domain.outcomes import FlinksReply, Outcome, classify, ends_attempt
from reconnect.domain.pacing import Fetched, Pacing, Step
from reconnect.domain.ports import Clock, Count, Flinks, Sessions
from reconnect.domain.receipts import Receipt, StoredResult
from reconnect.domain.refresh_dates import RefreshDates, is_of_login
from reconnect.domain.session import CORRECTED, Actor, Attempt, Session, Status

# Flinks may still be writing what it hands out. After a minute at its own pace, what contradicts itself stays so.
_MOST_INVALID = 6

_DATA_GONE = "data_gone"
_DATA_OLDER = "DATA_OLDER"
_NO_TRANSACTION, _TOO_FEW = "NO_TRANSACTION", "too_few_transactions"

_SETTLED = {Status.SUCCEEDED, Status.REPAIRED, Status.CANCELLED}


class FetchAccounts:
    """The use case behind the workflow's FetchAccounts state.

    A proved reading ends the session in the write that keeps its receipt. After another end it corrects: the status
    stays, SessionCorrected is announced.
    """

    def __init__(
        self,
        sessions: Sessions,
        flinks: Flinks,
        keep_result: KeepResult,
        clock: Clock,
        pacing: Pacing,
        end: Endings,
        count: Count,
    ) -> None:
        self._sessions, self._flinks, self._keep_result, self._clock = sessions, flinks, keep_result, clock
        self._pacing, self._end, self._count = pacing, end, count
        self._dates = RefreshDates(flinks, clock, pacing.clock_skew, count)

    def __call__(self, session_id: str, fetches: int, seen: tuple[Seen, ...] = ()) -> Step:
        """Read once; `fetches` readings came before. Flinks allows 10 s between them, 30 min in all [D GAD].

        What was `seen` until now is written down with what is read.
        Raises ResultNotStored if the data was read and could not be stored: then nothing is said of it anywhere.
        """
        try:
            session = self._sessions.get(session_id)
        except SessionNotFound:
            # Erased while an earlier reading stored its data, which must not stay.
            self._keep_result.erase(session_id)
            raise
        if _is_settled(session):
            raise SessionEnded(session.status)
        wait = self._pacing.before_fetch(fetches)
        try:
            return self._read(session, fetches, wait, seen)
        except AccountsInvalid as invalid:
            self._count("AccountsInvalid")
            is_last = count_looks(seen, invalid.code) >= _MOST_INVALID
            return Step(Fetched.REFUSED if is_last else Fetched.PENDING, invalid.code, wait)
        except FlinksError as failure:
            # A reading that failed says nothing of the data, which stays where it is.
            self._count("FlinksUnclear")
            return Step(Fetched.PENDING, failure.code, wait)

    def _read(self, session: Session, fetches: int, wait: int, seen: tuple[Seen, ...]) -> Step:
        # The Async form answers only to a call that Flinks took, as an earlier reading heard.
        if session.data_request_id is not None and fetches:
            return self._take(session, self._flinks.get_accounts_detail_async(session.data_request_id), wait, seen)
        cached = self._dates(session.login_id)
        _check_login(session, cached)
        if not self._proves(session, cached):
            return self._not_fresh(session, cached, wait, seen)
        if cached.request_id is None:
            raise FlinksReplyUnreadable("cached Authorize answered without a RequestId")
        session = self._change(session, lambda now: self._begin(write_down(now, seen), cached))
        return self._take(session, self._ask(session, cached.request_id), wait, seen)

    def _proves(self, session: Session, reply: FlinksReply) -> bool:
        if session.attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to prove")
        return self._dates.prove(reply.last_refresh, session.attempt)

    def _ask(self, session: Session, request_id: str) -> FlinksReply:
        """Ask for the data; a call that Flinks did not take must be made anew."""
        try:
            reply = self._flinks.get_accounts_detail(request_id, _wanted(session))
        except FlinksError:
            self._forget(session)
            raise
        if classify(reply).outcome in {Outcome.TRY_LATER, Outcome.BUSY}:
            self._forget(session)
        return reply

    def _begin(self, session: Session, cached: FlinksReply) -> Session:
        receipt = Receipt(fresh=False, last_refresh=cached.last_refresh)
        opened = replace(session, receipt=receipt, data_request_id=cached.request_id)
        if session.status is Status.FETCHING or session.status.is_terminal:
            return opened
        return opened.move(
            Status.FETCHING,
            at=self._clock(),
            actor=Actor.BANK,
            cause="refreshed",
            connect_url=None,
            task_token=None,
        )

    def _take(self, session: Session, reply: FlinksReply, wait: int, seen: tuple[Seen, ...]) -> Step:
        verdict = classify(reply)
        match verdict.outcome:
            # A condition of the data [D ERR]: the accounts are there all the same, and the next reading asks for them.
            case Outcome.AUTHORIZED if verdict.known_as == _NO_TRANSACTION and not session.has_heard(_TOO_FEW):
                return self._open_anew(session, _TOO_FEW, verdict.code, wait)
            case Outcome.AUTHORIZED if reply.last_refresh and not self._proves(session, reply):
                return self._put_off(session, reply, seen, wait)
            case Outcome.AUTHORIZED:
                return self._keep(session, reply, seen)
            case Outcome.PENDING | Outcome.TRY_LATER | Outcome.BUSY:
                return Step(Fetched.PENDING, verdict.code, wait)
            # Freshness was proved before: whatever asks for the user now speaks of this RequestId and not of them.
            case Outcome.ATTEMPT_GONE | Outcome.MFA_REQUIRED | Outcome.CREDENTIALS_REQUIRED:
                return self._open_anew(session, _DATA_GONE, verdict.code, wait)
            case _:
                return Step(Fetched.REFUSED, verdict.code)

    def _put_off(self, session: Session, reply: FlinksReply, seen: tuple[Seen, ...], wait: int) -> Step:
        """Flinks hands out older data than it spoke of. If that stays so, the session ends with that data's date."""
        if count_looks(seen, _DATA_OLDER) < _MOST_INVALID:
            self._forget(session)
            return Step(Fetched.PENDING, _DATA_OLDER, wait)
        if reply.last_refresh is not None:
            receipt = Receipt(fresh=False, last_refresh=reply.last_refresh)
            self._change(session, lambda now: replace(now, receipt=receipt))
        return Step(Fetched.REFUSED, "ACCOUNTS_STALE")

    def _open_anew(self, session: Session, cause: str, code: str, wait: int) -> Step:
        """The next reading opens the cached flow anew, for each cause once."""
        if session.has_heard(cause):
            return Step(Fetched.REFUSED, "DATA_GONE")
        self._change(
            session,
            lambda now: replace(now, data_request_id=None).note(at=self._clock(), actor=Actor.BANK, cause=cause),
        )
        return Step(Fetched.PENDING, code, wait)

    def _forget(self, session: Session) -> None:
        self._change(session, lambda now: replace(now, data_request_id=None))

    def _keep(self, session: Session, reply: FlinksReply, seen: tuple[Seen, ...]) -> Step:
        accounts = reply.accounts
        if accounts is None or reply.document is None:
            raise AccountsInvalid("Flinks answered 200 without Accounts")
        _check_login(session, reply)
        is_over = self._is_over(session)
        # The data first: a session that says it has data must have it.
        result = self._keep_result(session.session_id, reply.document) if accounts else None

        def keep(now: Session) -> Session:
            told = write_down(now, seen)
            read = replace(with_receipt(told, accounts, result, reply.last_refresh), data_request_id=None)
            if now.status.is_terminal:
                return self._correct(read)
            read = _with_attempt(read, session.attempt, is_over=is_over)
            read = read.note(at=self._clock(), actor=Actor.SERVICE, cause="accounts_read")
            return self._end(read, code)

        # A login without a single account is no refresh that anyone could use.
        code = "ACCOUNTS_FRESH" if accounts else "NO_ACCOUNTS"
        self._write(session, keep, result)
        return Step(Fetched.FRESH if accounts else Fetched.REFUSED, code)

    def _is_over(self, session: Session) -> bool:
        """Whether Flinks says that the attempt is over. That its data is fresh says nothing of it: the login may have
        been refreshed elsewhere while the question stands.
        """
        attempt = session.attempt
        if attempt is None or session.status.is_terminal or attempt.is_over or attempt.request_id is None:
            return attempt is not None and attempt.is_over
        try:
            verdict = classify(self._flinks.read_authorize(attempt.request_id))
            if verdict.outcome is Outcome.MISCONFIGURED:
                # An instance without the status call: data is handed out only under a RequestId that is authorized.
                verdict = classify(self._flinks.get_accounts_summary(attempt.request_id))
                return verdict.outcome is Outcome.AUTHORIZED
        except FlinksError:
            return False
        return ends_attempt(verdict)

    def _write(self, session: Session, keep: Callable[[Session], Session], result: StoredResult | None) -> None:
        """Write what leads to the result. If its login was erased meanwhile, or nobody wants it, it must not stay."""
        try:
            written = self._change(session, keep)
        except (SessionNotFound, SessionChanged):
            self._discard(session, result)
            raise
        if written.receipt is None or written.receipt.result != result:
            self._discard(session, result)

    def _discard(self, session: Session, result: StoredResult | None) -> None:
        if result is not None:
            self._keep_result.discard(session.session_id, result)

    def _correct(self, session: Session) -> Session:
        """Tell that the data is fresh after all; what had been announced as the end stays the end."""
        if not (session.receipt and session.receipt.fresh):
            return session
        noted = session.note(at=self._clock(), actor=Actor.SERVICE, cause=CORRECTED)
        return replace(noted, announcement="SessionCorrected")

    def _not_fresh(self, session: Session, cached: FlinksReply, wait: int, seen: tuple[Seen, ...]) -> Step:
        """Remember how old the data is, so that a session which ends STALE can say it."""
        verdict = classify(cached)
        if verdict.outcome is Outcome.MISCONFIGURED:
            return Step(Fetched.REFUSED, verdict.code)
        if verdict.outcome is Outcome.PENDING or verdict.known_as == "TOO_MANY_REQUESTS":
            return Step(Fetched.PENDING, verdict.code, wait)
        if session.status is Status.FETCHING:
            return self._put_off(session, cached, seen, wait)
        receipt = Receipt(fresh=False, last_refresh=cached.last_refresh)
        if cached.last_refresh is not None and session.receipt != receipt:
            self._change(session, lambda now: replace(now, receipt=receipt))
        return Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", wait)

    def _change(self, session: Session, decide: Callable[[Session], Session]) -> Session:
        """Write what was read onto whatever the session has become meanwhile, unless nobody wants it any more."""
        return change(self._sessions, session.session_id, lambda now: now if _is_settled(now) else decide(now))


def _with_attempt(session: Session, attempt: Attempt | None, *, is_over: bool) -> Session:
    """Note that this attempt is over, unless the session has begun another since."""
    if not is_over or attempt is None or session.attempt is None or session.attempt.number != attempt.number:
        return session
    return replace(session, attempt=replace(session.attempt, is_over=True))


def _wanted(session: Session) -> ReadOptions:
    return replace(session.options, summary_only=session.options.summary_only or session.has_heard(_TOO_FEW))


def _check_login(session: Session, reply: FlinksReply) -> None:
    """Somebody else's data proves nothing, and must not be kept."""
    if not is_of_login(reply, session.login_id):
        raise AccountsInvalid("Flinks answered with another login")


def _is_settled(session: Session) -> bool:
    """Whether nothing that is read now could make its end truer, or its caller wants to hear no more."""
    return session.status in _SETTLED or session.is_corrected
