"""How a session ends: the one table from a reason to a terminal status, and the event that is published."""

from dataclasses import replace
from datetime import datetime

from reconnect.model.causes import VISITS
from reconnect.model.failures import Failure, Owner
from reconnect.model.frozen import frozen
from reconnect.model.outcomes import UNKNOWN_LOGIN, rule_for
from reconnect.model.reasons import Reason
from reconnect.model.session import Actor, Session, Status
from reconnect.rules.cooldowns import Cooldowns

EVENT_TYPES: dict[Status, str] = {
    Status.SUCCEEDED: "SessionSucceeded",
    Status.STALE: "SessionStale",
    Status.EXPIRED: "SessionExpired",
    Status.FAILED: "SessionFailed",
    Status.CANCELLED: "SessionCancelled",
    Status.REPAIRED: "SessionRepaired",
}


@frozen
class Ending:
    """How a session ends for one reason of ours."""

    status: Status
    code: str
    owner: Owner
    sentence: str


# Any other reason is a FlinksCode, which has a rule, or the name of another error that the workflow caught.
_REASONS: dict[str, Ending] = {
    Reason.ACCOUNTS_FRESH: Ending(Status.SUCCEEDED, "", Owner.NOBODY, "done"),
    Reason.ACCOUNTS_STALE: Ending(Status.STALE, "ACCOUNTS_STALE", Owner.NOBODY, "not_fresh"),
    Reason.DATA_OLDER: Ending(Status.STALE, "ACCOUNTS_STALE", Owner.NOBODY, "not_fresh"),
    # Only if the workflow ran out of polls before the reading that would have kept the data.
    Reason.DATA_INCOMPLETE: Ending(Status.FAILED, "BANK_TOO_SLOW", Owner.BANK, "bank_too_slow"),
    Reason.NO_ACCOUNTS: Ending(Status.STALE, "NO_ACCOUNTS", Owner.NOBODY, "no_accounts"),
    Reason.CANCELLED: Ending(Status.CANCELLED, "", Owner.NOBODY, "cancelled"),
    Reason.WORKFLOW_LOST: Ending(Status.FAILED, "WORKFLOW_LOST", Owner.US, "our_fault"),
    Reason.USER_ABSENT: Ending(Status.EXPIRED, "USER_ABSENT", Owner.USER, "nobody_came"),
    Reason.BANK_TOO_SLOW: Ending(Status.FAILED, "BANK_TOO_SLOW", Owner.BANK, "bank_too_slow"),
    # Only if the workflow ran out of polls while Flinks refused all that was sent.
    Reason.QUEUED: Ending(Status.FAILED, "TOO_MANY_REQUESTS", Owner.NOBODY, "too_busy"),
    # Only if the workflow ran out of polls while the bank was down.
    Reason.BANK_DOWN: Ending(Status.FAILED, "RETRY_LATER", Owner.BANK, "bank_unavailable"),
    Reason.ATTEMPT_UNCERTAIN: Ending(Status.FAILED, "ATTEMPT_UNCERTAIN", Owner.NOBODY, "flinks_unclear"),
    Reason.FLINKS_UNAVAILABLE: Ending(Status.FAILED, "FLINKS_UNAVAILABLE", Owner.NOBODY, "flinks_unclear"),
    Reason.FLINKS_UNREADABLE: Ending(Status.FAILED, "FLINKS_UNREADABLE", Owner.NOBODY, "data_not_read"),
    Reason.ACCOUNTS_INVALID: Ending(Status.FAILED, "ACCOUNTS_INVALID", Owner.US, "our_fault"),
    Reason.DATA_GONE: Ending(Status.FAILED, "DATA_GONE", Owner.NOBODY, "data_not_read"),
    Reason.RESULT_NOT_STORED: Ending(Status.FAILED, "RESULT_NOT_STORED", Owner.US, "our_fault"),
    Reason.INSTITUTION_DISABLED: Ending(Status.FAILED, "INSTITUTION_DISABLED", Owner.BANK, "bank_disabled"),
    Reason.INVALID_LOGIN: Ending(Status.FAILED, "INVALID_LOGIN", UNKNOWN_LOGIN.owner, UNKNOWN_LOGIN.sentence),
}

# A crash of ours, whatever the error's name.
_CRASHED = "INTERNAL_ERROR"


@frozen(kw_only=True)
class Endings:
    """Ends every session in the same way."""

    cooldowns: Cooldowns

    def __call__(self, session: Session, reason: str, now: datetime) -> Session:
        """Return the session as it ends for `reason`; one that has ended stays as it is."""
        if session.status.is_terminal:
            return session
        ending = _ending(session, reason)
        counted = replace(session, failures=0 if ending.status.is_success else session.failures)
        return self.cooldowns.when_ended(counted, ending.status, now).end(
            ending.status,
            at=now,
            actor=Actor.CALLER if ending.status is Status.CANCELLED else Actor.SERVICE,
            cause=ending.code or reason,
            failure=Failure(ending.code, ending.owner, ending.sentence) if ending.code else None,
            event_type=EVENT_TYPES[ending.status],
        )


def _ending(session: Session, reason: str) -> Ending:
    ending = _ending_for(reason)
    if ending.code == _CRASHED and _is_start_unanswered(session):
        return _REASONS[Reason.ATTEMPT_UNCERTAIN]
    if ending.status is not Status.SUCCEEDED:
        return ending
    if not (session.receipt and session.receipt.fresh):
        return _REASONS[Reason.ACCOUNTS_STALE]
    return replace(ending, status=Status.REPAIRED) if _is_repaired_elsewhere(session) else ending


def _ending_for(reason: str) -> Ending:
    if reason in _REASONS:
        return _REASONS[reason]
    if (rule := rule_for(reason)) is not None:
        return Ending(Status.FAILED, reason, rule.owner, rule.sentence)
    # An unknown FlinksCode keeps its name for the operator; a crash of ours gets one name for all.
    code = reason if reason.isupper() else _CRASHED
    return Ending(Status.FAILED, code, Owner.US, "our_fault")


def _is_start_unanswered(session: Session) -> bool:
    """Whether a live attempt was recorded as begun, and it is unknown whether the bank received it."""
    attempt = session.attempt
    is_open = attempt is not None and attempt.request_id is None and not attempt.is_over
    return session.status is Status.AUTHORIZING and is_open


def _is_repaired_elsewhere(session: Session) -> bool:
    """Whether the data was refreshed after our attempt had died, and our user did not come back for it."""
    gone_at = session.attempt_gone_at
    refreshed_at = session.receipt.last_refresh if session.receipt else None
    if gone_at is None or refreshed_at is None or refreshed_at <= gone_at:
        return False
    since = (entry for entry in session.timeline if entry.at >= gone_at and entry.cause not in VISITS)
    return not any(entry.actor is Actor.USER for entry in since)
