"""What the domain needs from outside, as small protocols; `adapters` implements them, tests fake them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from reconnect.domain.options import ReadOptions
from reconnect.domain.outcomes import FlinksReply
from reconnect.domain.session import Session

Clock = Callable[[], datetime]
"""The time now, as aware UTC."""

Count = Callable[[str], None]
"""Adds one to the metric of that name."""

Jitter = Callable[[], float]
"""A number from 0 up to 1, so that many sessions do not knock at the same moment."""


class Sessions(Protocol):
    """The session records and the per-login lock."""

    def open(self, session: Session) -> Session:
        """Write a new session and take its login's lock, both or neither; raise LoginHeld if a live one has it."""
        ...

    def get(self, session_id: str) -> Session:
        """Read a session, strongly consistent; raise SessionNotFound."""
        ...

    def live_session_of(self, login_id: str) -> str | None:
        """The id of the live session that holds this login."""
        ...

    def save(self, session: Session) -> Session:
        """Write a changed session if nobody else did since it was read, else raise SessionChanged.

        A terminal session gives its login's lock back in the same transaction. Returns it with its new version.
        """
        ...


class Workflow(Protocol):
    """The state machine, seen from outside its own steps."""

    def start(self, session: Session) -> None:
        """Run the workflow for a session; an execution of its name that exists already is fine."""
        ...

    def wake(self, task_token: str, cause: str) -> bool:
        """Hand `cause` to the state that waits under this token; False if nothing waits there any more."""
        ...


class Flinks(Protocol):
    """The Flinks calls that the workflow makes. Each raises FlinksUnavailable or FlinksReplyUnreadable."""

    def generate_authorize_token(self) -> tuple[str | None, FlinksReply]:
        """A fresh single-use token, or None and the reply that refused it."""
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

    def get_accounts_summary(self, request_id: str, options: ReadOptions = ...) -> FlinksReply:
        """The accounts without transactions; also names the institution of a login that is refused."""
        ...

    def get_accounts_summary_async(self, request_id: str) -> FlinksReply:
        """Ask again after a 202."""
        ...

    def get_accounts_detail(self, request_id: str, options: ReadOptions = ...) -> FlinksReply:
        """Ask for the accounts; the first answer is often 202."""
        ...

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        """Ask again after a 202."""
        ...


class Events(Protocol):
    """Announcements to whoever listens on the bus."""

    def announce(self, detail_type: str, event_id: str, detail: dict[str, Any]) -> None:
        """Put one event on the bus; raise AnnouncementFailed if the bus did not take it."""
        ...


class Results(Protocol):
    """What sessions read, kept for as long as the deployer says."""

    def keep(self, session_id: str, result_id: str, document: bytes) -> None:
        """Keep a document whole, or raise ResultNotStored: there is no half of it."""
        ...

    def address(self, session_id: str, result_id: str, lifetime: timedelta) -> str:
        """A URL under which whoever has it can read the document for so long; it is made without asking anyone."""
        ...
