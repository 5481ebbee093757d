"""The health of institutions in memory, with the rules of the DynamoDB one."""

from collections.abc import Sequence
from dataclasses import replace

from reconnect.model.bank_health import BankHealth
from reconnect.model.learned_cap import LearnedCap


class FakeBankHealths:
    """The port `BankHealths`. `reads` and `writes`: how often it was read and written."""

    def __init__(self) -> None:
        self._records: dict[str, BankHealth] = {}
        self._learned: dict[str, LearnedCap] = {}
        self.reads = self.writes = 0

    def get(self, key: str) -> BankHealth:
        self.reads += 1
        return self._records.get(key, BankHealth(key=key))

    def peek(self, key: str) -> BankHealth:
        return self.get(key)

    def get_all(self, keys: Sequence[str]) -> list[BankHealth]:
        return [self._records[key] for key in keys if key in self._records]

    def save(self, health: BankHealth) -> bool:
        if self._records.get(health.key, BankHealth(key=health.key)).version != health.version:
            return False
        self._records[health.key] = replace(health, version=health.version + 1)
        self.writes += 1
        return True

    def learned(self, keys: Sequence[str]) -> list[LearnedCap]:
        return [self._learned[key] for key in keys if key in self._learned]

    def save_learned(self, learned: LearnedCap) -> None:
        self._learned[learned.key] = learned
