"""What is true of a login by the bank's own record: whether data is fresh, and whether there is a reason to wait."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconnect.model.session import Session, Status
from tests.model.bank import IDLE
from tests.model.ledger import SIGN_IN, LiveAttempt, Refresh

if TYPE_CHECKING:
    from tests.model.world import World

# Flinks answers a start within this, or whoever asked has hung up.
_ANSWERED_WITHIN = timedelta(seconds=215)
# A reason was true when the request was judged; the request, and whatever wrote the reason down, took its time.
_A_MOMENT = timedelta(minutes=2)
_GUARD = timedelta(hours=1)
_MOST_REFUSALS = 3
# Refusals that do not say whether an attempt is open: somebody else's is, or nobody knows the code.
_UNCLEAR = {"CONCURRENT_SESSION", "NEVER_HEARD"}
# A poll that is throttled says nothing of the attempt either.
_UNCLEAR_TO_POLL = {*_UNCLEAR, "TOO_MANY_REQUESTS"}


class Truth:
    """Reads the bank's record of a world; what the sessions say of themselves is what it judges."""

    def __init__(self, world: "World") -> None:
        self._world = world
        # When which session wrote down that an attempt of it begins; it may never have reached the bank.
        self.begun: list[tuple[Session, datetime]] = []
        # The sessions, and which attempt of theirs, that ended while the answer to its start was awaited.
        self.ended_unanswered: set[tuple[str, int]] = set()
        # Those that ended while they waited for a click: their attempt was known to be gone.
        self.ended_at_rest: set[str] = set()

    # Freshness

    def is_fresh(self, session: Session) -> bool:
        """Whether the data that the receipt names was refreshed after the session's last attempt had begun.

        If Flinks told nobody which date stood there before, no date can prove it: then the documented skew holds.
        """
        told = session.receipt.last_refresh if session.receipt else None
        since, slack = self.began_at(session), timedelta()
        start = self._world.bank.last_start(session.login_id, session.session_id)
        if start is not None and not self._was_dated(start.was_dated, start.caller.run):
            slack = self._skew + max(self._world.bank.ahead, timedelta())
        refreshes = self._world.bank.login(session.login_id).refreshes
        return any(each.told == told and each.at >= since - slack for each in refreshes)

    def refreshed(self, session: Session) -> list[Refresh]:
        """When its data was in truth refreshed since its last attempt began."""
        return self._world.bank.refreshed_since(session.login_id, self.began_at(session))

    def answered(self, session: Session) -> bool:
        """Whether the user, who was shown Connect, answered its last attempt, or signed in since: that refreshed it."""
        start = self._world.bank.last_start(session.login_id, session.session_id)
        if start is None or not self._world.checks.states.get(session.session_id):
            return False
        attempts = self._world.bank.login(session.login_id).attempts
        asked = {each.request_id for each in attempts if each.start is start and each.plan.finding == "ask"}
        return any(each.by == SIGN_IN or each.by in asked for each in self.refreshed(session))

    def is_withheld(self, session: Session) -> bool:
        """Whether the bank still answers 202 to whoever asks for this login's data."""
        return self._world.bank.login(session.login_id).fetches > 0

    def began_at(self, session: Session) -> datetime:
        """When its last attempt began, by the bank's record; without one, when it was asked for."""
        start = self._world.bank.last_start(session.login_id, session.session_id)
        return start.began_at if start else session.created_at

    def can_prove(self, session: Session) -> bool:
        """Whether Flinks' clock allows a proof: not if it runs ahead, and not if it is behind and nothing is known of
        before.
        """
        ahead = self._world.bank.ahead
        start = self._world.bank.last_start(session.login_id, session.session_id)
        is_known = start is not None and self._was_dated(start.was_dated, start.caller.run)
        return ahead <= self._skew and (is_known or ahead >= -self._skew)

    def _was_dated(self, was_told: bool, run: int) -> bool:
        return was_told and not (run >= 0 and self._world.invocations[run].has_lost)

    @property
    def _skew(self) -> timedelta:
        return timedelta(seconds=int(self._world.settings["CLOCK_SKEW_SECONDS"]))

    # Reasons to wait

    def is_reason(self, code: str | None, login_id: str, since: datetime) -> bool:
        """Whether a caller who asked then was rightly sent away with this code."""
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
        """The attempts of others that were running when the session was opened, and still are."""
        alive = self._world.bank.alive(session.login_id)
        others = [each for each in alive if each.start.caller.session_id != session.session_id]
        return [each for each in others if each.start.asked_at < session.created_at]

    def _may_be_open(self, login_id: str, since: datetime) -> bool:
        for attempt in self._world.bank.login(login_id).attempts:
            is_clear = attempt.code not in _UNCLEAR_TO_POLL and not self._was_cut_off(attempt)
            is_known = is_clear and any(self._has_heard(run) for run in attempt.told_over_to)
            last_sign = max(attempt.seen_at, self._last_possible_poll(attempt))
            if last_sign + IDLE + _A_MOMENT >= since and not is_known:
                return True
        longest = _ANSWERED_WITHIN + IDLE + _A_MOMENT
        begun = [session for session, at in self.begun if at + longest >= since]
        return any(is_of(session, login_id) and not self.has_heard_of_start(session) for session in begun)

    def _last_possible_poll(self, attempt: LiveAttempt) -> datetime:
        """When our last poll of this attempt may have been, for all that the service can know: a step that died may
        have polled until its session's end. Of a session that waited for a click the record says that nothing polled.
        """
        session_id = attempt.start.caller.session_id
        if session_id in self.ended_at_rest:
            return attempt.seen_at
        return self._world.checks.ended_at.get(session_id, attempt.seen_at)

    def has_heard_of_start(self, session: Session) -> bool:
        """Whether the attempt that a session wrote down reached the bank, and the answer reached us in time."""
        assert session.attempt is not None
        begun = (session.session_id, session.attempt.number)
        if begun in self.ended_unanswered:
            # Its caller was told until when to wait before the answer came, and that stands.
            return False
        starts = self._world.bank.login(session.login_id).starts
        runs = [each.caller.run for each in starts if (each.caller.session_id, each.caller.attempt) == begun]
        refusals = [each.refused_as for each in starts if each.caller.run in runs and each.refused_as]
        return any(self._has_heard(run) for run in runs) and not _UNCLEAR.intersection(refusals)

    def _has_heard(self, run: int) -> bool:
        """Whether a run came to its end with all that it was told."""
        if run < 0:
            return False
        invocation = self._world.invocations[run]
        return invocation.is_over and invocation.error is None and not invocation.has_lost

    def _was_cut_off(self, attempt: LiveAttempt) -> bool:
        """Whether its session was ended from outside: what a poll found just before may be written down nowhere."""
        session = self._world.checks.seen.get(attempt.start.caller.session_id)
        if session is None:
            return True
        execution = self._world.machine.executions.get(session.execution_name)
        return session.status is Status.CANCELLED or (execution is not None and execution.status == "ABORTED")

    def _has_just_succeeded(self, login_id: str, since: datetime) -> bool:
        cooldown = timedelta(seconds=int(self._world.settings["COOLDOWN_SECONDS"])) + _A_MOMENT
        ended = self._world.checks.ended_at
        of_login = [each for each in self._world.checks.seen.values() if is_of(each, login_id)]
        return any(each.status.is_success and ended[each.session_id] + cooldown >= since for each in of_login)


def is_of(session: Session, login_id: str) -> bool:
    """Whether a session is of this login, however that is spelled."""
    return session.login_id.casefold() == login_id.casefold()
