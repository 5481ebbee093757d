"""The interfaces that the use cases need, as small protocols; `adapters` implements them, tests fake them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from reconnect.model.budget import Budget
from reconnect.model.idempotency import Claim
from reconnect.model.institution import Directory, Listing
from reconnect.model.login import Login
from reconnect.model.options import ReadOptions
from reconnect.model.outcomes import FlinksReply
from reconnect.model.session import Session
from reconnect.model.shelves import Page, Shelf
from reconnect.model.signing import Keys
from reconnect.model.trail import TrailEntry

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

Clock = Callable[[], datetime]
"""The current time, as aware UTC."""

NewId = Callable[[], str]
"""A new, unguessable id of 32 hexadecimal digits."""

Count = Callable[[str], None]
"""Add one to the metric of that name."""

ReadImage = Callable[[Mapping[str, Any]], Session]
"""Read the session, and the event that its write publishes, from an image of the table's stream.

Raises RecordUnreadable.
"""

Pause = Callable[[float], None]
"""Wait for so many seconds."""

Jitter = Callable[[], float]
"""A random number from 0 up to 1; it spreads the retries of many sessions."""


class InParallel(Protocol):
    """Call a function with each item, some at the same time, and return the results in the items' order.

    The items are begun in their order. An exception is raised once all calls have ended.
    """

    def __call__(self, call: Callable[[_Item], _Made], items: Iterable[_Item]) -> list[_Made]: ...


class CountBy(Protocol):
    """Add one to a metric; dimensions must be few and bounded, because each combination costs money."""

    def __call__(self, name: str, **dimensions: str) -> None: ...


class Measure(Protocol):
    """Record a duration in seconds; the facts are in the log only and cost no dimension."""

    def __call__(self, name: str, seconds: float, **facts: str) -> None: ...


class Sessions(Protocol):
    """The session records. A call that reads one may raise RecordUnreadable; it then changed nothing."""

    def create(self, session: Session) -> Session:
        """Write a new session, or return the existing one with its id. Raises SessionErased if that one was erased."""

    def discard(self, session: Session) -> None:
        """Remove a session that has not changed since it was created; otherwise do nothing."""

    def get(self, session_id: str) -> Session:
        """Read a session, strongly consistent; raise SessionNotFound."""

    def save(self, session: Session) -> Session:
        """Write a changed session; raise SessionChanged if another writer changed it since it was read.
        Its `event_type` is published if and only if the write took place. Returns it with its new version.
        """

    def join(
        self,
        session_id: str,
        correlation_ids: frozenset[str],
        found_by: frozenset[str] = ...,
        asked: TrailEntry | None = None,
    ) -> Session:
        """Add callers to a live session, atomically; `asked` goes into its trail if that is a write. Raises
        SessionChanged if it has ended or is gone, and TooManyCallers beyond MAX_CORRELATION_IDS callers.
        """

    def due(self, now: datetime) -> list[str]:
        """The ids of live sessions whose `due_at` has passed: the thousand that are due longest, the oldest first;
        if there are more, behind the thousand that came last, so that none waits behind a crowd unseen.
        """

    def count_live(self) -> int:
        """How many sessions are live, as of a second ago; of a great many, only some ten thousand are counted."""

    def of_login(self, login_id: str) -> list[str]:
        """The ids of all sessions of a login; one that was opened within the last second may be missing."""

    def page(self, shelf: Shelf, limit: int, after: str | None = None) -> Page:
        """One page of the ids of the sessions on a shelf; `after` is the `last` of the page before."""

    def get_all(self, session_ids: Sequence[str]) -> list[Session]:
        """Read up to a hundred sessions, strongly consistent, in this order; those that are gone are left out."""

    def erase(self, session_id: str) -> bool:
        """Delete a session's record and return whether there was one; for a day its id cannot be used again."""


class Logins(Protocol):
    """The login records. LoginIds are case-insensitive.

    Each call raises RecordUnreadable for an unreadable login, rather than treat it as a new one.
    """

    def get(self, login_id: str) -> Login:
        """Read a login, strongly consistent; without a record it is new."""

    def get_all(self, login_ids: Sequence[str]) -> list[Login]:
        """Read up to a hundred different logins in one request, in this order, each as `get` does."""

    def save(self, login: Login) -> Login:
        """Write a changed login; raise SessionChanged if another writer changed it since it was read."""

    def erase(self, login: Login) -> None:
        """Erase a login. A `next_allowed_at` is kept until it has passed, under a hashed key.

        Raises SessionChanged if another writer changed it since it was read. Does nothing if it was never written.
        """


class References(Protocol):
    """The sealed names by which sessions are found. They may lead to sessions that never came to be, or are gone."""

    def add(self, session: Session, seals: Iterable[str]) -> None:
        """Let each of these seals lead to the session."""

    def find(self, seal: str) -> list[str]:
        """The ids of the newest sessions with this seal, 25 at most, the newest first."""

    def forget(self, session: Session) -> None:
        """Let none of its seals lead to the session any more."""


class Claims(Protocol):
    """The session of each idempotency key. An unreadable claim raises RecordUnreadable, and is kept."""

    def claim(self, claim: Claim, instead_of: str | None = None) -> Claim:
        """Write a claim unless its key has one, and return the one in force; one for `instead_of` is replaced."""

    def find(self, key: str) -> Claim | None:
        """Read the claim of a sealed key, if one is in force."""

    def settle(self, claim: Claim) -> None:
        """Change the session of an existing claim."""


