"""Change a record that others may be changing at the same time."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from reconnect.model.errors import SessionChanged, SessionEnded
from reconnect.model.login import Login
from reconnect.model.session import Session
from reconnect.ports import Logins, Sessions

# Callers who join a session write to it too, up to a hundred of them at once: no session names more.
_TRIES = 120

_Record = TypeVar("_Record")


def update_session(
    sessions: Sessions, session_id: str, decide: Callable[[Session], Session], *, known: Session | None = None
) -> Session:
    """Read a session, decide what it becomes, and write it; start over if another writer was first.

    If `decide` returns the session that it was given, or an equal one, nothing is written. Raises SessionChanged after
    more lost races than a crowd of callers can cause; a later retry is safe. `known`: the session as it was read or
    written a moment ago, which saves reading it again unless another writer has changed it since.
    """
    if known is not None:
        with suppress(SessionChanged):
            return _update_once(lambda: known, decide, sessions.save)
    return _update(lambda: sessions.get(session_id), decide, sessions.save)


def update_login(logins: Logins, login_id: str, decide: Callable[[Login], Login]) -> Login:
    """Do the same for a login."""
    return _update(lambda: logins.get(login_id), decide, logins.save)


def _update(
    read: Callable[[], _Record], decide: Callable[[_Record], _Record], write: Callable[[_Record], _Record]
) -> _Record:
    for _ in range(_TRIES - 1):
        try:
            return _update_once(read, decide, write)
        except SessionChanged:
            continue
    return _update_once(read, decide, write)


def _update_once(
    read: Callable[[], _Record], decide: Callable[[_Record], _Record], write: Callable[[_Record], _Record]
) -> _Record:
    record = read()
    changed = decide(record)
    return record if changed == record else write(changed)


def read_live(sessions: Sessions, session_id: str) -> Session:
    """Read a session to work on it; raise SessionEnded if it has ended."""
    session = sessions.get(session_id)
    if session.status.is_terminal:
        raise SessionEnded(session.status)
    return session
