"""A session waits while its bank is down, instead of using up its tries."""

import math
from dataclasses import replace
from datetime import datetime

from reconnect.model.bank_health import BankHealth, has_bank_failed
from reconnect.model.causes import ASKING, Cause
from reconnect.model.errors import SessionEnded
from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations, record_observations
from reconnect.model.outcomes import Outcome, Verdict
from reconnect.model.reasons import Reason
from reconnect.model.session import WAITING, Actor, Session, Status
from reconnect.model.step import Step
from reconnect.ports import Clock, Jitter, Sessions
from reconnect.rules.link_budget import LinkBudget
from reconnect.usecases.bank_breaker import BankBreaker
from reconnect.usecases.session_updates import update_session

# Seconds. Evidence that comes meanwhile is looked at after this at the latest.
_LONGEST_WAIT = 300
# For executions of an older definition, which takes a wait for one more retry of a busy bank.
_AS_OFTEN_AS_NEEDED = 1000
_ASKING = {Outcome.MFA_REQUIRED, Outcome.CREDENTIALS_REQUIRED}
# What a session ends with that has waited for too long.
_GIVEN_UP = "RETRY_LATER"


@frozen
class WaitForBank:
    """Part of StartAuthorize and PollAuthorize. Waiting spends no try; it ends with the link, or after
    `BankOutageHours`.
    """

    sessions: Sessions
    breaker: BankBreaker
    link_budget: LinkBudget
    clock: Clock
    jitter: Jitter

    def __call__(self, session: Session, observations: Observations, *, begins: bool) -> Step | None:
        """Return None if the session's next attempt may begin, or else the step that waits or gives up.

        `begins`: all else was checked before, also what an earlier attempt may have brought. `observations` are those
        of earlier attempts; the wait may end in another execution, so it records them.
        """
        if not self.breaker.rule.longest_wait:
            return None
        health = self.breaker(session.institution, session.session_id, begins=begins)
        if health is None:
            return None
        step = self._wait(session, health, observations, looked=begins, is_failed=False)
        return step or Step(Outcome.TRY_LATER, _GIVEN_UP)

    def after(self, session: Session, verdict: Verdict) -> Step | None:
        """Report a verdict on the session's attempt; return the step that waits if its bank is down now."""
        failed, attempt = has_bank_failed(verdict), session.attempt
        # A question that was shown before says nothing new.
        is_known = attempt is not None and attempt.asked is not None and verdict.outcome in _ASKING
        if failed is None or attempt is None or is_known or not self.breaker.rule.longest_wait:
            return None
        health = self.breaker.report(session.institution, session.session_id, attempt.started_at, failed=failed)
        if not failed or health is None or health.opened_at is None:
            return None
        step = self._wait(session, health, (), looked=False, is_failed=True)
        return step and replace(step, found=verdict.code)

    def _wait(
        self, session: Session, health: BankHealth, observations: Observations, *, looked: bool, is_failed: bool
    ) -> Step | None:
        """Return the step that waits; None if the session has waited for too long."""
        now, since = self.clock(), _waits_since(session) or self.clock()
        ends_at = min(since + self.breaker.rule.longest_wait, session.link_expires_at)
        if now >= ends_at:
            return None
        at = self.breaker.rule.try_at(health, since, now, is_attended=session.is_attended, jitter=self.jitter())
        at = min(at, ends_at)
        self._keep(session, at, observations, looked=looked, is_failed=is_failed)
        seconds = math.ceil((at - now).total_seconds())
        return Step(Outcome.TRY_LATER, Reason.BANK_DOWN, max(1, min(seconds, _LONGEST_WAIT)), _AS_OFTEN_AS_NEEDED)

    def _keep(self, read: Session, at: datetime, observations: Observations, *, looked: bool, is_failed: bool) -> None:
        def keep(now: Session) -> Session:
            if now.status.is_terminal:
                raise SessionEnded(now.status)
            known = record_observations(now, observations)
            waiting = replace(known if now.bank_back_at else self._noted(known), bank_back_at=at, place=None)
            if is_failed and not now.bank_back_at:
                # Nobody's link pays for the bank.
                waiting = self.link_budget.take_back(waiting)
            # What came before the session was read has been checked at Flinks.
            is_checked = looked and read.has_pending_evidence
            return replace(waiting, has_pending_evidence=False) if is_checked else waiting

        update_session(self.sessions, read.session_id, keep)

    def _noted(self, now: Session) -> Session:
        at = self.clock()
        if now.status not in WAITING:
            return now.note(at=at, actor=Actor.SERVICE, cause=Cause.BANK_DOWN)
        # The user has clicked, and is needed no more until the bank is back.
        moved = now.move(Status.AUTHORIZING, at=at, actor=Actor.SERVICE, cause=Cause.BANK_DOWN)
        return replace(moved, connect_url=None, task_token=None)


def _waits_since(session: Session) -> datetime | None:
    """Since when the bank has let the session wait, also between attempts; None if it has got further since."""
    since = None
    for entry in reversed(session.timeline):
        if entry.cause in ASKING or entry.status is Status.FETCHING:
            break
        if entry.cause == Cause.BANK_DOWN:
            since = entry.at
    return since