class Budgets(Protocol):
    """The one record of the requests that Flinks may get. An unreadable one raises RecordUnreadable."""

    def get(self) -> Budget | None:
        """Read the budget; None if there is none yet."""

    def save(self, before: Budget | None, after: Budget) -> Budget | None:
        """Write what changed from `before` to `after`; return the budget as it is then, with what others took since.

        None if others changed its clock since `before` was read, or if there is no budget any more; nothing is then
        written. A change that only takes requests does not depend on the clock.
        """


class Directories(Protocol):
    """The one record of Flinks' directory of institutions. An unreadable one raises RecordUnreadable."""

    def get(self) -> Directory | None:
        """Read the directory; None if there is none yet."""

    def save(self, directory: Directory) -> None:
        """Write a directory unless a newer one is there; raise DirectoryTooLarge if it does not fit into a record."""

    def may_ask(self, now: datetime, pause: timedelta) -> bool:
        """Note that Flinks is asked now, and return True; False if it was asked within `pause`, here or elsewhere."""


class Run(StrEnum):
    """The state of a session's execution."""

    NONE = "NONE"
    RUNNING = "RUNNING"
    OVER = "OVER"


class Workflow(Protocol):
    """The state machine, seen from outside its own steps."""

    def start(self, session: Session) -> None:
        """Start the workflow for a session; an execution that exists already is fine."""

    def start_late_read(self, session: Session, number: int = 0, wait: timedelta = ...) -> bool:
        """Read the data of an ended session, after `wait`; False if a read with this number exists already.

        The sweeper uses number 0, for a session that it ends; later evidence uses numbers from 1 on.
        """

    def state_of(self, session: Session) -> Run:
        """Whether the session's execution exists, runs or is over."""

    def wake(self, task_token: str, cause: str) -> bool:
        """Send `cause` to the state that waits with this token; False if that wait is over."""

    def interrupt_wait(self, task_token: str) -> None:
        """End the wait with this token, if it is not over, so that the workflow polls now."""


class Flinks(Protocol):
    """The Flinks calls that the service makes. Each may raise FlinksUnavailable or FlinksReplyUnreadable."""

    def generate_authorize_token(self) -> str | FlinksReply:
        """Return a fresh single-use token, or the reply that refused it."""

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        """Begin one live attempt. Never call it again for the same attempt, whatever happened."""

    def read_authorize(self, request_id: str) -> FlinksReply:
        """Poll the live attempt; safe to repeat."""

    def cached_authorize(self, login_id: str) -> FlinksReply:
        """Authorize against the stored data. It replays the last live outcome, so 200 does not prove freshness."""

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        """Get the age of the data and the institution, even for a login that is refused."""

    def get_accounts_detail(self, request_id: str, options: ReadOptions = ...) -> FlinksReply:
        """Request the accounts; the first reply is often 202."""

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        """Poll for the accounts after a 202."""

    def delete_card(self, login_id: str) -> FlinksReply:
        """Delete a login at Flinks; CARD_IN_USE means too early."""

    def get_institutions(self, seconds: float) -> tuple[Listing, ...] | FlinksReply:
        """Return all entries of the directory that can be read, or the reply that refused it, within some `seconds`."""


class Events(Protocol):
    """The event bus."""

    def publish(self, detail_type: str, event_id: str, detail: dict[str, Any]) -> None:
        """Publish one event; raise PublishFailed if the bus did not accept it."""


class DelayQueue(Protocol):
    """Messages that are delivered later, at least once, to the function that takes requests from the bus."""

    def put(self, message: dict[str, Any], wait: timedelta) -> None:
        """Queue a message, as JSON, for delivery after `wait`, or sooner if the queue cannot wait that long.

        Raises RequestNotKept if the queue did not accept it.
        """


class Results(Protocol):
    """The data that sessions read, kept for the deployer's retention time."""

    def keep(self, session_id: str, result_id: str, document: bytes) -> None:
        """Store a document; raise ResultNotStored. It is never stored in part."""

    def address(self, session_id: str, result_id: str, lifetime: timedelta) -> str:
        """Make a URL that lets its holder read the document for `lifetime`; no call is made."""

    def discard(self, session_id: str, result_id: str) -> None:
        """Delete one document, if it exists; raise ResultNotErased."""

    def erase(self, session_id: str) -> int:
        """Delete every document of a session and return their number; raise ResultNotErased."""


class Ports(Protocol):
    """All ports of a `Service`, in one object. Each may be created on first use."""

    @property
    def clock(self) -> Clock: ...
    @property
    def new_id(self) -> NewId: ...
    @property
    def pause(self) -> Pause: ...
    @property
    def jitter(self) -> Jitter: ...
    @property
    def count(self) -> CountBy: ...
    @property
    def measure(self) -> Measure: ...
    @property
    def in_parallel(self) -> InParallel: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def references(self) -> References: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def budgets(self) -> Budgets: ...
    @property
    def directories(self) -> Directories: ...
    @property
    def flinks(self) -> Flinks: ...
    @property
    def workflow(self) -> Workflow: ...
    @property
    def events(self) -> Events: ...
    @property
    def delay_queue(self) -> DelayQueue: ...
    @property
    def results(self) -> Results: ...
    @property
    def signing_keys(self) -> Keys: ...
    @property
    def idempotency_key(self) -> Callable[[], bytes]: ...
    @property
    def webhook_keys(self) -> Keys: ...
    @property
    def read_image(self) -> ReadImage: ...
