"""Begin as many items of a batch as there is room for at each institution."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import zip_longest
from typing import Protocol

from reconnect.model.batch_items import Item, ItemEnd, ItemState, Lease, time_of
from reconnect.model.batch_run import BatchRun, Steering
from reconnect.model.frozen import frozen
from reconnect.model.session import Session
from reconnect.ports import Batches, Clock, InParallel
from reconnect.rules.batch_admission import caps_of, grant, may_begin
from reconnect.usecases.begin_item import BeginItem, Begun
from reconnect.usecases.read_many import AT_ONCE
from reconnect.usecases.settle_leases import Settled


class Limits(Protocol):
    """How many live attempts institutions bear. It never fails: of one that cannot be read nothing is known."""

    def read(self, keys: Sequence[str], /) -> None:
        """Read what is known of these institutions, at the beginning of a tick."""

    def __call__(self, key: str, cap: int, now: datetime, waiting: int, /) -> int:
        """Return how many live sessions an institution bears now: at most the cap, 0 if it should get none.

        `waiting`: those that wait until it is back.
        """

    def is_probe_due(self, key: str, now: datetime, /) -> bool:
        """Return whether the next attempt at an institution finds out whether it is back."""

    def learn(self, ended: Iterable[Session], asked: Mapping[str, int], now: datetime, /) -> None:
        """Learn from sessions that ended or wait for their user; `asked`: the caps of the batch, by institution."""


UnderLease = Callable[[BatchRun, Item, Lease, str], Begun]
"""What is done with an item that has its lease; the last argument is its institution's cursor."""

Renew = Callable[[], datetime | None]
"""Stay the one writer, and return until when items may begin; None if somebody else is by now."""

# What is wanted of the batch is read again after so many, so that a pause or a smaller cap is felt at once.
_STEERED_EVERY = 64
_LOST = ItemEnd(ItemState.NOT_STARTED, "ITEM_LOST")


@frozen
class _Pick:
    """Some items from the front of an institution's queue, and its cursor once all of them are dealt with."""

    bank: str
    items: tuple[Item, ...]
    cursor: str


