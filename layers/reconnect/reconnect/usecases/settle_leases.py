"""Find out what became of the live items of a batch, and write it down."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconnect.model.batch_items import ItemEnd, Lease, later_place
from reconnect.model.batch_run import BatchRun
from reconnect.model.frozen import frozen
from reconnect.model.session import WAITING, Session, Status
from reconnect.ports import Batches, InParallel, Leases, Sessions
from reconnect.rules.batch_admission import end_of, tries_again_at
from reconnect.usecases.read_many import read_many

# A session that was opened so long ago, and whose execution has not begun, is opened again.
_STUCK_AFTER = timedelta(seconds=30)
# Longer than most sessions are at their bank.
_OLD_AFTER = timedelta(minutes=15)


@dataclass(slots=True)
class Settled:
    """What became of some leases.

    `live`: those that still hold a place at their bank; among them, `missing`: those without a session, and `stuck`:
    those whose session never began; `waiting`: how many wait until their bank is back, by institution. `ended`: what
    became of the items of the others; `sessions`: what banks may be learned from.
    """

    live: list[Lease] = field(default_factory=list)
    missing: list[Lease] = field(default_factory=list)
    stuck: list[Lease] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    ended: list[tuple[Lease, ItemEnd]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)


@frozen(kw_only=True)
class SettleLeases:
    """The first half of a tick. Whatever it did before a crash, it does again with the same result."""

    batches: Batches
    leases: Leases
    sessions: Sessions
    in_parallel: InParallel

    def __call__(self, run: BatchRun, mine: Iterable[Lease], now: datetime) -> Settled:
        """Delete the leases that the header has counted already; write what became of those whose session ended, or
        waits for its user; send those back to the queue whose bank may do better. Nothing is counted here.
        """
        leases = list(mine)
        left = [lease for lease in leases if lease.name not in run.settling]
        self.in_parallel(self.leases.delete, [lease for lease in leases if lease.name in run.settling])
        # An unreadable session holds its place: nobody knows whether it is at the bank.
        found, unreadable = read_many(self.in_parallel, self.sessions.get_all, (each.session_id for each in left))
        sessions = {session.session_id: session for session in found}
        settled = Settled()
        repeated: list[tuple[Lease, Session]] = []
        for lease in left:
            session = sessions.get(lease.session_id)
            if session is not None and (end := end_of(session, lease.tries, run.window.deadline)) is not None:
                settled.ended.append((lease, end))
                settled.sessions.append(session)
            elif session is not None and session.status.is_terminal:
                repeated.append((lease, session))
                settled.sessions.append(session)
            else:
                settled.live.append(lease)
                if session is None and lease.session_id not in unreadable:
                    settled.missing.append(lease)
                elif _is_stuck(session, now):
                    settled.stuck.append(lease)
                settled.waiting[lease.bank] += session is not None and session.bank_back_at is not None
        self.in_parallel(lambda each: self.batches.end(run.batch_id, each[0].digest, each[1]), settled.ended)
        self.in_parallel(lambda each: self._repeat(run, *each), repeated)
        return settled

    def of_others(self, leases: Sequence[Lease], now: datetime) -> Counter[str]:
        """Count the places that other batches hold, by institution. Of old leases, only those whose session may still
        be at its bank: a batch that has lost its execution settles nothing, and must not hold a place for ever.
        """
        old = [lease for lease in leases if lease.since <= now - _OLD_AFTER]
        found, _ = read_many(self.in_parallel, self.sessions.get_all, (lease.session_id for lease in old))
        over = {each.session_id for each in found if each.status.is_terminal or each.status in WAITING}
        return Counter(lease.bank for lease in leases if lease.session_id not in over)

    def _repeat(self, run: BatchRun, lease: Lease, session: Session) -> None:
        """Queue the item once more. It stays uncounted, so its lease can go at once."""
        place = later_place(tries_again_at(session), lease.digest, run.bank(lease.bank).cursor)
        self.batches.move(run, lease, place, lease.tries + 1)
        self.leases.delete(lease)


def _is_stuck(session: Session | None, now: datetime) -> bool:
    """Whether its execution never began: one that waits for its turn at Flinks, or for its bank, has."""
    if session is None or session.status is not Status.STARTING or session.place or session.bank_back_at:
        return False
    return session.created_at <= now - _STUCK_AFTER
