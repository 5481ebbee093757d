"""Judges the service by the bank's own record: whether data is fresh, and whether a reason to wait is true."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconnect.model.session import Session, Status
from tests.model.bank import IDLE
from tests.model.ledger import SIGN_IN, LiveAttempt, Refresh

if TYPE_CHECKING:
    from tests.model.world import World

# Flinks answers a start within this time; after it the caller has disconnected.
_ANSWERED_WITHIN = timedelta(seconds=215)
# Slack: a reason is true when it is written, and the request that reads it comes later.
_A_MOMENT = timedelta(minutes=2)
_GUARD = timedelta(hours=1)
_MOST_REFUSALS = 3
# Refusals that do not say whether an attempt is open: another party's is open, or the code is unknown.
_UNCLEAR = {"CONCURRENT_SESSION", "BRAND_NEW_CODE"}
# A poll that is throttled says nothing of the attempt either.
_UNCLEAR_TO_POLL = {*_UNCLEAR, "TOO_MANY_REQUESTS"}


class Truth:
    """Reads the bank's record of a world, never the sessions' own claims, which it judges."""

    def __init__(self, world: "World") -> None:
        self._world = world
        # Each session that recorded the start of an attempt, and when. The start may never have reached the bank.
        self.begun: list[tuple[Session, datetime]] = []
        # Session id and attempt number of the sessions that ended before their start was answered.
        self.ended_unanswered: set[tuple[str, int]] = set()
        # Sessions that ended while they waited for a click: their attempt was known to be gone.
        self.ended_at_rest: set[str] = set()

    # Freshness

    def is_fresh(self, session: Session) -> bool:
        """Whether the receipt's data was refreshed after the session's last attempt began.

        If Flinks never reported the date before the attempt, no date can prove it: then the documented skew applies.
        """
        last_refresh = session.receipt.last_refresh if session.receipt else None
        since, slack = self.began_at(session), timedelta()
        start = self._world.bank.last_start(session.login_id, session.session_id)
        if start is not None and not self._was_dated(start.was_dated, start.caller.run):
            slack = self._skew + max(self._world.bank.ahead, timedelta())
        refreshes = self._world.bank.login(session.login_id).refreshes
        return any(each.by_flinks_clock == last_refresh and each.at >= since - slack for each in refreshes)

    def refreshed(self, session: Session) -> list[Refresh]:
        """The real refreshes of its data since its last attempt began."""
        return self._world.bank.refreshed_since(session.login_id, self.began_at(session))

    def answered(self, session: Session) -> bool:
        """Whether the user saw Connect and then answered the last attempt, or signed in since."""
        start = self._world.bank.last_start(session.login_id, session.session_id)
        if start is None or not self._world.checks.states.get(session.session_id):
            return False
        attempts = self._world.bank.login(session.login_id).attempts
        asked = {each.request_id for each in attempts if each.start is start and each.plan.finding == "ask"}
        return any(each.by == SIGN_IN or each.by in asked for each in self.refreshed(session))

    def is_withheld(self, session: Session) -> bool:
        """Whether the bank answers 202 when the session's data is requested, or did until the next attempt began."""
        login = self._world.bank.login(session.login_id)
        return login.fetches > 0 or self._world.bank.last_start(session.login_id, session.session_id) in login.withheld

    def began_at(self, session: Session) -> datetime:
        """When its last attempt began, by the bank's record; without an attempt, when the session was created."""
        start = self._world.bank.last_start(session.login_id, session.session_id)
        return start.began_at if start else session.created_at

    def can_prove(self, session: Session) -> bool:
        """Whether Flinks' clock allows a proof: it is not ahead, and if it is behind, the earlier date is known."""
        ahead = self._world.bank.ahead
        start = self._world.bank.last_start(session.login_id, session.session_id)
        is_known = start is not None and self._was_dated(start.was_dated, start.caller.run)
        return ahead <= self._skew and (is_known or ahead >= -self._skew)

    def _was_dated(self, had_date: bool, run: int) -> bool:
        return had_date and not (run >= 0 and self._world.invocations[run].has_lost)

    @property
    def _skew(self) -> timedelta:
        return timedelta(seconds=int(self._world.settings["CLOCK_SKEW_SECONDS"]))

    # Reasons to wait

    def is_reason(self, code: str | None, login_id: str, since: datetime) -> bool:
        """Whether this code was a true reason to refuse a request made at this time."""
        match code:
            case "open_attempt":
                return self._may_be_open(login_id, since)
            case "lockout_guard":
                refusals = self._world.bank.login(login_id).refusals
                return len(refusals) >= _MOST_REFUSALS and refusals[-1] + _GUARD + IDLE >= since
            case "cooldown":
                return self._has_just_succeeded(login_id, since)
        return False

    def blockers(self, session: Session) -> list[LiveAttempt]:
        """Other sessions' attempts that were running when this session was opened, and still are."""
        alive = self._world.bank.alive(session.login_id)
        others = [each for each in alive if each.start.caller.session_id != session.session_id]
        return [each for each in others if each.start.asked_at < session.created_at]

    def _may_be_open(self, login_id: str, since: datetime) -> bool:
        for attempt in self._world.bank.login(login_id).attempts:
            is_clear = attempt.code not in _UNCLEAR_TO_POLL and not self._was_cut_off(attempt)
            is_known = is_clear and any(self._got_every_answer(run) for run in attempt.final_reply_to)
            last_alive = max(attempt.last_alive_at, self._last_possible_poll(attempt))
            if last_alive + IDLE + _A_MOMENT >= since and not is_known:
                return True
        longest = _ANSWERED_WITHIN + IDLE + _A_MOMENT
        begun = [session for session, at in self.begun if at + longest >= since]
        return any(is_of(session, login_id) and not self.is_start_answered(session) for session in begun)

    def _last_possible_poll(self, attempt: LiveAttempt) -> datetime:
        """The latest time at which the service may have polled this attempt, as far as it can know.

        A step that died may have polled until its session ended. A session that waited for a click polled nothing.
        """
        session_id = attempt.start.caller.session_id
        if session_id in self.ended_at_rest:
            return attempt.last_alive_at
        return self._world.checks.ended_at.get(session_id, attempt.last_alive_at)

    def is_start_answered(self, session: Session) -> bool:
        """Whether the recorded attempt reached the bank, and the bank's answer reached us in time."""
        assert session.attempt is not None
        begun = (session.session_id, session.attempt.number)
        if begun in self.ended_unanswered:
            # The waiting time was published before the answer came, and is not shortened.
            return False
        starts = self._world.bank.login(session.login_id).starts
        runs = [each.caller.run for each in starts if (each.caller.session_id, each.caller.attempt) == begun]
        refusals = [each.refused_as for each in starts if each.caller.run in runs and each.refused_as]
        return any(self._got_every_answer(run) for run in runs) and not _UNCLEAR.intersection(refusals)

    def _got_every_answer(self, run: int) -> bool:
        """Whether a run ended normally and lost no answer."""
        if run < 0:
            return False
        invocation = self._world.invocations[run]
        return invocation.is_over and invocation.error is None and not invocation.has_lost

    def _was_cut_off(self, attempt: LiveAttempt) -> bool:
        """Whether its session was ended from outside: the last poll's result may then not be recorded."""
        session = self._world.checks.last_written.get(attempt.start.caller.session_id)
        if session is None:
            return True
        execution = self._world.machine.executions.get(session.execution_name)
        return session.status is Status.CANCELLED or (execution is not None and execution.status == "ABORTED")

    def _has_just_succeeded(self, login_id: str, since: datetime) -> bool:
        cooldown = timedelta(seconds=int(self._world.settings["COOLDOWN_SECONDS"])) + _A_MOMENT
        ended = self._world.checks.ended_at
        of_login = [each for each in self._world.checks.last_written.values() if is_of(each, login_id)]
        return any(each.status.is_success and ended[each.session_id] + cooldown >= since for each in of_login)


def is_of(session: Session, login_id: str) -> bool:
    """Whether a session belongs to this login; the id's letter case does not matter."""
    return session.login_id.casefold() == login_id.casefold()
