"""When Flinks last refreshed a login, wherever it says so, and whether that proves an attempt."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconnect.domain.errors import FlinksError
from reconnect.domain.freshness import Proof, judge
from reconnect.domain.options import ReadOptions
from reconnect.domain.outcomes import OK, FlinksReply, Outcome, classify
from reconnect.domain.ports import Clock, Count, Flinks
from reconnect.domain.session import Attempt, Session

_SHORTEST = ReadOptions(summary_only=True)


@dataclass(frozen=True, slots=True)
class RefreshDates:
    """Asks Flinks for LastRefresh and holds it against an attempt. `clock_skew`: see `freshness.judge`."""

    flinks: Flinks
    clock: Clock
    clock_skew: timedelta
    count: Count

    def ask(self, login_id: str, *, refusals_too: bool = True, in_data: bool = True) -> FlinksReply:
        """The cached flow's reply, with LastRefresh if Flinks says it anywhere: Authorize, Summary or Detail.

        A cached 401 does not say how old the data is, but its RequestId opens it all the same [D CACHE-ERR]; without
        `refusals_too` only a 200 is asked further. Without `in_data` Detail is not asked: whoever wants the data itself
        asks for it once. Raises FlinksError if the first call fails.
        """
        cached = self.flinks.cached_authorize(login_id)
        if cached.last_refresh is not None or cached.request_id is None or _says_wait(cached):
            return cached
        if not refusals_too and cached.status != OK:
            return cached
        return replace(cached, last_refresh=next(self._dates_behind(cached.request_id, login_id, in_data), None))

    def prove(self, last_refresh: datetime | None, attempt: Attempt) -> bool:
        """Whether this LastRefresh proves the attempt; one in the future is counted, for a clock is wrong."""
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

    def _dates_behind(self, request_id: str, login_id: str, in_data: bool) -> Iterator[datetime]:
        """What the data calls say of this login, as far as they answer."""
        calls: tuple[Callable[[], FlinksReply], ...] = (
            lambda: self.flinks.get_accounts_summary(request_id),
            lambda: self.flinks.get_accounts_detail(request_id, _SHORTEST),
        )
        for call in calls if in_data else calls[:1]:
            try:
                reply = call()
            except FlinksError:
                continue
            if reply.last_refresh is not None and is_of_login(reply, login_id):
                yield reply.last_refresh


def is_of_login(reply: FlinksReply, login_id: str) -> bool:
    """Whether a reply is of this login, wherever it says whose it is; a GUID is the same in either letter case."""
    said = (reply.login_id, *reply.other_login_ids)
    return all(each is None or each.casefold() == login_id.casefold() for each in said)


def may_open(cached: FlinksReply) -> bool:
    """Whether this RequestId may lead to the data, whatever the cached flow says of the last attempt."""
    is_refused = classify(cached).outcome is Outcome.MISCONFIGURED
    return cached.request_id is not None and not is_refused and not _says_wait(cached)


def _says_wait(cached: FlinksReply) -> bool:
    return cached.code == "TOO_MANY_REQUESTS" or classify(cached).outcome is Outcome.PENDING
