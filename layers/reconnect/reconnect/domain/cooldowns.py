"""When the next attempt on a login is allowed: not at once after a success, and not while it could do harm."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconnect.domain.outcomes import UNKNOWN_ANSWER, Outcome, Verdict, known_as
from reconnect.domain.session import Session, Status

# The bank counts the codes of this family, and locks the account after a few.
_REFUSED_ANSWER = "INVALID_SECURITY_RESPONSE"

_AT_THE_BANK = {Status.AUTHORIZING, Status.AWAITING_USER}


@dataclass(frozen=True, slots=True)
class Cooldowns:
    """`after_success`: while the data counts as fresh enough. `lockout_guard`: how long nothing begins once the bank
    refused `max_failures` credentials or answers in a row. `attempt_lifetime`: how long an attempt lives on unseen.
    """

    after_success: timedelta
    lockout_guard: timedelta
    max_failures: int
    attempt_lifetime: timedelta

    def count_failure(self, session: Session, verdict: Verdict, now: datetime) -> Session:
        """Count what the bank refused, once in an attempt; any other verdict changes nothing."""
        attempt = session.attempt
        if session.status.is_terminal or attempt is None or attempt.is_refused or not is_refusal(verdict):
            return session
        failures = session.failures + 1
        guarded = now + self.lockout_guard if failures >= self.max_failures else session.next_allowed_at
        refused = replace(attempt, is_refused=True)
        return replace(session, attempt=refused, failures=failures, next_allowed_at=guarded)

    def after(self, session: Session, status: Status, code: str, now: datetime) -> datetime | None:
        """From when on a new session may begin, once this one, still live, has ended in `status` with `code`."""
        if status.is_success:
            return now + self.after_success if self.after_success else None
        ends = [session.next_allowed_at] if session.next_allowed_at else []
        if (unseen_until := self._unseen_until(session, code, now)) is not None:
            ends.append(unseen_until)
        return max(ends, default=None)

    def _unseen_until(self, session: Session, code: str, now: datetime) -> datetime | None:
        """Until when an attempt may live on whose end nobody saw: a second one could collide with it."""
        if session.attempt is None or known_as(code):
            return None
        if session.status in _AT_THE_BANK:
            return now + self.attempt_lifetime
        # It was given up by our clock, perhaps not by Flinks'.
        gone_at = session.attempt_gone_at if session.status is Status.AWAITING_CLICK else None
        return gone_at and gone_at + self.attempt_lifetime


def is_refusal(verdict: Verdict) -> bool:
    """Whether the bank refused what the user, or Flinks in their name, gave as credentials or answer; an unknown code
    while the user is at work may mean that, and a bank counts whatever we call it.
    """
    if verdict.rule is UNKNOWN_ANSWER:
        return not verdict.code.startswith("HTTP_")
    return verdict.outcome is Outcome.CREDENTIALS_REQUIRED or verdict.code.startswith(_REFUSED_ANSWER)
