"""The store in memory, with the rules of the DynamoDB one: sessions, logins and claims."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from threading import Lock

from reconnect.model.errors import SessionChanged, SessionErased, SessionNotFound, TooManyCallers
from reconnect.model.idempotency import Claim
from reconnect.model.login import Login
from reconnect.model.session import MAX_CORRELATION_IDS, Session
from reconnect.model.shelves import Page, Shelf, bank_of, name_of_shelf
from reconnect.model.trail import TrailEntry, note_event
from reconnect.ports import Clock

_DUE_AT_ONCE = 1000


class FakeLogins:
    """The port `Logins`."""

    def __init__(self) -> None:
        self._records: dict[str, Login] = {}
        self._one_at_a_time = Lock()
        self._versions = count(1)
        self.saves = 0

    def get(self, login_id: str) -> Login:
        return self._records.get(login_id.casefold(), Login(login_id=login_id))

    def get_all(self, login_ids: Sequence[str]) -> list[Login]:
        return [self.get(login_id) for login_id in login_ids]

    def save(self, login: Login) -> Login:
        with self._one_at_a_time:
            if self.get(login.login_id).version != login.version:
                raise SessionChanged(f"login version {login.version} was overtaken")
            self.saves += 1
            self._records[login.login_id.casefold()] = replace(login, version=next(self._versions))
            return self._records[login.login_id.casefold()]

    def erase(self, login: Login) -> None:
        with self._one_at_a_time:
            if self.get(login.login_id).version != login.version:
                raise SessionChanged(f"login version {login.version} was overtaken")
            if login.version == 0:
                return
            del self._records[login.login_id.casefold()]
            if login.next_allowed_at:
                remainder = Login(
                    login_id=login.login_id, next_allowed_at=login.next_allowed_at, wait_reason=login.wait_reason
                )
                self._records[login.login_id.casefold()] = remainder


class FakeClaims:
    """The port `Claims`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[str, Claim] = {}
        self._one_at_a_time = Lock()

    def claim(self, claim: Claim, instead_of: str | None = None) -> Claim:
        with self._one_at_a_time:
            stored = self._records.get(claim.key)
            if stored is None or stored.expires_at < self._clock() or stored.session_id == instead_of:
                self._records[claim.key] = claim
            return self._records[claim.key]

    def find(self, key: str) -> Claim | None:
        with self._one_at_a_time:
            stored = self._records.get(key)
            return stored if stored and stored.expires_at >= self._clock() else None

    def settle(self, claim: Claim) -> None:
        with self._one_at_a_time:
            if self._records[claim.key].digest == claim.digest:
                self._records[claim.key] = claim


