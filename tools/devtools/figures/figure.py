"""One measured figure and its target."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

# A figure that got worse by no more than this is the same: what is counted on a running engine varies a little.
TOLERANCE = 0.05


class Comparison(StrEnum):
    """How a value must compare with its target."""

    AT_MOST = "<="
    AT_LEAST = ">="
    EXACTLY = "="


@dataclass(frozen=True)
class Figure:
    """A value and its target in the same unit (empty for a count or a ratio). The name is the same in every run.

    Without a target it is met, and only compared with the last time.
    """

    name: str
    value: float
    target: float | None = None
    comparison: Comparison = Comparison.AT_MOST
    unit: str = ""

    def __str__(self) -> str:
        value = shown(self.value, self.unit)
        verdict = "ok" if self.is_met else "missed"
        return f"{self.name:64} {value:>18} {self.shown_target:>8} {verdict}"

    @property
    def shown_target(self) -> str:
        """The comparison and the target, for people to read."""
        return "-" if self.target is None else f"{self.comparison} {shown(self.target)}"

    @property
    def is_met(self) -> bool:
        """Whether the value, unrounded, reaches the target."""
        if self.target is None:
            return True
        match self.comparison:
            case Comparison.AT_MOST:
                return self.value <= self.target
            case Comparison.AT_LEAST:
                return self.value >= self.target
            case Comparison.EXACTLY:
                return self.value == self.target

    def worse_by(self, before: Self) -> float:
        """By which part of its size it got worse since `before`; 0 within the tolerance, infinite if it was 0."""
        loss = self._badness(self.value) - self._badness(before.value)
        if loss <= TOLERANCE * abs(before.value):
            return 0.0
        return loss / abs(before.value) if before.value else float("inf")

    def _badness(self, value: float) -> float:
        """A number that is larger, the worse the value is."""
        match self.comparison:
            case Comparison.AT_MOST:
                return value
            case Comparison.AT_LEAST:
                return -value
            case Comparison.EXACTLY:
                return abs(value - (self.target or 0))


def shown(value: float, unit: str = "") -> str:
    """A value with its unit, with three decimals at most, for people to read."""
    text = f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{text} {unit}".strip()
