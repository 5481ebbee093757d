"""The health of institutions, as the use cases report to it and heed it."""

from dataclasses import field
from datetime import datetime, timedelta

from reconnect.model.bank_health import BankHealth, health_key
from reconnect.model.errors import RecordUnreadable, StoreUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.ports import BankHealths, Clock, Count, Measure
from reconnect.rules.breaker import Breaker

# How long a Lambda environment relies on what it read, at most.
_RELIED_ON = timedelta(seconds=5)
_PART_OF_INTERVAL = 0.1
# How often others may change a record at the same moment.
_TRIES = 4

_UNKNOWN = (RecordUnreadable, StoreUnavailable)


@frozen(kw_only=True)
class BankBreaker:
    """Never fails: without a readable record attempts begin, and Flinks itself says how the bank is.

    `memory`: what this environment read lately, and when, by the institutions' keys.
    """

    bank_healths: BankHealths
    rule: Breaker
    clock: Clock
    count: Count
    measure: Measure
    memory: dict[str, tuple[datetime, BankHealth]] = field(default_factory=dict)

    def __call__(self, institution: Institution | None, session_id: str, *, begins: bool) -> BankHealth | None:
        """Return the health for whose sake a session's attempt must wait; None if it may begin.

        `begins`: the attempt begins next, so if a probe is due, it becomes the probe, which one session does.
        """
        if (key := health_key(institution)) is None:
            return None
        try:
            health = self._recent(key)
            for _ in range(_TRIES):
                now = self.clock()
                if not self.rule.may_begin(health, session_id, now):
                    return health
                claimed = self.rule.claim(health, session_id, now)
                if not begins or claimed == health or self._save(claimed):
                    return None
                health = self._read(key)
        except _UNKNOWN:
            self.count("BankHealthUnknown")
            return None
        return health if health.opened_at else None

    def report(
        self, institution: Institution | None, session_id: str, began_at: datetime, *, failed: bool
    ) -> BankHealth | None:
        """Note whether the bank failed an attempt that began then; return its health, None if that is unknown."""
        if (key := health_key(institution)) is None:
            return None
        try:
            health = self._recent(key)
            if health.opened_at is not None:
                # Another environment may have begun the probe a moment ago.
                health = self._read(key)
            for _ in range(_TRIES):
                now = self.clock()
                if not self.rule.is_noted(health, session_id, began_at, now, failed=failed):
                    return health
                after = self.rule.note(health, session_id, now, failed=failed)
                if self._save(after):
                    self._tell(health, after, now)
                    return after
                health = self._read(key)
        except _UNKNOWN:
            self.count("BankHealthUnknown")
            return None
        return health

    def _tell(self, before: BankHealth, after: BankHealth, now: datetime) -> None:
        if before.opened_at is None and after.opened_at is not None:
            self.count("BankBreakerOpened")
            since = min((each.at for each in before.verdicts if each.has_failed), default=now)
            self.measure("BankDetectionSeconds", (now - since).total_seconds(), institution=after.key)
        if before.opened_at is not None and after.opened_at is None:
            self.count("BankBreakerClosed")
            self.measure("BankOutageSeconds", (now - before.opened_at).total_seconds(), institution=after.key)

    def _recent(self, key: str) -> BankHealth:
        read_at, health = self.memory.get(key, (None, None))
        relied_on = min(_RELIED_ON, self.rule.probe_interval * _PART_OF_INTERVAL)
        if read_at is None or health is None or self.clock() - read_at >= relied_on:
            return self._learn(self.bank_healths.peek(key))
        return health

    def _read(self, key: str) -> BankHealth:
        return self._learn(self.bank_healths.get(key))

    def _save(self, health: BankHealth) -> bool:
        self.memory.pop(health.key, None)
        return self.bank_healths.save(health)

    def _learn(self, health: BankHealth) -> BankHealth:
        self.memory[health.key] = self.clock(), health
        return health
