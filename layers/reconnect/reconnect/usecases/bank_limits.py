"""How many live attempts a batch may have at each institution: what was asked for, less what the institution bears."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from reconnect.model.bank_health import BankHealth, health_key
from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.learned_cap import LearnedCap
from reconnect.model.session import Session
from reconnect.ports import BankHealths, Count
from reconnect.rules.breaker import Breaker
from reconnect.rules.learned_caps import learn, was_refused_as_too_many

_UNKNOWN = (RecordUnreadable, StoreUnavailable)


@frozen(kw_only=True)
class BankLimits:
    """For the one writer of batches: `read` first in each tick, then ask for each institution, and `learn` at its end.

    It never fails: of an institution whose records cannot be read, nothing is known.
    """

    bank_healths: BankHealths
    rule: Breaker
    count: Count
    healths: dict[str, BankHealth] = field(default_factory=dict)
    caps: dict[str, LearnedCap] = field(default_factory=dict)

    def __call__(self, key: str, cap: int, now: datetime, waiting: int = 0) -> int:
        """Return how many live sessions the institution bears now: none while it is down, one that probes, or the cap.

        `cap`: what was asked for, which is the most; `waiting`: sessions that wait until it is back.
        """
        learned = self.caps[key].cap if key in self.caps else None
        most = cap if learned is None else min(cap, learned)
        return self.rule.allowed(self.healths.get(key), most, now, waiting) if self.rule.longest_wait else most

    def is_probe_due(self, key: str, now: datetime) -> bool:
        """Return whether the next attempt at the institution finds out whether it is back."""
        return bool(self.rule.longest_wait) and self.rule.is_probe_due(self.healths.get(key), now)

    def read(self, keys: Sequence[str]) -> None:
        """Read what is known of these institutions, a hundred in one request."""
        self.healths.clear()
        self.caps.clear()
        try:
            self.healths.update({each.key: each for each in self.bank_healths.get_all(keys)})
            self.caps.update({each.key: each for each in self.bank_healths.learned(keys)})
        except _UNKNOWN:
            self.count("BankHealthUnknown")

    def learn(self, ended: Iterable[Session], asked: Mapping[str, int], now: datetime) -> None:
        """Learn from sessions that ended, or wait for their user; `asked`: the caps of this batch, by institution."""
        by_bank = defaultdict[str, list[bool]](list)
        for session in ended:
            if (key := health_key(session.institution)) in asked and key is not None:
                by_bank[key].append(was_refused_as_too_many(session))
        for key, refusals in by_bank.items():
            before = self.caps.get(key, LearnedCap(key))
            refused = sum(refusals)
            after = learn(before, asked[key], now, clean=len(refusals) - refused, refused=refused)
            if after != before:
                self._keep(after)

    def _keep(self, learned: LearnedCap) -> None:
        self.caps[learned.key] = learned
        try:
            self.bank_healths.save_learned(learned)
        except _UNKNOWN:
            self.count("BankHealthUnknown")
