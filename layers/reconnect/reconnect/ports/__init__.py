"""The interfaces that the use cases need, as small protocols; `adapters` implements them, tests fake them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from reconnect.ports.batches import Batches, BatchFiles, BatchRuns, Leases, NewReport
from reconnect.ports.records import (
    BankHealths,
    Budgets,
    Claims,
    Contacts,
    Directories,
    Feed,
    Logins,
    References,
    RollUps,
    Sessions,
)

if TYPE_CHECKING:
    # Every function imports the ports, and few of them need all of these.
    from reconnect.model.institution import Listing
    from reconnect.model.options import ReadOptions
    from reconnect.model.outcomes import FlinksReply
    from reconnect.model.session import Session
    from reconnect.model.signing import Keys

__all__ = [
    "BankHealths",
    "BatchFiles",
    "BatchRuns",
    "Batches",
    "Budgets",
    "Claims",
    "Clock",
    "Contacts",
    "Count",
    "CountBy",
    "DelayQueue",
    "Directories",
    "Events",
    "Feed",
    "Flinks",
    "InParallel",
    "Jitter",
    "Leases",
    "Logins",
    "Measure",
    "NewId",
    "NewReport",
    "Pause",
    "Ports",
    "ReadImage",
    "References",
    "Results",
    "RollUps",
    "Run",
    "Sessions",
    "Workflow",
]

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

Clock = Callable[[], datetime]
"""The current time, as aware UTC."""

NewId = Callable[[], str]
"""A new, unguessable id of 32 hexadecimal digits."""

Count = Callable[[str], None]
"""Add one to the metric of that name."""

ReadImage = Callable[[Mapping[str, Any]], "Session"]
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
    def contacts(self) -> Contacts: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def budgets(self) -> Budgets: ...
    @property
    def directories(self) -> Directories: ...
    @property
    def bank_healths(self) -> BankHealths: ...
    @property
    def roll_ups(self) -> RollUps: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def batch_files(self) -> BatchFiles: ...
    @property
    def batch_runs(self) -> BatchRuns: ...
    @property
    def new_report(self) -> NewReport: ...
    @property
    def feed(self) -> Feed: ...
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
