"""When the next attempt on a login is allowed: not right after a success, and not while it could do harm.

There are three independent reasons to wait: the cooldown after a success, the lockout guard after refusals, and an
attempt that may still be open at the bank. The end of a session is not the end of its attempt.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.causes import LEAVING, VISITS, is_refused_answer
from reconnect.model.frozen import frozen
from reconnect.model.outcomes import UNKNOWN_ANSWER, Outcome, Verdict
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.waits import WaitReason

Wait = tuple[datetime, WaitReason]


@frozen
class Cooldowns:
    """`after_success`: while the data counts as fresh enough. `lockout_guard`: how long nothing begins once the bank
    refused `max_failures` credentials or answers in a row. `attempt_lifetime`: how long an attempt lives after its last
    sign of life. `start_timeout`: how long the answer to a start may take.
    """

    after_success: timedelta
    lockout_guard: timedelta
    max_failures: int
    attempt_lifetime: timedelta
    start_timeout: timedelta

    def count_failure(self, session: Session, verdict: Verdict, now: datetime) -> Session:
        """Count a refusal of the bank, once per attempt; any other verdict changes nothing."""
        attempt = session.attempt
        if session.status.is_terminal or attempt is None or attempt.is_refused or not is_refusal(verdict):
            return session
        failures = session.failures + 1
        refused = replace(session, attempt=replace(attempt, is_refused=True), failures=failures)
        if failures < self.max_failures:
            return refused
        return replace(refused, next_allowed_at=now + self.lockout_guard, wait_reason=WaitReason.LOCKOUT_GUARD)

    def when_ended(self, session: Session, status: Status, now: datetime) -> Session:
        """Return the session, still live, with the wait that remains when it ends in `status`.

        A success ends the lockout guard. Only what Flinks says about its RequestId ends an open attempt.
        """
        waits: list[Wait] = []
        if status.is_success:
            waits += [(now + self.after_success, WaitReason.COOLDOWN)] if self.after_success else []
        elif session.next_allowed_at:
            # A record of an older version has no reason; in a live session it was always the guard.
            waits.append((session.next_allowed_at, session.wait_reason or WaitReason.LOCKOUT_GUARD))
        if (open_until := self._open_until(session, now)) is not None:
            waits.append((open_until, WaitReason.OPEN_ATTEMPT))
        until, reason = max(waits, default=(None, None))
        return replace(session, next_allowed_at=until, wait_reason=reason)

    def answered_late(self, now: datetime) -> Wait:
        """Return the wait for an attempt whose start is answered now, after its session has ended."""
        return now + self.attempt_lifetime, WaitReason.OPEN_ATTEMPT

    def _open_until(self, session: Session, now: datetime) -> datetime | None:
        """Return until when the session's attempt may be open at the bank; None if it cannot be."""
        attempt = session.attempt
        if attempt is None or attempt.is_over:
            return None
        if attempt.request_id is None:
            # The answer to its start is still awaited, or was lost.
            return attempt.started_at + self.start_timeout + self.attempt_lifetime
        if session.attempt_gone_at is None:
            return now + self.attempt_lifetime
        # Our clock gave it up, perhaps not Flinks'. While it may live, what the user does is a sign of life, and so may
        # our own polls be: those before it is given up again, and those of a running workflow.
        open_until = session.attempt_gone_at + self.attempt_lifetime
        for sign in _signs_since(session.attempt_gone_at, session.timeline):
            if sign > open_until:
                break
            open_until = sign + self.attempt_lifetime
        if open_until <= now:
            return None
        return open_until if session.status is Status.AWAITING_CLICK else now + self.attempt_lifetime


def _signs_since(gone_at: datetime, timeline: Iterable[TimelineEntry]) -> list[datetime]:
    since = (entry for entry in timeline if entry.at > gone_at and entry.cause not in VISITS)
    return [entry.at for entry in since if entry.actor is Actor.USER or entry.cause in LEAVING]


def is_refusal(verdict: Verdict) -> bool:
    """Whether the bank refused the credentials or the answer, given by the user or by Flinks in their name.

    An unknown code while the user answers may mean that too, and the bank counts refusals whatever we call them.
    """
    if verdict.rule is UNKNOWN_ANSWER:
        return not verdict.code.startswith("HTTP_")
    return verdict.outcome is Outcome.CREDENTIALS_REQUIRED or is_refused_answer(verdict.code)
