"""How well the sessions of an institution went: what its endings add up to."""

from collections.abc import Mapping

from reconnect.model.bank_health import BankHealth
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution

# 24 hours, seven days, 30 days.
WINDOW_NAMES = ("24h", "7d", "30d")


@frozen
class Times:
    """The median and the 90th percentile of some times in seconds, each at most a tenth off."""

    median: float
    p90: float


@frozen
class Health:
    """The endings of one window. All but `tries` is None if there are too few of them to tell.

    `funnel`: how many sessions got how far; `owners`: who had to act next after how many of the endings.
    """

    tries: int
    funnel: Mapping[str, int] | None = None
    owners: Mapping[str, int] | None = None
    to_answer: Times | None = None
    to_end: Times | None = None


@frozen
class InstitutionHealth:
    """An institution's health in each of some windows, by their names; `bank`: its breaker, None if it never failed."""

    key: str
    institution: Institution
    windows: Mapping[str, Health]
    bank: BankHealth | None = None
