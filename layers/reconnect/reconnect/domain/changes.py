"""How a session record is changed while others may be changing it too."""

from collections.abc import Callable

from reconnect.domain.errors import SessionChanged, SessionEnded
from reconnect.domain.login import Login
from reconnect.domain.ports import Logins, Sessions
from reconnect.domain.session import Session

# Callers who join a session write to it too, and may come in crowds: of a hundred different ones, for more join without
# a write.
_TRIES = 120


def change(sessions: Sessions, session_id: str, decide: Callable[[Session], Session]) -> Session:
    """Read a session, decide what it becomes, write it; again from the start if another writer was first.

    `decide` may return the very session it was given, or one that is equal: then nothing is written. After more lost
    races than a crowd of callers can cause SessionChanged escapes; asking again later is safe.
    """
    for _ in range(_TRIES - 1):
        try:
            return _change_once(sessions, session_id, decide)
        except SessionChanged:
            continue
    return _change_once(sessions, session_id, decide)


def _change_once(sessions: Sessions, session_id: str, decide: Callable[[Session], Session]) -> Session:
    session = sessions.get(session_id)
    changed = decide(session)
    return session if changed == session else sessions.save(changed)


def change_login(logins: Logins, login_id: str, decide: Callable[[Login], Login]) -> None:
    """The same for a login; SessionChanged escapes after as many lost races."""
    for _ in range(_TRIES):
        login = logins.get(login_id)
        changed = decide(login)
        if changed == login:
            return
        try:
            logins.save(changed)
        except SessionChanged:
            # Who was first may have done the same.
            continue
        return
    raise SessionChanged("lost every race for the login")


def read_live(sessions: Sessions, session_id: str) -> Session:
    """Read a session to work on it; raise SessionEnded if there is no more work."""
    session = sessions.get(session_id)
    if session.status.is_terminal:
        raise SessionEnded(session.status)
    return session
