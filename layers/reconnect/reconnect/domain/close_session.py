"""The one place where a session becomes terminal and is announced."""

from dataclasses import dataclass

from reconnect.domain.announcing import ENDINGS, announce
from reconnect.domain.changes import change
from reconnect.domain.outcomes import RULES, UNKNOWN_LOGIN
from reconnect.domain.ports import Clock, Events, Sessions
from reconnect.domain.session import Failure, Owner, Session, Status


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ends for one reason of ours."""

    status: Status
    code: str
    owner: Owner
    sentence: str


# Reasons are words of the workflow, names of the errors it caught, or FlinksCodes (those are in RULES).
_REASONS: dict[str, Ending] = {
    "ACCOUNTS_FRESH": Ending(Status.SUCCEEDED, "", Owner.NOBODY, "done"),
    "ACCOUNTS_STALE": Ending(Status.STALE, "ACCOUNTS_STALE", Owner.NOBODY, "not_fresh"),
    "NO_ACCOUNTS": Ending(Status.STALE, "NO_ACCOUNTS", Owner.NOBODY, "not_fresh"),
    "USER_ABSENT": Ending(Status.EXPIRED, "USER_ABSENT", Owner.USER, "nobody_came"),
    "BANK_TOO_SLOW": Ending(Status.FAILED, "BANK_TOO_SLOW", Owner.BANK, "bank_too_slow"),
    "AttemptUncertain": Ending(Status.FAILED, "ATTEMPT_UNCERTAIN", Owner.NOBODY, "flinks_unclear"),
    "FLINKS_UNAVAILABLE": Ending(Status.FAILED, "FLINKS_UNAVAILABLE", Owner.NOBODY, "flinks_unclear"),
    "FLINKS_UNREADABLE": Ending(Status.FAILED, "FLINKS_UNREADABLE", Owner.NOBODY, "data_not_read"),
    "ACCOUNTS_INVALID": Ending(Status.FAILED, "ACCOUNTS_INVALID", Owner.US, "our_fault"),
    "DATA_GONE": Ending(Status.FAILED, "DATA_GONE", Owner.NOBODY, "data_not_read"),
    "ResultNotStored": Ending(Status.FAILED, "RESULT_NOT_STORED", Owner.US, "our_fault"),
    "INVALID_LOGIN": Ending(Status.FAILED, "INVALID_LOGIN", UNKNOWN_LOGIN.owner, UNKNOWN_LOGIN.sentence),
}


class CloseSession:
    """The use case behind the workflow's CloseSession state."""

    def __init__(self, sessions: Sessions, events: Events, clock: Clock) -> None:
        self._sessions, self._events, self._clock = sessions, events, clock

    def __call__(self, session_id: str, reason: str) -> Session:
        """End the session for `reason` and announce it. On a session that has ended it only announces again:
        a crash between the two must not swallow the announcement, and the event id stays the same.
        """
        closed = change(self._sessions, session_id, lambda session: self._end(session, reason))
        announce(self._events, ENDINGS[closed.status], closed)
        return closed

    def _end(self, session: Session, reason: str) -> Session:
        if session.status.is_terminal:
            return session
        ending = _ending(reason)
        if ending.status is Status.SUCCEEDED and not (session.receipt and session.receipt.fresh):
            ending = _REASONS["ACCOUNTS_STALE"]
        failure = Failure(ending.code, ending.owner, ending.sentence) if ending.code else None
        return session.end(ending.status, at=self._clock(), cause=ending.code or reason, failure=failure)


def _ending(reason: str) -> Ending:
    if reason in _REASONS:
        return _REASONS[reason]
    if reason in RULES:
        return Ending(Status.FAILED, reason, RULES[reason].owner, RULES[reason].sentence)
    # A FlinksCode that the table lacks keeps its name, for whoever looks into it; a crash of ours has none.
    code = reason if reason.isupper() else "INTERNAL_ERROR"
    return Ending(Status.FAILED, code, Owner.US, "our_fault")
