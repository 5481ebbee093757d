"""Whether a batch can keep its deadline: arithmetic, before the first call at a bank.

An institution with a cap of N live attempts takes n logins in ⌈n / N⌉ rounds of one attempt's time. The mean of
what sessions took counts, not their median: a place is free again once its attempt is over, however long that took.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from reconnect.model.batch import Forecast, Load, Plan, Skip, Window
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.session import WAITING, Session, Status

# An assumption, until sessions of the institution have shown better.
ASSUMED_ATTEMPT = timedelta(seconds=34)
# Fewer sessions than this say nothing about a bank.
FEWEST_SAMPLES = 5
# A login whose bank asked so often in a row while nobody was there is hopeless without its user.
HOPELESS_AFTER = 5
# Whose user may be asked again so soon after the start need not wait for the next night's batch.
_NEXT_NIGHT = timedelta(days=1)
# A forecast may be wrong by nearly a tenth, so the remedies of a late one use nine tenths of the time.
_USED, _WHOLE = 9, 10
_SHORTEST_ATTEMPT = timedelta(seconds=1)
_NONE = timedelta()
# No session was at the bank for as long as one that ended in these.
_SAY_NOTHING = frozenset({Status.CANCELLED, Status.EXPIRED})


def plan_batch(loads: Iterable[Load], window: Window) -> Plan:
    """Forecast each load; the latest end comes first."""
    forecasts = [forecast(load, window) for load in loads if load.logins]
    forecasts.sort(key=lambda each: (each.ends_at, each.load.logins, _name(each.load)), reverse=True)
    starts = sum(min(window.cap, each.load.logins) / each.load.attempt.total_seconds() for each in forecasts)
    return Plan(window, tuple(forecasts), starts)


def forecast(load: Load, window: Window) -> Forecast:
    """Say when the load ends; if that is after the deadline, by how much, and which cap or start keeps it safely."""
    needed = _time_of(load, window.cap)
    ends_at = window.start_at + needed
    if ends_at <= window.deadline:
        return Forecast(load, ends_at, _NONE, 0, None, None)
    time = window.deadline - window.start_at
    rounds, safe_rounds = time // load.attempt, time * _USED // _WHOLE // load.attempt
    return Forecast(
        load,
        ends_at,
        late=ends_at - window.deadline,
        missed=load.logins - rounds * window.cap,
        cap_needed=-(-load.logins // safe_rounds) if safe_rounds else None,
        start_needed=window.deadline + -needed * _WHOLE // _USED,
    )


def combine(parts: Iterable[Load]) -> list[Load]:
    """Add up loads of the same institution, such as those of the parts of a long list.

    What was learned counts by its samples; one part that learned enough outweighs those that assumed.
    """
    sums: dict[Institution | None, Load] = {}
    for part in parts:
        before = sums.get(part.institution)
        sums[part.institution] = part if before is None else _added(before, part)
    return list(sums.values())


def learn(times: Iterable[timedelta], assumed: timedelta, tick: timedelta) -> tuple[timedelta, int]:
    """How long a login keeps its place at the bank: the mean of what sessions took, until the next tick notices their
    end, half a `tick` later on average. And of how many sessions; the assumption and 0 if they were too few.
    """
    known = list(times)
    if len(known) < FEWEST_SAMPLES:
        return assumed + tick / 2, 0
    return max(sum(known, _NONE) / len(known), _SHORTEST_ATTEMPT) + tick / 2, len(known)


def time_at_bank(session: Session) -> timedelta | None:
    """How long a session took until it ended or its user was needed; None if it says nothing about its bank."""
    until = next((entry for entry in session.timeline if entry.status in WAITING or entry.status.is_terminal), None)
    if until is None or until.status in _SAY_NOTHING:
        return None
    return until.at - session.created_at


@frozen
class SkipRule:
    """`fresh_within`: data that is at most so old when the batch begins is fresh enough; None: none is.

    `with_hopeless`: do not leave out logins that would very likely need their user again. `ask_interval`: how long
    after an ask no other one may go out; zero if there is no such limit.
    """

    start_at: datetime
    fresh_within: timedelta | None
    with_hopeless: bool = False
    ask_interval: timedelta = _NONE

    def __call__(self, login: Login, live: Session | None, *, is_disabled: bool) -> Skip | None:
        """Why a login is left out, None if it is not. `live`: the session that holds it; `is_disabled`: its bank."""
        if live is not None:
            return Skip.NEEDS_USER if live.status in WAITING or live.quarantined else Skip.LIVE
        if self.fresh_within and login.last_refresh and login.last_refresh >= self.start_at - self.fresh_within:
            return Skip.FRESH
        if (pause := login.pause(self.start_at)) is not None:
            return Skip(pause[1].value)
        if not self.with_hopeless and (reason := self._needs_user_again(login)) is not None:
            return reason
        return Skip.DISABLED if is_disabled else None

    def _needs_user_again(self, login: Login) -> Skip | None:
        if login.unattended_questions >= HOPELESS_AFTER:
            return Skip.HOPELESS
        if login.asked_at is not None and login.asked_at + self.ask_interval > self.start_at + _NEXT_NIGHT:
            return Skip.ASKED_RECENTLY
        return None


def by_reason(reasons: Mapping[int, Skip]) -> dict[Skip, tuple[int, ...]]:
    """The positions of each reason, in order; only reasons that there are."""
    found = {reason: tuple(at for at in sorted(reasons) if reasons[at] is reason) for reason in Skip}
    return {reason: positions for reason, positions in found.items() if positions}


def _name(load: Load) -> str:
    return (load.institution and load.institution.name) or ""


def _time_of(load: Load, cap: int) -> timedelta:
    return -(-load.logins // cap) * load.attempt


def _added(one: Load, other: Load) -> Load:
    samples = one.samples + other.samples
    if samples:
        attempt = (one.attempt * one.samples + other.attempt * other.samples) / samples
    else:
        attempt = max(one.attempt, other.attempt)
    return Load(one.institution, one.logins + other.logins, attempt, samples)
