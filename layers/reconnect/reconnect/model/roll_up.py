"""What the endings of one institution and one day add up to: counters by hour, from which its health is shown.

A time is counted in the bin that it falls into, so that sums of many sessions still have a median.
"""

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from reconnect.model.causes import RETURNS
from reconnect.model.failures import Owner
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.session import Session
from reconnect.model.shelves import bank_key

Counts = Mapping[str, int]

# Counters of the time to the answer, and to the end, begin with these; the number of the bin follows.
ANSWERED_IN, ENDED_IN = "a", "e"
# Each bin ends a fifth later than the one before. The last one ends after 62 days; a link lives for 30 at most.
_BIN_ENDS = tuple(2 ** (number / 4) for number in range(90))

# The ending of a session whose bank nobody named.
UNKNOWN_KEY = "unknown"

_UNNAMED = Institution()

_DIGEST_BYTES = 5
# The stream repeats a batch that failed or was cut short; what was counted lately is remembered, and not counted again.
_REMEMBERED = 64
_REMEMBERED_FOR = timedelta(hours=1)


@frozen
class CountedEnding:
    """What the ending of one session adds. `mark`: a digest of its id, by which a repeat is found."""

    institution: Institution
    at: datetime
    mark: bytes
    counts: Counts

    @property
    def key(self) -> str:
        """The name of its institution's counters."""
        return key_of(self.institution)


@frozen
class RollUp:
    """The counters of an institution's endings on one day (UTC), by their hour. `version` is 0 until it is stored.

    `marks`: digests of the sessions that were counted lately, each with the minute, since the day began, of the count.
    """

    day: date
    key: str
    institution: Institution = _UNNAMED
    hours: Mapping[int, Counts] = field(default_factory=dict)
    marks: tuple[tuple[int, bytes], ...] = ()
    version: int = 0

    def add(self, endings: Iterable[CountedEnding], now: datetime) -> Self:
        """Count those endings that were not counted yet; the result is this very object if nothing changed.

        One that comes again is remembered for longer: its batch may come once more.
        """
        marks, minute = {mark: at for at, mark in self.marks}, self._minute(now)
        hours, bank = {hour: Counter(counts) for hour, counts in self.hours.items()}, self.institution
        changed = 0
        for ending in endings:
            counted_at = marks.get(ending.mark)
            if counted_at is not None and counted_at >= self._minute(now - _REMEMBERED_FOR / 2):
                continue
            # Behind all others, the first of which are forgotten first.
            marks.pop(ending.mark, None)
            marks[ending.mark] = minute
            changed += 1
            if counted_at is None:
                hours.setdefault(ending.at.hour, Counter()).update(ending.counts)
                bank = ending.institution.or_else(bank)
        if not changed:
            return self
        recent = sum(at >= self._minute(now - _REMEMBERED_FOR) for at in marks.values())
        kept = [(at, mark) for mark, at in marks.items()][-max(_REMEMBERED, recent) :]
        return replace(self, institution=bank, hours=hours, marks=tuple(kept))

    def counts_since(self, begin: datetime) -> Counts:
        """The sums of the hours from `begin` on."""
        midnight = datetime.combine(self.day, time(), UTC)
        total: Counter[str] = Counter()
        for hour, counts in self.hours.items():
            if midnight + timedelta(hours=hour) >= begin:
                total.update(counts)
        return total

    def _minute(self, at: datetime) -> int:
        minutes = (at - datetime.combine(self.day, time(), UTC)) // timedelta(minutes=1)
        return min(max(minutes, 0), 0xFFFF)


def key_of(institution: Institution) -> str:
    """The name of an institution's counters: its id at Flinks, or else its name."""
    return str(institution.id) if institution.id is not None else bank_key(institution.name) or UNKNOWN_KEY


def count_ending(session: Session) -> CountedEnding | None:
    """What a session's ending adds to its institution's counters; None if it is live."""
    ended_at = next((entry.at for entry in session.timeline if entry.status.is_terminal), None)
    if ended_at is None:
        return None
    asked_at = session.first_asked_at
    answered_at = next((entry.at for entry in session.timeline if entry.cause in RETURNS), None)
    owner = session.failure.owner if session.failure else Owner.NOBODY
    counts = {
        "tries": 1,
        "asked": asked_at is not None,
        "opened": session.is_attended,
        "clicked": session.was_clicked,
        "answered": answered_at is not None,
        "succeeded": session.status.is_success,
        owner.value: 1,
        f"{ENDED_IN}{bin_of(ended_at - session.created_at)}": 1,
    }
    if asked_at is not None and answered_at is not None:
        counts[f"{ANSWERED_IN}{bin_of(answered_at - asked_at)}"] = 1
    mark = hashlib.sha256(session.session_id.encode()).digest()[:_DIGEST_BYTES]
    institution = session.institution or Institution()
    return CountedEnding(institution, ended_at, mark, {name: 1 for name, is_one in counts.items() if is_one})


def bin_of(duration: timedelta) -> int:
    """The number of the bin that a time falls into; one that is too long falls into the last."""
    return min(bisect_left(_BIN_ENDS, duration.total_seconds()), len(_BIN_ENDS) - 1)


def seconds_of(number: int) -> float:
    """The seconds that a bin stands for, at most a tenth off from any time in it that is longer than a second."""
    return 1.0 if number == 0 else (_BIN_ENDS[number - 1] * _BIN_ENDS[number]) ** 0.5
