"""What the use cases need from outside, as small protocols; `adapters` implements them, tests fake them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from reconnect.model.idempotency import Claim
from reconnect.model.login import Login
from reconnect.model.options import ReadOptions
from reconnect.model.outcomes import FlinksReply
from reconnect.model.session import Session

Clock = Callable[[], datetime]
"""The time now, as aware UTC."""


NewId = Callable[[], str]
"""A new name of 32 hexadecimal digits that nobody can guess."""

Count = Callable[[str], None]
"""Adds one to the metric of that name."""

ReadImage = Callable[[Mapping[str, Any]], Session]
"""The session that an image of the table's stream shows, with the event that its write publishes.

Raises RecordUnreadable.
"""

Jitter = Callable[[], float]
"""A number from 0 up to 1, which spreads the retries of many sessions."""


class CountBy(Protocol):
    """Adds one to a metric; its dimensions must be few and bounded, because each combination costs money."""

    def __call__(self, name: str, **dimensions: str) -> None: ...


class Sessions(Protocol):
    """The session records. A call that needs to read one may raise RecordUnreadable; it then changed nothing."""

    def create(self, session: Session) -> Session:
        """Write a new session; if there is one of this id, that one is returned. Raises SessionErased if there was."""
        ...

    def discard(self, session: Session) -> None:
        """Remove a session that nobody has changed since it was created; leave any other alone."""
        ...

    def get(self, session_id: str) -> Session:
        """Read a session, strongly consistent; raise SessionNotFound."""
        ...

    def save(self, session: Session) -> Session:
        """Write a changed session if nobody else did since it was read, else raise SessionChanged.

        Its `event_type` goes out if and only if the write took place. Returns it with its new version.
        """
        ...

    def join(self, session_id: str, correlation_ids: frozenset[str]) -> Session:
        """Add callers to a live session without a race. Raises SessionChanged if it has ended or is gone, and
        TooManyCallers if it would name more than MAX_CORRELATION_IDS of them.
        """
        ...

    def due(self, now: datetime) -> list[str]:
        """The ids of live sessions whose `due_at` has passed, the oldest first, some hundred at most."""
        ...

    def of_login(self, login_id: str) -> list[str]:
        """The ids of all sessions of a login; one that was opened in this second may be missing."""
        ...

    def erase(self, session_id: str) -> bool:
        """Delete a session's record and say whether there was one; for a day nobody creates another of its id."""
        ...


class Logins(Protocol):
    """What is remembered of each login. A LoginId is the same in either letter case.

    A login that cannot be read is not new: each call raises RecordUnreadable rather than take it for that.
    """

    def get(self, login_id: str) -> Login:
        """Read a login, strongly consistent; one that was never written is new."""
        ...

    def save(self, login: Login) -> Login:
        """Write a changed login if nobody else did since it was read, else raise SessionChanged."""
        ...

    def erase(self, login: Login) -> None:
        """Forget a login, all but its `next_allowed_at` if it has one, until then and under no name.

        Raises SessionChanged if somebody wrote it since it was read. One that was never written stays so.
        """
        ...


class Claims(Protocol):
    """What each idempotency key stands for. What cannot be read raises RecordUnreadable, and stands."""

    def claim(self, claim: Claim, instead_of: str | None = None) -> Claim:
        """Write a claim unless one stands for its key, for another session than `instead_of`; return what stands."""
        ...

    def settle(self, claim: Claim) -> None:
        """Let the key of a standing claim stand for another session."""
        ...


class Run(StrEnum):
    """How the execution stands that runs a session."""

    NONE = "NONE"
    RUNNING = "RUNNING"
    OVER = "OVER"


class Workflow(Protocol):
    """The state machine, seen from outside its own steps."""

    def start(self, session: Session) -> None:
        """Run the workflow for a session; an execution of its name that exists already is fine."""
        ...

    def start_late_read(self, session: Session, number: int = 0, wait: timedelta = ...) -> bool:
        """Read the data of a session that has ended, after `wait`; False if a read of this number exists already.

        Number 0 is the sweeper's, for a session that it ends; evidence that comes afterwards has numbers from 1 on.
        """
        ...

    def state_of(self, session: Session) -> Run:
        """Whether the session's execution exists, runs, or is over."""
        ...

    def wake(self, task_token: str, cause: str) -> bool:
        """Hand `cause` to the state that waits under this token; False if nothing waits there any more."""
        ...

    def interrupt_wait(self, task_token: str) -> None:
        """End the wait for an answer under this token, so that the workflow looks for itself now; it may be over."""
        ...


class Flinks(Protocol):
    """The Flinks calls that the workflow makes. Each raises FlinksUnavailable or FlinksReplyUnreadable."""

    def generate_authorize_token(self) -> str | FlinksReply:
        """Return a fresh single-use token, or the reply that refused it."""
        ...

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        """Begin one live attempt. Never call it again for the same attempt, whatever happened."""
        ...

    def read_authorize(self, request_id: str) -> FlinksReply:
        """How the live attempt stands; safe to repeat."""
        ...

    def cached_authorize(self, login_id: str) -> FlinksReply:
        """Open a session on the stored data. It repeats the last live outcome, so 200 does not prove freshness."""
        ...

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        """How old the data is, and which institution it is of, also of a login that is refused."""
        ...

    def get_accounts_detail(self, request_id: str, options: ReadOptions = ...) -> FlinksReply:
        """Ask for the accounts; the first answer is often 202."""
        ...

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        """Ask again after a 202."""
        ...

    def delete_card(self, login_id: str) -> FlinksReply:
        """Make Flinks forget a login; CARD_IN_USE means too early."""
        ...


class Events(Protocol):
    """Announcements to whoever listens on the bus."""

    def publish(self, detail_type: str, event_id: str, detail: dict[str, Any]) -> None:
        """Put one event on the bus; raise PublishFailed if the bus did not take it."""
        ...


class DelayQueue(Protocol):
    """Messages that come back later, each at least once, to the function that takes requests from the bus."""

    def put(self, message: dict[str, Any], wait: timedelta) -> None:
        """Have a message, as JSON, come back after `wait`, or sooner if that is longer than the queue can wait.

        Raises RequestNotKept if the queue did not take it.
        """
        ...


class Results(Protocol):
    """What sessions read, kept for as long as the deployer says."""

    def keep(self, session_id: str, result_id: str, document: bytes) -> None:
        """Keep a document whole, or raise ResultNotStored: there is no half of it."""
        ...

    def address(self, session_id: str, result_id: str, lifetime: timedelta) -> str:
        """A URL under which whoever has it can read the document for so long; it is made without asking anyone."""
        ...

    def discard(self, session_id: str, result_id: str) -> None:
        """Delete one document, which may be gone; raise ResultNotErased."""
        ...

    def erase(self, session_id: str) -> int:
        """Delete every document of a session and say how many there were; raise ResultNotErased."""
        ...


class Ports(Protocol):
    """All of them in one object: what a `Service` is built over. Each may be made when it is first asked for."""

    @property
    def clock(self) -> Clock: ...
    @property
    def new_id(self) -> NewId: ...
    @property
    def jitter(self) -> Jitter: ...
    @property
    def count(self) -> CountBy: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def claims(self) -> Claims: ...
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
    def signing_key(self) -> Callable[[], bytes]: ...
    @property
    def webhook_secret(self) -> Callable[[], str | None]: ...
    @property
    def read_image(self) -> ReadImage: ...
