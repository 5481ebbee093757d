"""The cached flow and the freshness proof: read the accounts, and say whether this session refreshed them."""

from dataclasses import replace
from enum import StrEnum

from reconnect.domain.errors import FlinksReplyUnreadable, IllegalTransition
from reconnect.domain.outcomes import FlinksReply, Outcome, classify
from reconnect.domain.pacing import Pacing, Step
from reconnect.domain.ports import Clock, Flinks, Sessions
from reconnect.domain.session import Actor, Receipt, Session, Status


class Fetched(StrEnum):
    """What one reading of the accounts found."""

    FRESH = "FRESH"
    NOT_FRESH = "NOT_FRESH"
    PENDING = "PENDING"
    REFUSED = "REFUSED"


class FetchAccounts:
    """The use case behind the workflow's FetchAccounts state."""

    def __init__(self, sessions: Sessions, flinks: Flinks, clock: Clock, pacing: Pacing) -> None:
        self._sessions, self._flinks, self._clock, self._pacing = sessions, flinks, clock, pacing

    def __call__(self, session_id: str, fetches: int) -> Step:
        """Read once; `fetches` readings came before. Flinks allows 10 s between them, 30 min in all [D GAD]."""
        session = self._sessions.get(session_id)
        if session.data_request_id is not None:
            reply = self._flinks.get_accounts_detail_async(session.data_request_id)
            return self._take(session, reply, fetches)
        if session.attempt is None:
            raise IllegalTransition(f"session in {session.status} has no attempt to prove")
        cached = self._flinks.cached_authorize(session.login_id)
        if not self._pacing.proves(cached, session.attempt):
            return self._not_fresh(session, cached, fetches)
        if cached.request_id is None:
            raise FlinksReplyUnreadable("cached Authorize answered without a RequestId")
        fetching = self._sessions.save(
            session.move(
                Status.FETCHING,
                at=self._clock(),
                actor=Actor.BANK,
                cause="refreshed",
                data_request_id=cached.request_id,
                receipt=Receipt(fresh=False, last_refresh=cached.last_refresh),
                connect_url=None,
                task_token=None,
            )
        )
        return self._take(fetching, self._flinks.get_accounts_detail(cached.request_id), fetches)

    def _take(self, session: Session, reply: FlinksReply, fetches: int) -> Step:
        wait = self._pacing.before_fetch(fetches)
        verdict = classify(reply)
        match verdict.outcome:
            case Outcome.AUTHORIZED:
                return self._keep(session, reply)
            case Outcome.PENDING | Outcome.TRY_LATER | Outcome.BUSY:
                return Step(Fetched.PENDING, verdict.code, wait)
            case Outcome.ATTEMPT_GONE:
                # The data's RequestId lives 30 minutes at most; the next reading opens the cached flow anew.
                self._sessions.save(replace(session, data_request_id=None))
                return Step(Fetched.PENDING, verdict.code, wait)
            case _:
                return Step(Fetched.REFUSED, verdict.code)

    def _keep(self, session: Session, reply: FlinksReply) -> Step:
        if reply.accounts is None:
            raise FlinksReplyUnreadable("GetAccountsDetail answered 200 without Accounts")
        last_refresh = session.receipt.last_refresh if session.receipt else None
        receipt = Receipt(fresh=bool(reply.accounts), last_refresh=last_refresh, accounts=reply.accounts)
        read = replace(session, receipt=receipt, data_request_id=None)
        self._sessions.save(read.note(at=self._clock(), actor=Actor.SERVICE, cause="accounts_read"))
        # A login without a single account is no refresh that anyone could use.
        return Step(Fetched.FRESH, "ACCOUNTS_FRESH") if receipt.fresh else Step(Fetched.REFUSED, "NO_ACCOUNTS")

    def _not_fresh(self, session: Session, cached: FlinksReply, fetches: int) -> Step:
        """Remember how old the data is, so that a session which ends STALE can say it."""
        verdict = classify(cached)
        if verdict.outcome is Outcome.MISCONFIGURED:
            return Step(Fetched.REFUSED, verdict.code)
        if verdict.code == "TOO_MANY_REQUESTS":
            return Step(Fetched.PENDING, verdict.code, self._pacing.before_fetch(fetches))
        receipt = Receipt(fresh=False, last_refresh=cached.last_refresh)
        if cached.last_refresh is not None and session.receipt != receipt:
            self._sessions.save(replace(session, receipt=receipt))
        return Step(Fetched.NOT_FRESH, "ACCOUNTS_STALE", self._pacing.before_poll(0))
