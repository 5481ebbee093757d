"""A batch as it runs: what was asked for, how far it is at each institution, and what was asked of it meanwhile."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from reconnect.model.batch import Window
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution

# Of more malformed lines, only the number is kept.
MOST_FAULTS = 100


class BatchStatus(StrEnum):
    """The status of a batch. PAUSED and STOPPING are never stored: they follow from what is wanted of a running one."""

    LOADING = "LOADING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPING = "STOPPING"
    FINISHED = "FINISHED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


OVER = frozenset({BatchStatus.FINISHED, BatchStatus.STOPPED, BatchStatus.FAILED})


class Wanted(StrEnum):
    """What its callers want of a batch. A stop is for good."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


@frozen
class Steering:
    """What is wanted of a batch, apart from its header, so that a change never loses against a tick.

    `caps`: the most live attempts by institution, where it is not the batch's own number. `version`: 0 until stored.
    """

    batch_id: str
    wanted: Wanted = Wanted.RUN
    caps: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def to(self, wanted: Wanted) -> Self:
        """Want something else, unless it was stopped."""
        return self if self.wanted in {Wanted.STOP, wanted} else replace(self, wanted=wanted)

    def limit(self, bank: str, cap: int) -> Self:
        """Allow so many live attempts at an institution."""
        return self if self.caps.get(bank) == cap else replace(self, caps={**self.caps, bank: cap})


@frozen
class BankProgress:
    """How far a batch is at one institution.

    `open`: its items that are queued or live; `live`: as of the last tick. `cursor`: the last place of its queue that
    was dealt with. `cap`: as of the last tick; `seconds` and `samples`: how long sessions were at the bank, in all.
    """

    institution: Institution | None = None
    open: int = 0
    live: int = 0
    parked: int = 0
    ended: int = 0
    succeeded: int = 0
    not_started: int = 0
    endings: Mapping[str, int] = field(default_factory=dict)
    cursor: str = ""
    cap: int = 0
    breaker: str | None = None
    seconds: int = 0
    samples: int = 0

    @property
    def queued(self) -> int:
        """The items that wait."""
        return max(self.open - self.live, 0)


@frozen
class Source:
    """The object that the items are read from: its version, and how far it was read.

    `offset` in bytes; `line`: how many lines were read; `columns`: of CSV, empty for JSON lines.
    `is_cut`: it is in the middle of a line that is too long.
    """

    key: str
    etag: str = ""
    offset: int = 0
    line: int = 0
    columns: tuple[str, ...] = ()
    is_cut: bool = False


@frozen
class Loading:
    """The part of the list that is being written, and until when nobody else may write another one."""

    part: str
    until: datetime


@frozen(kw_only=True)
class BatchRun:
    """The header of a batch. `version` is what the store last wrote (0: never).

    `asked`: a seal of the request. `parts`: the parts of the list that were taken. `settling`: leases that the counters
    include, and that may not be deleted yet. `execution`: the number of the execution that ticks. `failure`: why it
    FAILED. `skipped`: by reason. `faults`: the first malformed lines, with what is wrong.
    """

    batch_id: str
    asked: str
    created_at: datetime
    window: Window
    status: BatchStatus = BatchStatus.LOADING
    label: str | None = None
    fresh_within: timedelta | None = None
    with_hopeless: bool = False
    source: Source | None = None
    banks: Mapping[str, BankProgress] = field(default_factory=dict)
    items: int = 0
    duplicates: int = 0
    malformed: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[tuple[int, str], ...] = ()
    parts: frozenset[str] = frozenset()
    loading: Loading | None = None
    settling: frozenset[str] = frozenset()
    execution: int = 0
    ticked_at: datetime | None = None
    finished_at: datetime | None = None
    report_key: str | None = None
    failure: str | None = None
    version: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in OVER

    @property
    def open(self) -> int:
        """The items that are queued or live."""
        return sum(each.open for each in self.banks.values())

    @property
    def live(self) -> int:
        """The items with a live session, as of the last tick."""
        return sum(each.live for each in self.banks.values())

    def total(self, name: str) -> int:
        """The sum of a counter over all institutions."""
        return sum(getattr(each, name) for each in self.banks.values())

    def endings(self) -> dict[str, int]:
        """How many ended so, over all institutions."""
        sums: Counter[str] = Counter()
        for each in self.banks.values():
            sums.update(each.endings)
        return dict(sums)

    def bank(self, key: str) -> BankProgress:
        """How far it is at an institution."""
        return self.banks.get(key) or BankProgress()

    def shown_status(self, steering: Steering) -> BatchStatus:
        """The status as callers see it."""
        if self.is_over or self.status is BatchStatus.LOADING or steering.wanted is Wanted.RUN:
            return self.status
        return BatchStatus.PAUSED if steering.wanted is Wanted.PAUSE else BatchStatus.STOPPING

    def with_banks(self, changed: Mapping[str, BankProgress]) -> Self:
        """Replace what is known of some institutions."""
        return replace(self, banks={**self.banks, **changed}) if changed else self

    def with_faults(self, faults: Iterable[tuple[int, str]]) -> Self:
        """Count malformed lines, and keep the first of them."""
        new = list(faults)
        return replace(self, malformed=self.malformed + len(new), faults=(*self.faults, *new)[:MOST_FAULTS])
