"""The counters of endings in memory, with the rules of the DynamoDB ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from reconnect.model.roll_up import RollUp


class FakeRollUps:
    """The port `RollUps`. `writes`: how many writes took place."""

    def __init__(self) -> None:
        self._records: dict[tuple[date, str], RollUp] = {}
        self.writes = 0

    def get(self, day: date, key: str) -> RollUp:
        return self._records.get((day, key), RollUp(day, key))

    def save(self, roll_up: RollUp) -> bool:
        if self.get(roll_up.day, roll_up.key).version != roll_up.version:
            return False
        self._records[roll_up.day, roll_up.key] = replace(roll_up, version=roll_up.version + 1)
        self.writes += 1
        return True

    def of_institution(self, key: str, days: Sequence[date]) -> list[RollUp]:
        return [self._records[day, key] for day in days if (day, key) in self._records]

    def of_day(self, day: date) -> list[RollUp]:
        return [each for (its_day, _), each in self._records.items() if its_day == day]
