"""How a session record is changed while others may be changing it too."""

from collections.abc import Callable

from reconnect.domain.errors import SessionChanged
from reconnect.domain.ports import Sessions
from reconnect.domain.session import Session

_TRIES = 5


def change(sessions: Sessions, session_id: str, decide: Callable[[Session], Session]) -> Session:
    """Read a session, decide what it becomes, write it; again from the start if another writer was first.

    `decide` may return the very session it was given: then nothing is written. After five lost races
    SessionChanged escapes; asking again later is safe.
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
    return session if changed is session else sessions.save(changed)
