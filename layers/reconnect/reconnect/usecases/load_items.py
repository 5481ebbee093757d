"""Write a part of a batch's list as items, and count them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconnect.model.batch_items import Item, ItemEnd, ItemState, digest_of, first_place
from reconnect.model.batch_lines import ItemLines
from reconnect.model.batch_run import BankProgress, BatchRun, Loading
from reconnect.model.errors import SessionChanged
from reconnect.model.frozen import frozen
from reconnect.model.institution import Institution
from reconnect.model.roll_up import key_of
from reconnect.ports import Batches, Clock, InParallel
from reconnect.rules.batch_plan import SkipRule
from reconnect.usecases.read_many import AT_ONCE
from reconnect.usecases.sort_logins import SortedLogin, SortLogins

# Longer than a function may run that writes a part.
PART_TAKES = timedelta(seconds=60)
# So many items at a time, each part of the list in some threads.
_WRITTEN_AT_ONCE = 100


@frozen(kw_only=True)
class LoadItems:
    """What both ways to fill a batch share: requests with lists, and an object.

    `ask_interval`: how long after an ask no other one may go out; zero if there is no such limit.
    """

    batches: Batches
    sort: SortLogins
    in_parallel: InParallel
    idempotency_key: Callable[[], bytes]
    ask_interval: timedelta

    def __call__(self, run: BatchRun, part: str, values: Iterable[tuple[int, object]]) -> BatchRun:
        """Write the items of a part, and return the header that counts them, which is not saved yet.

        The same part may be written again, as long as it is not counted: its items are found by its name. A login that
        another part has named is a duplicate.
        """
        lines = ItemLines.of(values)
        secret = self.idempotency_key()
        requests = {digest_of(secret, run.batch_id, each["loginId"]): each for each in lines.requests.values()}
        digests = list(requests)
        parts = [digests[at : at + AT_ONCE] for at in range(0, len(digests), AT_ONCE)]
        there = self.in_parallel(lambda some: self.batches.items(run.batch_id, some), parts)
        others = {item.digest for some in there for item in some if item.part != part}
        mine = {each["loginId"]: digest for digest, each in requests.items() if digest not in others}
        skip = SkipRule(run.window.start_at, run.fresh_within, run.with_hopeless, self.ask_interval)
        found = self.sort(mine, skip)
        items = [_item(run, part, mine[each.login.login_id], requests, each) for each in found]
        written = [items[at : at + _WRITTEN_AT_ONCE] for at in range(0, len(items), _WRITTEN_AT_ONCE)]
        self.in_parallel(lambda some: self.batches.load(run, some), written)
        counted = _counted(run, items, {_key(each.bank): each.bank for each in found})
        duplicates = run.duplicates + lines.duplicates + len(others)
        return replace(counted, duplicates=duplicates).with_faults(lines.malformed.items())


def _item(run: BatchRun, part: str, digest: str, requests: dict[str, dict[str, Any]], found: SortedLogin) -> Item:
    request = requests[digest]
    item = Item(
        run.batch_id,
        digest,
        _key(found.bank),
        part,
        known=found.login.version > 0,
        succeeds_alone=found.login.succeeds_alone,
        correlation_id=request.get("correlationId"),
    )
    if found.reason is not None:
        refreshed = found.login.last_refresh
        return replace(item, end=ItemEnd(ItemState.SKIPPED, found.reason.value, last_refresh=refreshed))
    return replace(item, place=first_place(found.login.last_refresh, digest), request=request)


def _counted(run: BatchRun, items: list[Item], banks: dict[str, Institution | None]) -> BatchRun:
    queued = Counter(item.bank for item in items if item.end is None)
    skipped = Counter(item.end.code for item in items if item.end is not None)
    changed = {
        bank: replace(
            run.banks.get(bank) or BankProgress(banks[bank], cap=run.window.cap),
            open=run.bank(bank).open + number,
        )
        for bank, number in queued.items()
    }
    return replace(run.with_banks(changed), items=run.items + len(items), skipped=dict(Counter(run.skipped) + skipped))


def _key(bank: Institution | None) -> str:
    return key_of(bank or Institution())


def claim_part(batches: Batches, run: BatchRun, name: str, clock: Clock) -> BatchRun:
    """Become the one who writes a part, unless somebody else writes one; raise SessionChanged then."""
    now = clock()
    if run.loading is not None and run.loading.part != name and run.loading.until > now:
        raise SessionChanged("another part of the batch is being written")
    return batches.save(replace(run, loading=Loading(name, now + PART_TAKES)))
