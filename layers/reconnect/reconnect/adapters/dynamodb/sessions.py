"""The session records in the DynamoDB table; every write is conditional on the version that was read."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.adapters.dynamodb.formats import in_format
from reconnect.adapters.dynamodb.session_items import (
    DEFAULT_RETENTION,
    LIVE,
    from_item,
    login_key,
    read_session_key,
    session_key,
    to_item,
    trail_lines,
)
from reconnect.adapters.dynamodb.table import Item, Table
from reconnect.adapters.dynamodb.trail_lines import line_of
from reconnect.adapters.dynamodb.values import epoch
from reconnect.model.errors import SessionChanged, SessionErased, SessionNotFound, TooManyCallers
from reconnect.model.idempotency import LIFETIME
from reconnect.model.session import MAX_CORRELATION_IDS, Session
from reconnect.model.shelves import Page, Shelf
from reconnect.model.timestamps import to_iso
from reconnect.model.trail import TrailEntry, note_event

_DUE_INDEX = "due"
_LOGIN_INDEX = "login"
_SHELF_INDEX = "shelf"
# More than can fail permanently at once: those come first each time.
_DUE_AT_ONCE = 1000
_LONGEST_ID = 64
# A session's own steps write it now and then; other callers who join do not disturb each other.
_TRIES_TO_JOIN = 5
_IS_RECORD = "attribute_exists(pk) AND attribute_not_exists(erased)"
# Keys that name the session were claimed before the erasure, perhaps by a clock a little ahead of this one.
_ID_LIFETIME = LIFETIME + timedelta(hours=1)


class DynamoDbSessions:
    """The port `Sessions`."""

    def __init__(self, table: Table, clock: Callable[[], datetime], retention: timedelta = DEFAULT_RETENTION) -> None:
        """`retention`: how long the record of a session that has ended is kept."""
        self._table, self._clock, self._retention = table, clock, retention

    def create(self, session: Session) -> Session:
        """Write a new session, or return the existing one with its id."""
        written = note_event(replace(session, version=1))
        existing = self._table.put(to_item(written, self._retention), "attribute_not_exists(pk)")
        if existing and _is_erased(existing):
            raise SessionErased(session.session_id)
        return _session(existing) if existing else written

    def discard(self, session: Session) -> None:
        """Remove a session that is unchanged since it was created."""
        self._table.delete(session_key(session.session_id), "version = :created", created=session.version)

    def get(self, session_id: str) -> Session:
        """Read a session, strongly consistent."""
        # A caller's id may be longer than DynamoDB allows for a key.
        item = self._table.read(session_key(session_id)) if len(session_id) <= _LONGEST_ID else None
        if item is None or _is_erased(item):
            raise SessionNotFound(session_id)
        return _session(item)

    def save(self, session: Session) -> Session:
        """Write the next version, with the event that it publishes."""
        written = note_event(replace(session, version=session.version + 1))
        if not self._table.overwrite(to_item(written, self._retention), session.version):
            raise SessionChanged(f"version {session.version} was overtaken")
        return replace(written, event_type=None)

    def join(
        self,
        session_id: str,
        correlation_ids: frozenset[str],
        found_by: frozenset[str] = frozenset(),
        asked: TrailEntry | None = None,
        users: frozenset[str] = frozenset(),
    ) -> Session:
        """Add callers to a live session; only live ones have the attribute `live`."""
        room = MAX_CORRELATION_IDS - len(correlation_ids)
        for _ in range(_TRIES_TO_JOIN):
            session = self._find_live(session_id)
            is_full = len(session.correlation_ids) > room
            if correlation_ids <= session.correlation_ids and (is_full or found_by <= session.found_by):
                return replace(session, event_type=None)
            if is_full:
                raise TooManyCallers(f"{len(session.correlation_ids)} correlation ids")
            added = {"correlation_ids": set(correlation_ids), "refs": set(found_by - users), "users": set(users)}
            if joined := self._add(session, added, asked, room):
                return _session(joined)
        raise SessionChanged("others changed it each time")

    def _add(self, session: Session, added: Mapping[str, set[str]], asked: TrailEntry | None, room: int) -> Item | None:
        """Add to the sets of a live session as it was read; None if it has ended, is full, or has another last event.

        The update takes that event out of the record, so it must note exactly that one in the trail.
        """
        # DynamoDB has no empty set, and refuses values that the expression does not use.
        values: Item = {name: each for name, each in added.items() if each}
        adding = ", ".join(f"{name} :{name}" for name in values)
        lines = trail_lines(session)[-1:] if session.event_type else []
        if asked:
            lines = [*lines, line_of(asked, session.created_at)]
        is_as_read = "version = :read" if session.event_type else "attribute_not_exists(announcement)"
        if session.event_type:
            values["read"] = session.version
        noting = "SET trail = list_append(if_not_exists(trail, :none), :lines) " if lines else ""
        if lines:
            values |= {"none": [], "lines": lines}
        return self._table.update(
            session_key(session.session_id),
            f"{noting}ADD {adding}, version :one REMOVE announcement",
            "live = :live AND (attribute_not_exists(correlation_ids) OR size(correlation_ids) <= :room)"
            f" AND {is_as_read}",
            **values,
            one=1,
            live=LIVE,
            room=room,
        )

    def _find_live(self, session_id: str) -> Session:
        """A live session with the event of its last write."""
        item = self._table.read(session_key(session_id))
        if item is None or _is_erased(item):
            raise SessionChanged("it is gone")
        session = from_item(item)
        if session.status.is_terminal:
            raise SessionChanged("it has ended")
        return session

    def due(self, now: datetime) -> list[str]:
        """Live sessions that are due: the oldest ones, after the newest ones if there are more."""
        oldest = self._due(now)
        newest = self._due(now, last=True) if len(oldest) == _DUE_AT_ONCE else []
        return list(dict.fromkeys([*newest, *oldest]))

    def _due(self, now: datetime, *, last: bool = False) -> list[str]:
        condition = "live = :live AND due_at <= :now"
        keys = self._table.query_index(_DUE_INDEX, condition, _DUE_AT_ONCE, last=last, live=LIVE, now=to_iso(now))
        return [read_session_key(key) for key in keys]

    def count_live(self) -> int:
        """One page of the index, without its items."""
        return self._table.count_in_index(_DUE_INDEX, "live = :live", live=LIVE)

    def of_login(self, login_id: str) -> list[str]:
        """All sessions of a login."""
        keys = self._table.query_index(_LOGIN_INDEX, "login = :login", login=login_key(login_id))
        return [read_session_key(key) for key in keys]

    def page(self, shelf: Shelf, limit: int, after: str | None = None) -> Page:
        """One page of an index, of keys only; `after` is the last key of the page before, as JSON."""
        start = json.loads(after) if after else None
        if shelf.name is None:
            keys, last = self._table.query_page(_DUE_INDEX, "live = :live", limit, start, live=LIVE)
        elif shelf.bank is None:
            keys, last = self._table.query_page(_SHELF_INDEX, "shelf = :shelf", limit, start, shelf=shelf.name)
        else:
            condition = "shelf = :shelf AND begins_with(shelf_place, :bank)"
            values = {"shelf": shelf.name, "bank": f"{shelf.bank}#"}
            keys, last = self._table.query_page(_SHELF_INDEX, condition, limit, start, **values)
        return Page(tuple(map(read_session_key, keys)), json.dumps(last) if last else None)

    def get_all(self, session_ids: Sequence[str]) -> list[Session]:
        """Read many sessions in one request."""
        items = self._table.read_all([session_key(session_id) for session_id in session_ids])
        found = {read_session_key(item): item for item in items if not _is_erased(item)}
        return [_session(found[session_id]) for session_id in session_ids if session_id in found]

    def erase(self, session_id: str) -> bool:
        """Keep nothing but the random id, for as long as an idempotency key may still refer to it."""
        left = {**session_key(session_id), "erased": True, "expires_at": epoch(self._clock() + _ID_LIFETIME)}
        return self._table.put(in_format(left), _IS_RECORD) is None


def _is_erased(item: Item) -> bool:
    return "erased" in item


def _session(item: Item) -> Session:
    """A session without its event: the table's stream has published it once."""
    return replace(from_item(item), event_type=None)
