"""The ports of the records: one for each kind of item in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Every function imports the ports, and few of them need all of these.
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime, timedelta

    from reconnect.model.bank_health import BankHealth
    from reconnect.model.budget import Budget
    from reconnect.model.contact_entries import Contact
    from reconnect.model.feed import FeedEvent, FeedPage
    from reconnect.model.idempotency import Claim
    from reconnect.model.institution import Directory
    from reconnect.model.learned_cap import LearnedCap
    from reconnect.model.login import Login
    from reconnect.model.roll_up import RollUp
    from reconnect.model.session import Session
    from reconnect.model.shelves import Page, Shelf
    from reconnect.model.trail import TrailEntry


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
        users: frozenset[str] = ...,
    ) -> Session:
        """Add callers to a live session, atomically; `users` are the userRefs in `found_by`, and `asked` goes into its
        trail if that is a write. Raises SessionChanged if it has ended or is gone, and TooManyCallers beyond
        MAX_CORRELATION_IDS callers.
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


class Contacts(Protocol):
    """The ledger of contacts, by the keys of persons. An unreadable entry raises RecordUnreadable, and is kept."""

    def get(self, keys: Sequence[str]) -> list[Contact]:
        """Read the entries of these keys that exist, strongly consistent."""

    def claim(self, key: str, contact: Contact, now: datetime) -> Contact | None:
        """Write an ask's entry unless another one is in force `now`; return that one, or None if it was written.

        The same ask may claim a key again.
        """

    def postpone(self, key: str, contact: Contact) -> None:
        """Write an entry of the person's own choice, or of a page that led them, unless the existing one ends later."""


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


class BankHealths(Protocol):
    """The health of institutions, by their keys. A record that cannot be read raises RecordUnreadable."""

    def get(self, key: str) -> BankHealth:
        """Read an institution's health, strongly consistent; a new one if nothing was noted yet."""

    def peek(self, key: str) -> BankHealth:
        """Read it as of a second ago, which costs half."""

    def get_all(self, keys: Sequence[str]) -> list[BankHealth]:
        """Read the health of many institutions, of those that have a record, in any order."""

    def save(self, health: BankHealth) -> bool:
        """Write a changed health; False if another writer changed it since it was read."""

    def learned(self, keys: Sequence[str]) -> list[LearnedCap]:
        """Read the learned caps of many institutions, those that there are, in any order."""

    def save_learned(self, learned: LearnedCap) -> None:
        """Write a learned cap. Only the one writer of batches does."""


class Feed(Protocol):
    """The feed of events. Places are text, as `model/feed.py` says."""

    def add(self, event: FeedEvent, at: datetime) -> None:
        """Put an event into the minute of this time; the same one again in the same minute changes nothing."""

    def page(self, after: str, until: str, limit: int) -> FeedPage:
        """The first events behind one place and not behind another, strongly consistent, at most `limit` of them.

        Raises RecordUnreadable for an event of a newer format.
        """


class RollUps(Protocol):
    """The counters of endings, by day and institution. Those that cannot be read raise RecordUnreadable."""

    def get(self, day: date, key: str) -> RollUp:
        """Read an institution's counters of a day, strongly consistent; new ones if nothing was counted yet."""

    def save(self, roll_up: RollUp) -> bool:
        """Write changed counters; False if another writer changed them since they were read."""

    def of_institution(self, key: str, days: Sequence[date]) -> list[RollUp]:
        """Read an institution's counters of up to a hundred days, those that there are, in any order."""

    def of_day(self, day: date) -> list[RollUp]:
        """Read the counters of all institutions of a day."""
