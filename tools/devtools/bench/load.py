"""Many sessions at once, and many requests for one login."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from devtools.bench.backend import Backend
from devtools.bench.measuring import running_executions, warm_service
from devtools.bench.page import Page
from devtools.figures import Comparison, Figure
from devtools.service import Service

_AT_ONCE = (50, 100, 200, 400)
_USUAL, _FEW, _MANY = 200, 100, 400
_ASKED, _NOT_ASKED = "Greatday", "greatday_nomfa"
_SAMPLE_SECONDS = 1.0


@dataclass(frozen=True)
class Round:
    """What so many sessions at once took; all of them succeeded. Memory in MiB, times in seconds."""

    sessions: int
    seconds: float
    processor_seconds: float
    memory: float
    left_running: int

    @property
    def processor_seconds_each(self) -> float:
        """Processor time of one session."""
        return self.processor_seconds / self.sessions


def measure() -> Iterator[str]:
    """50 to 400 logins at once, half of them with a bank question; and 200 simultaneous requests for one login."""
    with warm_service() as backend:
        rounds = []
        for sessions in _AT_ONCE:
            rounds.append(_play(backend, sessions))
            yield _line(rounds[-1])
        yield from map(str, figures_of(rounds))
        yield str(_starts_at_once(backend))


def figures() -> Iterator[Figure]:
    """Growth of the processor time per session, peak memory, what is left over, and one attempt for many requests."""
    with warm_service() as backend:
        yield from figures_of([_play(backend, sessions) for sessions in _AT_ONCE])
        yield _starts_at_once(backend)


def _line(played: Round) -> str:
    return (
        f"{played.sessions} logins at once, half of them with a bank question: all SUCCEEDED in "
        f"{played.seconds:.0f} s, {1000 * played.processor_seconds_each:.0f} ms of processor time a session, "
        f"peak memory of the engine and its functions {played.memory:.0f} MiB"
    )


def figures_of(rounds: list[Round]) -> Iterator[Figure]:
    """Compare the rounds with their targets."""
    by_size = {each.sessions: each for each in rounds}
    growth = by_size[_MANY].processor_seconds_each / by_size[_FEW].processor_seconds_each
    yield Figure(f"processor time per session, {_MANY} at once to {_FEW} at once", growth, 1.1)
    yield Figure(f"peak memory of engine and functions, {_USUAL} at once", by_size[_USUAL].memory, 2048, unit="MiB")
    left = sum(each.left_running for each in rounds)
    yield Figure("executions left running after the load", left, 0, Comparison.EXACTLY)


def _play(backend: Backend, sessions: int) -> Round:
    """Refresh so many logins at once."""
    usernames = [_ASKED if number % 2 else _NOT_ASKED for number in range(sessions)]
    with peak_memory(backend.service) as peak, ThreadPoolExecutor(sessions) as users:
        began, worked = time.monotonic(), _processor_seconds(backend.service)
        list(users.map(lambda username: _refresh(backend, username), usernames))
        seconds, worked = time.monotonic() - began, _processor_seconds(backend.service) - worked
    return Round(sessions, seconds, worked, peak[0], running_executions(backend.service))


def _starts_at_once(backend: Backend) -> Figure:
    """How many live attempts Flinks saw for many simultaneous requests for one login."""
    # The bank asks, so the session stays live until the last request has arrived.
    login_id = backend.service.simulator.bank.add_login(_ASKED)
    sessions = _open_at_once(backend, login_id)
    for session_id in sessions:
        backend.wait_until_asked(session_id)
    starts = backend.service.simulator.journal.count("start", login_id=login_id)
    name = f"sessions and live attempts of {_USUAL} requests at once for one login"
    return Figure(name, max(starts, len(sessions)), 1, Comparison.EXACTLY)


def _refresh(backend: Backend, username: str) -> None:
    session_id = backend.open(username)
    if username == _ASKED:
        page = Page(backend.wait_until_asked(session_id))
        page.load_connect().answer_correctly()
        page.send_redirect()
    backend.wait_for_success(session_id)


def _open_at_once(backend: Backend, login_id: str) -> set[str]:
    """The sessions that many simultaneous callers got."""
    gate = threading.Barrier(_USUAL)

    def open_with_the_others(_: int) -> str:
        gate.wait()
        return backend.open_for(login_id)

    with ThreadPoolExecutor(_USUAL) as callers:
        return set(callers.map(open_with_the_others, range(_USUAL)))


@contextmanager
def peak_memory(service: Service) -> Iterator[list[float]]:
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
