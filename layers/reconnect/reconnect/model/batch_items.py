"""The items of a batch: one login each, its place in the queue of its institution, and its lease while it is live."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from reconnect.model.frozen import frozen

# 96 bits: enough to tell the logins of a batch apart, and short, because each started kilobyte is billed.
_DIGEST_LENGTH = 24
_ID_LENGTH = 32
# Places of items that wait for a time come after all others, in the order of their times.
LATER = "~"
_MOMENT = timedelta(microseconds=1)


class ItemState(StrEnum):
    """What became of an item. It leaves QUEUED once; while its session is live, it has a lease."""

    QUEUED = "QUEUED"
    SKIPPED = "SKIPPED"
    ENDED = "ENDED"
    PARKED = "PARKED"
    ERASED = "ERASED"
    NOT_STARTED = "NOT_STARTED"


@frozen
class ItemEnd:
    """What became of an item: `code` is SUCCEEDED, a failure's code, or the reason for which nothing was started.

    `asked`: its user was asked. `last_refresh`: the age of the data that the session read. `seconds`: how long its
    session was at the bank; None if that says nothing.
    """

    state: ItemState
    code: str
    owner: str = "nobody"
    status: str | None = None
    asked: bool = False
    last_refresh: datetime | None = None
    session_id: str | None = None
    succeeded: bool = False
    seconds: int | None = None


@frozen
class Item:
    """One login of a batch, by its `digest`. `request`: as for a session, only while it is queued or live.

    `bank`: the key of its institution; `place`: where it is in that one's queue; other places that lead to it are left
    over. `known`: its login had a record when the batch was loaded. `part`: the part of the list that it came with.
    `tries`: the number of its session. `succeeds_alone`: its login did without its user when the batch was loaded.
    """

    batch_id: str
    digest: str
    bank: str
    part: str
    known: bool = False
    place: str = ""
    tries: int = 1
    succeeds_alone: bool = False
    request: Mapping[str, Any] | None = None
    correlation_id: str | None = None
    end: ItemEnd | None = None

    @property
    def state(self) -> ItemState:
        """What became of it."""
        return self.end.state if self.end else ItemState.QUEUED


@frozen
class Lease:
    """A row that says: the session of this item is live at this institution. `since`: when it was put."""

    bank: str
    batch_id: str
    digest: str
    session_id: str
    tries: int
    since: datetime

    @property
    def name(self) -> str:
        """The lease among those of its batch; another try of the same item has another name."""
        return f"{self.digest}#{self.tries}"


def digest_of(secret: bytes, batch_id: str, login_id: str) -> str:
    """The name of a login in a batch, which says nothing without the secret."""
    return _mac(secret, "batch-item", batch_id, login_id.casefold())[:_DIGEST_LENGTH]


def session_id_of(secret: bytes, batch_id: str, login_id: str, tries: int) -> str:
    """The id of an item's session: whoever opens it again after a crash finds the one that is there."""
    return _mac(secret, "batch-session", batch_id, login_id.casefold(), str(tries))[:_ID_LENGTH]


def batch_id_of(secret: bytes, caller: str, key: str) -> str:
    """The id of the batch that a caller opens with an idempotency key."""
    return _mac(secret, "batch", caller, key)[:_ID_LENGTH]


def first_place(last_refresh: datetime | None, digest: str) -> str:
    """The place of an item whose data is so old: the oldest data comes first, and a login without any before that."""
    return f"{_sortable(last_refresh) if last_refresh else '0'}#{digest}"


def later_place(at: datetime, digest: str, cursor: str) -> str:
    """The place of an item that waits for a time, behind what its institution's `cursor` has passed."""
    passed = time_of(cursor)
    later = at if passed is None or at > passed else passed + _MOMENT
    return f"{LATER}{_sortable(later)}#{digest}"


def time_of(place: str) -> datetime | None:
    """The time that a place waits for; None if it waits for none."""
    if not place.startswith(LATER):
        return None
    return datetime.fromisoformat(place.removeprefix(LATER).partition("#")[0])


def _sortable(at: datetime) -> str:
    # Always as long, so that the order of the texts is that of the times.
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _mac(secret: bytes, *parts: str) -> str:
    # No part has a line break, so no other parts give the same text.
    return hmac.new(secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
