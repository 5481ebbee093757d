"""How well an institution's sessions went, from the counters of their endings."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from reconnect.model.health import WINDOW_NAMES, Health, InstitutionHealth, Times
from reconnect.model.institution import Institution
from reconnect.model.roll_up import ANSWERED_IN, ENDED_IN, Counts, RollUp, seconds_of

# Of fewer sessions, a share says nothing about a bank, and perhaps something about a person.
FEWEST = 20
FUNNEL = ("asked", "opened", "clicked", "answered", "succeeded")
OWNERS = ("user", "bank", "us", "nobody")

_LENGTHS = (timedelta(hours=24), timedelta(days=7), timedelta(days=30))
WINDOWS: Mapping[str, timedelta] = dict(zip(WINDOW_NAMES, _LENGTHS, strict=True))


def first_hour(now: datetime, window: str) -> datetime:
    """When a window begins: it has whole hours, the last of which has not ended yet."""
    return now.replace(minute=0, second=0, microsecond=0) - WINDOWS[window] + timedelta(hours=1)


def days_of(now: datetime, window: str) -> list[date]:
    """The days (UTC) that a window touches."""
    first = first_hour(now, window).date()
    return [first + timedelta(days=number) for number in range((now.date() - first).days + 1)]


def health_of(key: str, roll_ups: Iterable[RollUp], now: datetime, windows: Iterable[str]) -> InstitutionHealth:
    """Sum up the counters of one institution. What the newest of them says about its name counts."""
    ordered = sorted(roll_ups, key=lambda each: each.day)
    bank = Institution()
    for each in ordered:
        bank = each.institution.or_else(bank)
    return InstitutionHealth(key, bank, {window: _health(_sum(ordered, now, window)) for window in windows})


def _sum(roll_ups: Iterable[RollUp], now: datetime, window: str) -> Counts:
    total: Counter[str] = Counter()
    for each in roll_ups:
        total.update(each.counts_since(first_hour(now, window)))
    return total


def _health(counts: Counts) -> Health:
    tries = counts.get("tries", 0)
    if tries < FEWEST:
        return Health(tries)
    return Health(
        tries,
        funnel={name: counts.get(name, 0) for name in FUNNEL},
        owners={name: counts.get(name, 0) for name in OWNERS},
        to_answer=_times(counts, ANSWERED_IN),
        to_end=_times(counts, ENDED_IN),
    )


def _times(counts: Counts, kind: str) -> Times | None:
    bins = {int(name[len(kind) :]): n for name, n in counts.items() if name.startswith(kind) and name[1:].isdigit()}
    if sum(bins.values()) < FEWEST:
        return None
    return Times(_quantile(bins, 0.5), _quantile(bins, 0.9))


def _quantile(bins: Mapping[int, int], share: float) -> float:
    """The time within which this share of all times lies."""
    wanted = math.ceil(share * sum(bins.values()))
    for number in sorted(bins):
        wanted -= bins[number]
        if wanted <= 0:
            return seconds_of(number)
    raise ValueError("no times")
