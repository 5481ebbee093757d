"""Begin one item of a batch: its lease, then its session."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from reconnect.model.batch_items import Item, ItemEnd, ItemState, Lease, later_place, session_id_of
from reconnect.model.batch_run import BatchRun
from reconnect.model.errors import (
    InvalidRequest,
    RecordUnreadable,
    SecretsUnavailable,
    SessionChanged,
    SessionErased,
    StoreUnavailable,
    TooManyCallers,
    TooSoon,
    WorkflowUnavailable,
)
from reconnect.model.frozen import frozen
from reconnect.model.open_request import OpenRequest
from reconnect.model.presence import Presence
from reconnect.ports import Batches, Clock, Leases, Logins
from reconnect.usecases.open_session import Opened

# What may be well at the next tick. The lease stays, so nothing else begins in its place.
_PASSING = (SecretsUnavailable, SessionChanged, StoreUnavailable, WorkflowUnavailable)
# What stays as it is: nothing is begun, and the reason is the item's code.
_FINAL: dict[type[Exception], str] = {
    InvalidRequest: "INVALID_REQUEST",
    RecordUnreadable: "RECORD_UNREADABLE",
    TooManyCallers: "TOO_MANY_CALLERS",
}
_ERASED = ItemEnd(ItemState.ERASED, "LOGIN_ERASED")


class Open(Protocol):
    """Open a session for a request, or join the live one, as `OpenSession` does."""

    def __call__(self, request: OpenRequest, *, by: str, session_id: str) -> Opened: ...


@frozen
class Begun:
    """What became of an item: with a lease it is live, unless it has an `end`; without both it waits in its queue.

    `is_passed`: the queue may go on behind it.
    """

    lease: Lease | None = None
    end: ItemEnd | None = None
    is_passed: bool = True


@frozen(kw_only=True)
class BeginItem:
    """The only place where a batch opens sessions. A repeat after a crash finds what the first call left."""

    batches: Batches
    leases: Leases
    logins: Logins
    open: Open
    clock: Clock
    idempotency_key: Callable[[], bytes]

    def __call__(self, run: BatchRun, item: Item, bank_cursor: str) -> Begun:
        """Put the lease, and open the session."""
        login_id = _login_id(item)
        session_id = session_id_of(self.idempotency_key(), run.batch_id, login_id, item.tries)
        lease = Lease(item.bank, run.batch_id, item.digest, session_id, item.tries, self.clock())
        try:
            self.leases.put(lease)
        except StoreUnavailable:
            # If it was written all the same, the next tick finds it.
            return Begun(is_passed=False)
        return self.under_lease(run, item, lease, bank_cursor)

    def under_lease(self, run: BatchRun, item: Item, lease: Lease, bank_cursor: str) -> Begun:
        """Open the session of an item that has its lease."""
        try:
            if item.end is not None:
                return Begun(lease, item.end)
            end = self._open(run, item, lease, bank_cursor)
            if isinstance(end, ItemEnd):
                self.batches.end(run.batch_id, item.digest, end)
                return Begun(lease, end)
        except _PASSING:
            return Begun(lease)
        return end

    def give_back(self, run: BatchRun, item: Item, lease: Lease, bank_cursor: str) -> Begun:
        """Send an item back whose session never came to be, because nothing may begin now."""
        if item.end is not None:
            return Begun(lease, item.end)
        return self._later(run, lease, self.clock(), bank_cursor)

    def _open(self, run: BatchRun, item: Item, lease: Lease, bank_cursor: str) -> Begun | ItemEnd:
        # An erasure takes the request out of the row. It does not find a row that is written at that moment.
        if item.request is None or (item.known and self.logins.get(_login_id(item)).version == 0):
            return _ERASED
        try:
            request = OpenRequest.parse({**item.request, "presence": Presence.ABSENT.value})
            session = self.open(request, by="batch", session_id=lease.session_id).session
        except TooSoon as wait:
            if wait.next_allowed_at >= run.window.deadline:
                return ItemEnd(ItemState.NOT_STARTED, wait.code.upper())
            return self._later(run, lease, wait.next_allowed_at, bank_cursor)
        except SessionErased:
            return _ERASED
        except tuple(_FINAL) as fault:
            return ItemEnd(ItemState.NOT_STARTED, _FINAL[type(fault)])
        if session.session_id != lease.session_id:
            # Somebody else's session is live: it is followed instead.
            lease = replace(lease, session_id=session.session_id)
            self.leases.put(lease)
        return Begun(lease)

    def _later(self, run: BatchRun, lease: Lease, at: datetime, bank_cursor: str) -> Begun:
        self.batches.move(run, lease, later_place(at, lease.digest, bank_cursor), lease.tries)
        self.leases.delete(lease)
        return Begun()


def _login_id(item: Item) -> str:
    return str((item.request or {}).get("loginId", ""))