class FakeSessions:
    """The port `Sessions`. `published` holds the versions that carry an event, as the table's stream would."""

    def __init__(self, logins: FakeLogins | None = None) -> None:
        self._logins = logins or FakeLogins()
        self._records: dict[str, Session] = {}
        self._erased: set[str] = set()
        self._one_at_a_time = Lock()
        self.saves: list[Session] = []
        self.published: list[Session] = []

    @property
    def event_types(self) -> list[str]:
        """The events that were published, in order."""
        return [str(session.event_type) for session in self.published]

    def with_session(self, *sessions: Session) -> "FakeSessions":
        """Begin with these sessions, as if each had been opened and had come to its status."""
        for session in sessions:
            self._records[session.session_id] = replace(session, version=1)
            if not session.status.is_terminal:
                self._logins.save(self._logins.get(session.login_id).hold(session.session_id))
        return self

    @property
    def all(self) -> list[Session]:
        return list(self._records.values())

    def create(self, session: Session) -> Session:
        with self._one_at_a_time:
            if session.session_id in self._erased:
                raise SessionErased(session.session_id)
            if session.session_id in self._records:
                return self._records[session.session_id]
            return self._write(replace(session, version=1))

    def discard(self, session: Session) -> None:
        with self._one_at_a_time:
            stored = self._records.get(session.session_id)
            if stored and stored.version == session.version:
                del self._records[session.session_id]

    def get(self, session_id: str) -> Session:
        if session_id not in self._records:
            raise SessionNotFound(session_id)
        return self._records[session_id]

    def save(self, session: Session) -> Session:
        with self._one_at_a_time:
            stored = self._records.get(session.session_id)
            if stored is None or stored.version != session.version:
                raise SessionChanged(f"version {session.version} was overtaken")
            self.saves.append(session)
            return self._write(replace(session, version=session.version + 1))

    def join(
        self,
        session_id: str,
        correlation_ids: frozenset[str],
        found_by: frozenset[str] = frozenset(),
        asked: TrailEntry | None = None,
        users: frozenset[str] = frozenset(),
    ) -> Session:
        with self._one_at_a_time:
            session = self._records.get(session_id)
            if session is None or session.status.is_terminal:
                raise SessionChanged("it has ended or does not exist")
            if correlation_ids <= session.correlation_ids and found_by <= session.found_by:
                return session
            joined = session.correlation_ids | correlation_ids
            if len(joined) > MAX_CORRELATION_IDS:
                raise TooManyCallers(f"{len(session.correlation_ids)} correlation ids")
            trail = (*session.trail, asked) if asked else session.trail
            named = replace(session, correlation_ids=joined, found_by=session.found_by | found_by, trail=trail)
            named = replace(named, users=session.users | users)
            return self._write(replace(named, version=session.version + 1))

    def due(self, now: datetime) -> list[str]:
        waiting = [session for session in self.all if session.due_at and session.due_at <= now]
        due = [session.session_id for session in sorted(waiting, key=lambda session: str(session.due_at))]
        newest = reversed(due[-_DUE_AT_ONCE:]) if len(due) >= _DUE_AT_ONCE else ()
        return list(dict.fromkeys([*newest, *due[:_DUE_AT_ONCE]]))

    def count_live(self) -> int:
        return sum(not session.status.is_terminal for session in self.all)

    def of_login(self, login_id: str) -> list[str]:
        return [session.session_id for session in self.all if session.login_id.casefold() == login_id.casefold()]

    def page(self, shelf: Shelf, limit: int, after: str | None = None) -> Page:
        places = sorted(filter(None, (_place(session, shelf) for session in self.all)))
        behind = [place for place in places if after is None or place > tuple(json.loads(after))]
        here = behind[:limit]
        return Page(tuple(each[-1] for each in here), json.dumps(here[-1]) if len(here) == limit else None)

    def get_all(self, session_ids: Sequence[str]) -> list[Session]:
        return [self._records[session_id] for session_id in session_ids if session_id in self._records]

    def erase(self, session_id: str) -> bool:
        with self._one_at_a_time:
            was_there = self._records.pop(session_id, None) is not None
            if was_there:
                self._erased.add(session_id)
            return was_there

    def _write(self, session: Session) -> Session:
        session = note_event(session)
        if session.event_type:
            self.published.append(session)
        self._records[session.session_id] = replace(session, event_type=None)
        return self._records[session.session_id]


class ContestedSessions(FakeSessions):
    """A store in which another writer saves just before each of our first `races` saves."""

    def __init__(self, races: int, logins: FakeLogins | None = None) -> None:
        super().__init__(logins)
        self._races = races

    def save(self, session: Session) -> Session:
        if self._races > 0:
            self._races -= 1
            super().save(self.get(session.session_id))
        return super().save(session)


def _place(session: Session, shelf: Shelf) -> tuple[str, str, str] | None:
    """Where a session stands in a list, ending in its id; None if it is not on it."""
    if shelf.name is None:
        return ("", str(session.due_at), session.session_id) if session.due_at else None
    bank = bank_of(session)
    if name_of_shelf(session) != shelf.name or shelf.bank not in {None, bank}:
        return None
    return bank, session.created_at.isoformat(), session.session_id
