"""Following a session to its end by reading it again and again, as a backend without the event bus would."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from reconnect_cli.api import Api, ApiProblem, NoAnswer

TERMINAL = frozenset({"SUCCEEDED", "STALE", "EXPIRED", "FAILED", "CANCELLED", "REPAIRED"})

# Nobody pays for looks on this machine.
_EVERY_SECONDS, _EVERY_SECONDS_HERE = 2.0, 0.2

# So many looks in a row may fail, if their failures are told.
_MOST_TROUBLES = 5

Snapshot = dict[str, Any]


class StillWaiting(Exception):
    """The session did not get there in the time that was given."""


def follow(
    api: Api,
    session_id: str,
    *,
    patience: float,
    pause: Callable[[float], None] = time.sleep,
    on_trouble: Callable[[str], None] | None = None,
) -> Iterator[Snapshot]:
    """Yield the session now and after each change, the last time when it has ended.

    Raises StillWaiting after `patience` seconds; the session itself goes on. With `on_trouble`, which is told of them,
    a few looks in a row may stay without an answer, once there was one; otherwise each raises what the API raises.
    """
    deadline = time.monotonic() + patience
    every = _EVERY_SECONDS_HERE if api.is_local else _EVERY_SECONDS
    last: Snapshot | None = None
    troubles = 0
    while True:
        try:
            session = api.read_session(session_id)
            troubles = 0
        except (ApiProblem, NoAnswer) as trouble:
            troubles += 1
            is_worth_it = last is not None and troubles <= _MOST_TROUBLES and _is_passing(trouble)
            if on_trouble is None or not is_worth_it:
                raise
            on_trouble(str(trouble))
            pause(every * troubles)
            continue
        if session != last:
            yield session
            last = session
        if session["status"] in TERMINAL:
            return
        if time.monotonic() > deadline:
            raise StillWaiting(f"session {session_id} is still {session['status']} after {patience:.0f} s")
        pause(every)


def _is_passing(trouble: ApiProblem | NoAnswer) -> bool:
    return isinstance(trouble, NoAnswer) or trouble.is_passing


def wait_for(api: Api, session_id: str, *statuses: str, patience: float = 30) -> Snapshot:
    """Follow until the session has one of the statuses; raise StillWaiting if it ends or waits elsewhere."""
    for session in follow(api, session_id, patience=patience):
        if session["status"] in statuses:
            return session
    raise StillWaiting(f"session {session_id} ended {session['status']} and not {' or '.join(statuses)}")
