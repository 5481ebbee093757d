"""When new attempts at an institution wait because it fails, and who finds out whether it works again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.model.bank_health import BankHealth, BankVerdict, mark_of
from reconnect.model.frozen import frozen

# The last verdicts that are looked at, and how old they may be. At banks, successes and refusals alternate, so a share
# of them counts and not how many came in a row.
WINDOW = 20
RECENT = timedelta(minutes=15)
_SHARE = 0.5
# One login whose every attempt fails does not stand for its bank.
_LEAST_SESSIONS = 2

# Parts of the interval between two probes. While a probe is under way, others look again after the first, spread by as
# much again; who is at the page looks again after the second. Who is not leaves them this head start when the next
# probe is due.
_PROBE_TAKES, _PERSON_LOOKS, _HEAD_START = 0.2, 0.1, 0.05


@frozen(kw_only=True)
class Breaker:
    """`failures`: the least number of recent failures that open it; `probe_interval`: from its opening, or a failed
    probe, to the next probe; `longest_wait`: of one session.
    """

    failures: int
    probe_interval: timedelta
    longest_wait: timedelta

    def is_noted(self, health: BankHealth, session_id: str, began_at: datetime, now: datetime, *, failed: bool) -> bool:
        """Whether a verdict on an attempt that began then changes the record.

        Successes count only while failures are many enough that the two could open the breaker, so that an ordinary
        session writes nothing. While it is open, attempts that began before say nothing new.
        """
        if health.opened_at is not None:
            return health.prober == mark_of(session_id) if failed else began_at >= health.opened_at
        return failed or sum(each.has_failed for each in _recent(health, now)) >= self._unweighed

    def note(self, health: BankHealth, session_id: str, now: datetime, *, failed: bool) -> BankHealth:
        """Return the health after a verdict that `is_noted`."""
        if health.opened_at is not None:
            if failed:
                return replace(health, prober=None, probe_at=now + self.probe_interval)
            return BankHealth(key=health.key, version=health.version)
        verdicts = (*_recent(health, now), BankVerdict(now, failed, mark_of(session_id)))[-WINDOW:]
        if failed and self._is_failing(verdicts):
            return replace(health, verdicts=(), opened_at=now, probe_at=now + self.probe_interval)
        return replace(health, verdicts=verdicts)

    def _is_failing(self, verdicts: tuple[BankVerdict, ...]) -> bool:
        failed_at = [place for place, each in enumerate(verdicts) if each.has_failed]
        sessions = {verdicts[place].mark for place in failed_at}
        if len(failed_at) < self.failures or len(sessions) < _LEAST_SESSIONS:
            return False
        # From here on successes were noted as well.
        weighed = verdicts[failed_at[self._unweighed - 1] :]
        return sum(each.has_failed for each in weighed) >= _SHARE * len(weighed)

    @property
    def _unweighed(self) -> int:
        """After so many recent failures successes are noted, too."""
        return (self.failures + 1) // 2

    def may_begin(self, health: BankHealth, session_id: str, now: datetime) -> bool:
        """Whether a session's attempt may begin, as far as the bank's health is concerned; perhaps as its probe."""
        if health.opened_at is None or health.probe_at is None or now >= health.probe_at:
            return True
        return health.prober == mark_of(session_id)

    def claim(self, health: BankHealth, session_id: str, now: datetime) -> BankHealth:
        """Return the health with the session as the prober; the same one if it needs none.

        A probe that brings no verdict is followed by the next one after an interval.
        """
        if not self.is_probe_due(health, now):
            return health
        return replace(health, prober=mark_of(session_id), probe_at=now + self.probe_interval)

    def try_at(
        self, health: BankHealth, waits_since: datetime, now: datetime, *, is_attended: bool, jitter: float
    ) -> datetime:
        """When a session that waits `since` then tries again: who is at the page when the next probe is due, all others
        over the interval after it, those who have waited longest rather at its beginning. `jitter`: from 0 up to 1.
        """
        due = max(health.probe_at or now, now)
        if health.prober:
            part = _PERSON_LOOKS if is_attended else _PROBE_TAKES
            return min(due, now + self.probe_interval * part) + self.probe_interval * part * jitter
        if is_attended or health.opened_at is None:
            return due + self.probe_interval * _HEAD_START * jitter
        down, before = (now - health.opened_at).total_seconds(), (waits_since - health.opened_at).total_seconds()
        place = min(max(before / down, 0.0), 1.0) if down > 0 else 0.0
        return due + self.probe_interval * (_HEAD_START + (1 - _HEAD_START) * (place + jitter) / 2)

    def allowed(self, health: BankHealth | None, cap: int, now: datetime, waiting: int = 0) -> int:
        """How many sessions a batch may have live at the bank: none while it fails, one that probes, or else `cap`.

        `waiting`: those of them that wait for the bank, so that the one that probes comes on top.
        """
        if health is None or health.opened_at is None:
            return cap
        if self.is_probe_due(health, now):
            return min(cap, 1 + waiting)
        return min(cap, 1) if health.prober else 0

    def is_probe_due(self, health: BankHealth | None, now: datetime) -> bool:
        """Whether the next attempt that begins would be a probe."""
        if health is None or health.opened_at is None:
            return False
        return health.probe_at is not None and now >= health.probe_at


def _recent(health: BankHealth, now: datetime) -> Iterator[BankVerdict]:
    return (each for each in health.verdicts if now - each.at <= RECENT)
