"""Many sessions at once, and many requests for one login."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from devtools.bench.backend import Backend
from devtools.bench.measuring import warm_service
from devtools.bench.page import Page
from devtools.service import Service

_SESSIONS = 200
_ASKED, _NOT_ASKED = "Greatday", "greatday_nomfa"
_SAMPLE_SECONDS = 1.0


def measure() -> Iterator[str]:
    """200 logins at once, half of them with a bank question; and 200 simultaneous requests for one login."""
    with warm_service() as backend:
        usernames = [_ASKED if number % 2 else _NOT_ASKED for number in range(_SESSIONS)]
        with _peak_memory(backend.service) as peak, ThreadPoolExecutor(_SESSIONS) as users:
            began, worked = time.monotonic(), _processor_seconds(backend.service)
            list(users.map(lambda username: _refresh(backend, username), usernames))
            seconds, worked = time.monotonic() - began, _processor_seconds(backend.service) - worked
        yield (
            f"{_SESSIONS} logins at once, {usernames.count(_ASKED)} of them with a bank question: all SUCCEEDED in "
            f"{seconds:.0f} s ({worked:.0f} s of processor time), peak memory of the engine and its functions "
            f"{peak[0]:.0f} MiB, {_running(backend.service)} executions left; target: 60 s, 2048 MiB, 0"
        )
        # The bank asks, so the session stays live until the last request has arrived.
        login_id = backend.service.simulator.bank.add_login(_ASKED)
        sessions = _open_at_once(backend, login_id)
        for session_id in sessions:
            backend.wait_until_asked(session_id)
        starts = backend.service.simulator.journal.count("start", login_id=login_id)
    yield (
        f"{_SESSIONS} starts at once for one login: sessions {len(sessions)}, live attempts at Flinks {starts}; "
        "target: 1, 1"
    )


def _refresh(backend: Backend, username: str) -> None:
    session_id = backend.open(username)
    if username == _ASKED:
        page = Page(backend.wait_until_asked(session_id))
        page.load_connect().answer_correctly()
        page.send_redirect()
    backend.wait_for_success(session_id)


def _open_at_once(backend: Backend, login_id: str) -> set[str]:
    """The sessions that many simultaneous callers got."""
    gate = threading.Barrier(_SESSIONS)

    def open_with_the_others(_: int) -> str:
        gate.wait()
        return backend.open_for(login_id)

    with ThreadPoolExecutor(_SESSIONS) as callers:
        return set(callers.map(open_with_the_others, range(_SESSIONS)))


@contextmanager
def _peak_memory(service: Service) -> Iterator[list[float]]:
    """Yield a list whose one element is the highest reading so far, in MiB."""
    peak, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            peak[0] = max(peak[0], service.engine.memory_mib())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        ended.set()
        watching.join()


def _processor_seconds(service: Service) -> float:
    """The processor time of the engine, its functions, and this process with the simulator and the users."""
    return service.engine.processor_seconds() + time.process_time()


def _running(service: Service) -> int:
    machine = service.stack.outputs["StateMachineArn"]
    client = service.engine.client("stepfunctions")
    return len(client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])
