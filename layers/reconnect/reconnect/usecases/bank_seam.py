"""What a batch asks about the health of institutions, and a stand-in that knows nothing of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconnect.model.session import Session


class Limits(Protocol):
    """How many live attempts institutions bear. It never fails: of one that cannot be read nothing is known."""

    def read(self, keys: Sequence[str], /) -> None:
        """Read what is known of these institutions, at the beginning of a tick."""

    def __call__(self, key: str, cap: int, now: datetime, /) -> int:
        """Return how many live attempts an institution bears now: at most the cap, 0 if it should get none."""

    def learn(self, ended: Iterable[Session], asked: Mapping[str, int], now: datetime, /) -> None:
        """Learn from sessions that ended or wait for their user; `asked`: the caps of the batch, by institution."""


@dataclass(frozen=True, slots=True)
class NoLimits:
    """Every institution bears its cap."""

    def read(self, keys: Sequence[str], /) -> None:
        """Read nothing."""

    def __call__(self, _key: str, cap: int, _now: datetime, /) -> int:
        """Return the cap."""
        return cap

    def learn(self, ended: Iterable[Session], asked: Mapping[str, int], now: datetime, /) -> None:
        """Learn nothing."""