@dataclass(slots=True)
class Admitted:
    """What a round of admissions came to. `cursors`, `caps`: by institution; `live`: the batch's own leases;
    `waiting`: how many of these wait until their institution is back.
    """

    live: list[Lease] = field(default_factory=list)
    ended: list[tuple[Lease, ItemEnd]] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    cursors: dict[str, str] = field(default_factory=dict)
    caps: dict[str, int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def note(self, begun: Begun) -> None:
        """Add what became of an item."""
        if begun.end is not None and begun.lease is not None:
            self.ended.append((begun.lease, begun.end))
        elif begun.lease is not None:
            self.live.append(begun.lease)


@frozen(kw_only=True)
class AdmitItems:
    """The second half of a tick. Only its caller, the one writer, may call it."""

    batches: Batches
    begin: BeginItem
    clock: Clock
    in_parallel: InParallel
    limits: Limits

    def __call__(self, run: BatchRun, settled: Settled, others: Counter[str], renew: Renew) -> Admitted:
        """Begin what may begin. `others`: the live attempts of other batches, by institution."""
        steering, now = self.batches.steering(run.batch_id), self.clock()
        admitted = Admitted(waiting=settled.waiting)
        repeated = {lease.name for lease in (*settled.missing, *settled.stuck)}
        admitted.live = [lease for lease in settled.live if lease.name not in repeated]
        self._begin_again(run, settled.stuck, admitted, self.begin.under_lease)
        is_open = may_begin(run, steering, now)
        self._begin_again(run, settled.missing, admitted, self.begin.under_lease if is_open else self.begin.give_back)
        admitted.caps = caps_of(run, steering, run.banks)
        if is_open:
            self._admit(run, steering, admitted, others, renew)
        return admitted

    def _begin_again(self, run: BatchRun, leases: Collection[Lease], admitted: Admitted, begin: UnderLease) -> None:
        """Begin what a crash interrupted. It has its place already, so no cap is asked."""
        digests = [lease.digest for lease in leases]
        parts = [digests[at : at + AT_ONCE] for at in range(0, len(digests), AT_ONCE)]
        read = self.in_parallel(lambda part: self.batches.items(run.batch_id, part), parts)
        items = {item.digest: item for part in read for item in part}

        def go_on(lease: Lease) -> Begun:
            item, cursor = items.get(lease.digest), run.bank(lease.bank).cursor
            if item is None:
                return Begun(lease, _LOST)
            return begin(run, replace(item, tries=lease.tries), lease, cursor)

        for begun in self.in_parallel(go_on, leases):
            admitted.note(begun)

    def _admit(
        self,
        run: BatchRun,
        steering: Steering,
        admitted: Admitted,
        others: Counter[str],
        renew: Renew,
    ) -> None:
        mine = Counter(lease.bank for lease in admitted.live)
        gone = Counter(lease.bank for lease, _ in admitted.ended)
        queued = {bank: each.open - mine[bank] - gone[bank] for bank, each in run.banks.items()}
        caps = self._caps(run, steering, others, admitted)
        granted = grant(caps, mine + others, {bank: number for bank, number in queued.items() if number > 0})
        taken = {lease.digest for lease in admitted.live} | {lease.digest for lease, _ in admitted.ended}
        wanted = [(bank, number) for bank, number in granted.items() if number]
        pick_of = partial(self._pick, run, taken, admitted.waiting)
        picks = {pick.bank: pick for pick in self.in_parallel(lambda each: pick_of(*each), wanted)}
        rows = zip_longest(*(pick.items for pick in picks.values()))
        waiting = [item for row in rows for item in row if item is not None]
        left: dict[str, Item] = {}

        for at in range(0, len(waiting), _STEERED_EVERY):
            part = waiting[at : at + _STEERED_EVERY]
            steering = self.batches.steering(run.batch_id) if at else steering
            before = renew()
            chosen = self._choose(run, steering, part, left, admitted, others) if before else []
            begin = partial(self._begin, run, picks, before or self.clock())
            for item, begun in zip(chosen, self.in_parallel(begin, chosen), strict=True):
                admitted.note(begun)
                if not begun.is_passed:
                    _leave(left, item)
            for item in part:
                if item not in chosen:
                    _leave(left, item)
        for bank, pick in picks.items():
            admitted.cursors[bank] = _cursor(run, pick, left.get(bank))

    def _begin(self, run: BatchRun, picks: Mapping[str, _Pick], before: datetime, item: Item) -> Begun:
        if self.clock() >= before:
            return Begun(is_passed=False)
        return self.begin(run, item, picks[item.bank].cursor)

    def _choose(
        self,
        run: BatchRun,
        steering: Steering,
        items: Iterable[Item],
        left: Mapping[str, Item],
        admitted: Admitted,
        others: Counter[str],
    ) -> list[Item]:
        """Those of some items that may begin by what is wanted now, each institution's in their order."""
        if not may_begin(run, steering, self.clock()):
            return []
        live = Counter(lease.bank for lease in admitted.live) + others
        chosen: list[Item] = []
        for item in items:
            if item.bank not in left and live[item.bank] < self._cap(run, steering, item.bank, admitted):
                live[item.bank] += 1
                chosen.append(item)
        return chosen

    def _caps(self, run: BatchRun, steering: Steering, others: Counter[str], admitted: Admitted) -> dict[str, int]:
        """The caps at all institutions where this batch or another one has something to do."""
        caps = {bank: self._cap(run, steering, bank, admitted) for bank in {*run.banks, *others}}
        for bank, cap in caps.items():
            if cap == 0 < steering.caps.get(bank, run.window.cap):
                admitted.held.add(bank)
        admitted.caps = {bank: caps[bank] for bank in run.banks}
        return caps

    def _cap(self, run: BatchRun, steering: Steering, bank: str, admitted: Admitted) -> int:
        cap = steering.caps.get(bank, run.window.cap)
        return min(self.limits(bank, cap, self.clock(), admitted.waiting[bank]), cap)

    def _pick(self, run: BatchRun, taken: Collection[str], waiting: Counter[str], bank: str, number: int) -> _Pick:
        """Read the queue until there are enough items, it ends, or the next one waits for a time to come."""
        cursor, now = run.bank(bank).cursor, self.clock()
        if self.limits.is_probe_due(bank, now):
            probe = self._probe(run, bank, taken)
            if probe is not None or waiting[bank]:
                # Without such an item one of the sessions that wait is the probe.
                return _Pick(bank, () if probe is None else (probe,), cursor)
        found: list[Item] = []
        while (limit := min(number - len(found), AT_ONCE)) > 0:
            places = self.batches.queue(run.batch_id, bank, cursor, limit)
            due = [each for each in places if (at := time_of(each.place)) is None or at <= now]
            items = _by_place(self.batches.items(run.batch_id, [*dict.fromkeys(each.digest for each in due)]))
            for each in due:
                cursor = each.place
                item = items.get(each.place)
                # Another place of an item that was moved, or one that is live or ended.
                if item is not None and _is_waiting(item, taken):
                    found.append(item)
            if len(due) < limit:
                break
        return _Pick(bank, tuple(found), cursor)

    def _probe(self, run: BatchRun, bank: str, taken: Collection[str]) -> Item | None:
        """The queued item that finds out whether the institution is back, and asks nobody for that. Who succeeds alone
        has new data, so it is looked for from the end of the queue.
        """
        places = self.batches.newest(run.batch_id, bank, run.bank(bank).cursor, AT_ONCE)
        items = _by_place(self.batches.items(run.batch_id, [*dict.fromkeys(each.digest for each in places)]))
        found = (items[each.place] for each in places if each.place in items)
        return next((item for item in found if item.succeeds_alone and _is_waiting(item, taken)), None)


def _is_waiting(item: Item, taken: Collection[str]) -> bool:
    return item.end is None and item.digest not in taken


def _by_place(items: Iterable[Item]) -> Mapping[str, Item]:
    return {item.place: item for item in items}


def _leave(left: dict[str, Item], item: Item) -> None:
    """Note the first item of an institution that stays where it is."""
    left[item.bank] = min(item, left.get(item.bank, item), key=lambda each: each.place)


def _cursor(run: BatchRun, pick: _Pick, left: Item | None) -> str:
    """The institution's cursor: before the first item that was left where it is."""
    if left is None:
        return pick.cursor
    before = [item.place for item in pick.items if item.place < left.place]
    return before[-1] if before else run.bank(pick.bank).cursor
