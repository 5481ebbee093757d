"""The cached flow and the freshness proof: read the accounts, and say whether this session refreshed them."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from reconnect.domain.changes import change
from reconnect.domain.endings import Endings
from reconnect.domain.errors import FlinksError, FlinksReplyUnreadable, IllegalTransition, SessionEnded
from reconnect.domain.outcomes import FlinksReply, Outcome, classify
from reconnect.domain.pacing import Pacing, Step
from reconnect.domain.ports import Clock, Count, Flinks, Sessions
from reconnect.domain.session import Actor, Receipt, Session, Status

# Nothing that is read now could make these endings truer, or the caller wants to hear no more.
_SETTLED = {Status.SUCCEEDED, Status.REPAIRED, Status.CANCELLED}


class Fetched(StrEnum):
    """What one reading of the accounts found."""

    FRESH = "FRESH"
    NOT_FRESH = "NOT_FRESH"
    PENDING = "PENDING"
    REFUSED = "REFUSED"


class FetchAccounts:
    """The use case behind the workflow's FetchAccounts state.

    A proved reading ends the session in the write that keeps its receipt. After another end it corrects: the status
    stays, SessionCorrected is announced.
    """

    def __init__(
        self, sessions: Sessions, flinks: Flinks, clock: Clock, pacing: Pacing, end: Endings, count: Count
    ) -> None:
        self._sessions, self._flinks, self._clock = sessions, flinks, clock
        self._pacing, self._end, self._count = pacing, end, count

    def __call__(self, session_id: str, fetches: int) -> Step:
        """Read once; `fetches` readings came before. Flinks allows 10 s between them, 30 min in all [D GAD]."""
        session = self._sessions.get(session_id)
        if session.status in _SETTLED:
            raise SessionEnded(session.status)
        try:
            return self._read(session, fetches, self._pacing.before_fetch(fetches))
        except FlinksError:
            # A reading that failed says nothing of the data, which stays where it is.
            self._count("FlinksUnclear")
            return Step.unclear(Fetched.PENDING, self._pacing.before_fetch(fetches))

    def _read(self, session: Session, fetches: int, wait: int) -> Step:
        # The Async form answers only to a call that Flinks took, as an earlier reading heard.
        if session.data_request_id is not None and fetches:
            return self._take(session, self._flinks.get_accounts_detail_async(session.data_request_id), wait)
        if session.attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to prove")
        cached = self._flinks.cached_authorize(session.login_id)
        if not self._pacing.proves(cached, session.attempt):
            return self._not_fresh(session, cached, wait)
        if cached.request_id is None:
            raise FlinksReplyUnreadable("cached Authorize answered without a RequestId")
        session = self._change(session, lambda now: self._begin(now, cached))
        return self._take(session, self._ask(session, cached.request_id), wait)

    def _ask(self, session: Session, request_id: str) -> FlinksReply:
        """Ask for the data; a call that Flinks did not take must be made anew."""
        try:
            reply = self._flinks.get_accounts_detail(request_id)
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

    def _take(self, session: Session, reply: FlinksReply, wait: int) -> Step:
        verdict = classify(reply)
        match verdict.outcome:
            case Outcome.AUTHORIZED:
                return self._keep(session, reply)
            case Outcome.PENDING | Outcome.TRY_LATER | Outcome.BUSY:
                return Step(Fetched.PENDING, verdict.code, wait)
            case Outcome.ATTEMPT_GONE:
                # The data's RequestId lives 30 minutes at most; the next reading opens the cached flow anew.
                self._forget(session)
                return Step(Fetched.PENDING, verdict.code, wait)
            case _:
                return Step(Fetched.REFUSED, verdict.code)

    def _forget(self, session: Session) -> None:
        self._change(session, lambda now: replace(now, data_request_id=None))

    def _keep(self, session: Session, reply: FlinksReply) -> Step:
        accounts = reply.accounts
        if accounts is None:
            raise FlinksReplyUnreadable("GetAccountsDetail answered 200 without Accounts")

        def keep(now: Session) -> Session:
            last_refresh = now.receipt.last_refresh if now.receipt else None
            receipt = Receipt(fresh=bool(accounts), last_refresh=last_refresh, accounts=accounts)
            read = replace(now, receipt=receipt, data_request_id=None)
            if now.status.is_terminal:
                return self._correct(read)
            read = read.note(at=self._clock(), actor=Actor.SERVICE, cause="accounts_read")
            return self._end(read, code)

        # A login without a single account is no refresh that anyone could use.
        code = "ACCOUNTS_FRESH" if accounts else "NO_ACCOUNTS"
        self._change(session, keep)
        return Step(Fetched.FRESH if accounts else Fetched.REFUSED, code)

    def _correct(self, session: Session) -> Session:
        """Tell that the data is fresh after all; what had been announced as the end stays the end."""
        if not (session.receipt and session.receipt.fresh) or session.has_heard("corrected"):
            return session
        noted = session.note(at=self._clock(), actor=Actor.SERVICE, cause="corrected")
        return replace(noted, announcement="SessionCorrected")

    def _not_fresh(self, session: Session, cached: FlinksReply, wait: int) -> Step:
        """Remember how old the data is, so that a session which ends STALE can say it."""
        verdict = classify(cached)
        if verdict.outcome is Outcome.MISCONFIGURED:
            return Step(Fetched.REFUSED, verdict.code)
        # Neither says how old the data is; and once it was proven fresh, nothing makes it old again.
        is_no_answer = verdict.outcome is Outcome.PENDING or verdict.code == "TOO_MANY_REQUESTS"
        if is_no_answer or session.status is Status.FETCHING:
            return Step(Fetched.PENDING, verdict.code, wait)
        receipt = Receipt(fresh=False, last_refresh=cached.last_refresh)
        if cached.last_refresh is not None and session.receipt != receipt:
            self._change(session, lambda now: replace(now, receipt=receipt))
        return Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", wait)

    def _change(self, session: Session, decide: Callable[[Session], Session]) -> Session:
        """Write what was read onto whatever the session has become meanwhile, unless nobody wants it any more."""
        return change(self._sessions, session.session_id, lambda now: now if now.status in _SETTLED else decide(now))
