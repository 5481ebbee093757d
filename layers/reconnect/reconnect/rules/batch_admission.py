"""Who of a batch may begin now: never more live attempts at an institution than its cap, and the banks by turns.

A login whose institution is not known yet may be at any of them. So those that are live count at every institution, and
one begins only if there is room at all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconnect.model.asking import asked_at
from reconnect.model.batch_items import ItemEnd, ItemState
from reconnect.model.batch_run import BankProgress, BatchRun, Steering, Wanted
from reconnect.model.outcomes import Outcome, rule_for
from reconnect.model.roll_up import UNKNOWN_KEY
from reconnect.model.session import WAITING, Session
from reconnect.rules.batch_plan import time_at_bank

# A login gets so many sessions in a batch, if its bank is what fails.
MOST_TRIES = 3
# How long after such an ending its login comes back into the queue, behind all others.
RETRY_AFTER = timedelta(minutes=5)
# In one tick, so that it stays within its time, and within what Step Functions starts in a second.
MOST_STARTS = 300
# The fewest seconds between the ticks of a batch that has nothing to begin.
IDLE_SECONDS = 60.0

_REPEATABLE = frozenset({Outcome.TRY_LATER, Outcome.BUSY})


def caps_of(run: BatchRun, steering: Steering, banks: Iterable[str]) -> dict[str, int]:
    """The cap of each institution by what was asked for: that of the batch, or one that was set for it."""
    return {bank: steering.caps.get(bank, run.window.cap) for bank in banks}


def share(free: Mapping[str, int], queued: Mapping[str, int], most: int = MOST_STARTS) -> dict[str, int]:
    """How many may begin at each institution, at most so many in all; the least that is wanted is granted first."""
    wanted = {bank: min(free.get(bank, 0), number) for bank, number in queued.items()}
    granted: dict[str, int] = {}
    left = most
    for position, bank in enumerate(sorted(wanted, key=lambda each: (wanted[each], each))):
        granted[bank] = max(min(wanted[bank], left // (len(wanted) - position)), 0)
        left -= granted[bank]
    return granted


def grant(caps: Mapping[str, int], live: Mapping[str, int], queued: Mapping[str, int]) -> dict[str, int]:
    """How many may begin at each institution, so that none has more live attempts than its cap.

    `live`: the attempts of all batches, by institution.
    """
    unknown = live.get(UNKNOWN_KEY, 0)
    free = {bank: max(cap - live.get(bank, 0) - unknown, 0) for bank, cap in caps.items() if bank != UNKNOWN_KEY}
    granted = share(free, {bank: number for bank, number in queued.items() if bank != UNKNOWN_KEY})
    if UNKNOWN_KEY in queued:
        room = [cap - live.get(bank, 0) - granted.get(bank, 0) for bank, cap in caps.items() if cap > 0]
        least = min([*room, caps.get(UNKNOWN_KEY, 0)]) - unknown
        granted[UNKNOWN_KEY] = max(min(queued[UNKNOWN_KEY], least, MOST_STARTS - sum(granted.values())), 0)
    return granted


def may_begin(run: BatchRun, steering: Steering, now: datetime) -> bool:
    """Whether items may begin now."""
    return steering.wanted is Wanted.RUN and run.window.start_at <= now < run.window.deadline


def is_done(run: BatchRun, steering: Steering, live: int, now: datetime) -> bool:
    """Whether nothing is live, and nothing more begins."""
    return live == 0 and (run.open == 0 or steering.wanted is Wanted.STOP or now >= run.window.deadline)


def end_of(session: Session, tries: int, deadline: datetime) -> ItemEnd | None:
    """What became of an item by its session; None if that is live at the bank, or if another one follows before the
    deadline.

    A session that waits for its user is at the bank no more.
    """
    if session.status in WAITING:
        return ItemEnd(ItemState.PARKED, "PARKED", "user", **_facts(session))
    if not session.status.is_terminal:
        return None
    if is_repeatable(session) and tries < MOST_TRIES and tries_again_at(session) < deadline:
        return None
    failure = session.failure
    code = "SUCCEEDED" if session.status.is_success else (failure.code if failure else session.status.value)
    owner = failure.owner.value if failure else "nobody"
    return ItemEnd(ItemState.ENDED, code, owner, succeeded=session.status.is_success, **_facts(session))


def is_repeatable(session: Session) -> bool:
    """Whether it ended because its bank or Flinks was busy, so that another session may well succeed."""
    rule = rule_for(session.failure.code) if session.failure and session.status.is_terminal else None
    return rule is not None and rule.outcome in _REPEATABLE


def tries_again_at(session: Session) -> datetime:
    """When the login of a session that ended may get its next one."""
    return session.timeline[-1].at + RETRY_AFTER


def count(progress: BankProgress, end: ItemEnd) -> BankProgress:
    """Count an item that is queued or live no more."""
    endings: Counter[str] = Counter(progress.endings)
    if end.state is ItemState.ENDED:
        endings[end.code] += 1
    known = end.seconds is not None
    return replace(
        progress,
        open=progress.open - 1,
        parked=progress.parked + (end.state is ItemState.PARKED),
        ended=progress.ended + (end.state is ItemState.ENDED),
        succeeded=progress.succeeded + end.succeeded,
        not_started=progress.not_started + (end.state is ItemState.NOT_STARTED),
        endings=dict(endings),
        seconds=progress.seconds + (end.seconds or 0),
        samples=progress.samples + known,
    )


def next_tick(run: BatchRun, steering: Steering, live: int, now: datetime, usual: float) -> float:
    """The seconds until the next tick."""
    if may_begin(run, steering, now) or live:
        return usual
    until_start = (run.window.start_at - now).total_seconds()
    return max(min(IDLE_SECONDS, until_start) if until_start > 0 else IDLE_SECONDS, usual)


def _facts(session: Session) -> dict[str, Any]:
    time = time_at_bank(session)
    receipt = session.receipt
    return {
        "status": session.status.value,
        "asked": asked_at(session) is not None,
        "last_refresh": receipt.last_refresh if receipt else None,
        "session_id": session.session_id,
        "seconds": None if time is None else round(time.total_seconds()),
    }
