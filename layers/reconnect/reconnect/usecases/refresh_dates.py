"""When Flinks last refreshed a login, from any of its replies, and whether that proves an attempt."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.attempt import Attempt
from reconnect.model.errors import FlinksError
from reconnect.model.frozen import frozen
from reconnect.model.outcomes import OK, FlinksReply, Outcome, classify
from reconnect.model.session import Session
from reconnect.ports import Clock, Count, Flinks
from reconnect.rules.freshness import Proof, judge


@frozen(kw_only=True)
class RefreshDates:
    """Reads LastRefresh from Flinks, and compares one with an attempt. `clock_skew`: see `freshness.judge`."""

    flinks: Flinks
    clock: Clock
    clock_skew: timedelta
    count: Count

    def __call__(self, login_id: str, *, refusals_too: bool = True) -> FlinksReply:
        """Return the cached flow's reply, with the LastRefresh of its summary if it has none itself.

        A cached 401 does not say how old the data is, but its RequestId opens the data all the same [D CACHE-ERR];
        without `refusals_too`, only a 200 is followed up. A caller that then reads the data also checks the date there.
        Raises FlinksError if the first call fails.
        """
        cached = self.flinks.cached_authorize(login_id)
        is_closed = _says_wait(cached) or not (refusals_too or cached.status == OK)
        if cached.last_refresh is not None or cached.request_id is None or is_closed:
            return cached
        try:
            summary = self.flinks.get_accounts_summary(cached.request_id)
        except FlinksError:
            return cached
        if classify(summary).says_nothing:
            # The date is not known, which differs from data that has none.
            return summary
        if not is_of_login(summary, login_id):
            return cached
        # A refusal does not name the bank; its data does.
        number = summary.institution_id if cached.institution_id is None else cached.institution_id
        name = cached.institution or summary.institution
        return replace(cached, last_refresh=summary.last_refresh, institution=name, institution_id=number)

    def prove(self, last_refresh: datetime | None, attempt: Attempt) -> bool:
        """Whether this LastRefresh proves the attempt; one in the future is counted, because a clock is wrong."""
        proof = judge(last_refresh, attempt, self.clock(), self.clock_skew)
        if proof is Proof.IN_FUTURE:
            self.count("LastRefreshInFuture")
        return proof is Proof.FRESH

    def proves(self, reply: FlinksReply, session: Session) -> bool:
        """Whether the reply's own date proves the session's attempt."""
        return session.attempt is not None and self.prove(reply.last_refresh, session.attempt)

    def is_proved(self, session: Session) -> bool:
        """Whether an earlier reading proved this attempt: LastRefresh never goes back, so what is proved stays so."""
        if session.attempt is None or session.receipt is None:
            return False
        return judge(session.receipt.last_refresh, session.attempt, self.clock(), self.clock_skew) is Proof.FRESH


def is_of_login(reply: FlinksReply, login_id: str) -> bool:
    """Whether every LoginId in the reply is this login; a GUID is the same in either letter case."""
    said = (reply.login_id, *reply.other_login_ids)
    return all(each is None or each.casefold() == login_id.casefold() for each in said)


def may_open(cached: FlinksReply) -> bool:
    """Whether this RequestId may lead to the data, whatever the cached flow says about the last attempt."""
    is_refused = classify(cached).outcome is Outcome.MISCONFIGURED
    return cached.request_id is not None and not is_refused and not _says_wait(cached)


def _says_wait(cached: FlinksReply) -> bool:
    return cached.code == "TOO_MANY_REQUESTS" or classify(cached).outcome is Outcome.PENDING
