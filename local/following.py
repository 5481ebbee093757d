"""Following a session to its end by reading it again and again, as a backend without the event bus would."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from local.api import Api

TERMINAL = frozenset({"SUCCEEDED", "STALE", "EXPIRED", "FAILED", "CANCELLED", "REPAIRED"})

_EVERY_SECONDS = 0.2

Snapshot = dict[str, Any]


class StillWaiting(Exception):
    """The session did not get there in the time that was given."""


def follow(
    api: Api, session_id: str, *, patience: float, pause: Callable[[float], None] = time.sleep
) -> Iterator[Snapshot]:
    """Yield the session now and after each change, the last time when it has ended.

    Raises StillWaiting after `patience` seconds; the session itself goes on.
    """
    deadline = time.monotonic() + patience
    last: Snapshot | None = None
    while True:
        session = api.read_session(session_id)
        if session != last:
            yield session
            last = session
        if session["status"] in TERMINAL:
            return
        if time.monotonic() > deadline:
            raise StillWaiting(f"session {session_id} is still {session['status']} after {patience:.0f} s")
        pause(_EVERY_SECONDS)


def wait_for(api: Api, session_id: str, *statuses: str, patience: float = 30) -> Snapshot:
    """Follow until the session has one of the statuses; raise StillWaiting if it ends or waits elsewhere."""
    for session in follow(api, session_id, patience=patience):
        if session["status"] in statuses:
            return session
    raise StillWaiting(f"session {session_id} ended {session['status']} and not {' or '.join(statuses)}")
