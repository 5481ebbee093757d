"""The budget of requests in memory, with the rules of the DynamoDB one."""

from dataclasses import replace
from threading import Lock

from reconnect.model.budget import Budget


class FakeBudgets:
    """The port `Budgets`. `reads` and `saves`: how often it was read and written."""

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget
        self.reads = self.saves = 0
        self._one_at_a_time = Lock()

    def get(self) -> Budget | None:
        self.reads += 1
        return self.budget

    def save(self, before: Budget | None, after: Budget) -> Budget | None:
        with self._one_at_a_time:
            self.saves += 1
            now = self.budget
            if before is None:
                self.budget = replace(after, version=1) if now is None else now
                return self.budget if now is None else None
            taken = {"queued": after.queued - before.queued, "ahead": after.ahead - before.ahead}
            is_same_clock = replace(after, queued=before.queued, ahead=before.ahead) == before
            if now is None or not (is_same_clock or now.version == before.version):
                return None
            kept = now if is_same_clock else replace(after, version=before.version + 1)
            self.budget = replace(kept, queued=now.queued + taken["queued"], ahead=now.ahead + taken["ahead"])
            return self.budget
