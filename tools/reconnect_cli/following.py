"""Follows a session to its end by polling the API, as a backend without the event bus would."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from reconnect.model.session import TERMINAL
from reconnect_client import Api, ApiProblem, NoAnswer, StillWaiting

# How many polls in a row may fail, if failures are reported.
_MOST_FAILURES = 5

Snapshot = dict[str, Any]


def follow(
    api: Api,
    session_id: str,
    *,
    patience: float,
    pause: Callable[[float], None] = time.sleep,
    on_trouble: Callable[[str], None] | None = None,
) -> Iterator[Snapshot]:
    """Yield the session now and after each change, the last time when it has ended.

    Raises StillWaiting after `patience` seconds; the session itself continues. With `on_trouble`, which receives their
    messages, a few polls in a row may fail after the first success; otherwise each raises the API's error.
    """
    deadline = time.monotonic() + patience
    last: Snapshot | None = None
    failures = 0
    while True:
        try:
            session = api.read_session(session_id)
            failures = 0
        except (ApiProblem, NoAnswer) as trouble:
            failures += 1
            may_retry = last is not None and failures <= _MOST_FAILURES and _is_temporary(trouble)
            if on_trouble is None or not may_retry:
                raise
            on_trouble(str(trouble))
            pause(api.poll_seconds * failures)
            continue
        if session != last:
            yield session
            last = session
        if session["status"] in TERMINAL:
            return
        if time.monotonic() > deadline:
            raise StillWaiting(f"session {session_id} is still {session['status']} after {patience:.0f} s")
        pause(api.poll_seconds)


def _is_temporary(trouble: ApiProblem | NoAnswer) -> bool:
    return isinstance(trouble, NoAnswer) or trouble.is_temporary


def wait_for(api: Api, session_id: str, *statuses: str, patience: float = 30) -> Snapshot:
    """Follow until the session has one of the statuses; raise StillWaiting if it ends or stays in another one."""
    for session in follow(api, session_id, patience=patience):
        if session["status"] in statuses:
            return session
    raise StillWaiting(f"session {session_id} ended {session['status']} and not {' or '.join(statuses)}")
