"""What the figures share: a warm service, times, percentiles."""

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from devtools.bench.backend import PATIENCE_SECONDS, Backend
from devtools.bench.page import Page
from devtools.engine import LocalEngine
from devtools.engine.settings import WORKERS_PER_FUNCTION
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, Simulator
from reconnect_cli.following import Snapshot

# A bank that answers at once with data that is ready, so that only our own time is measured.
QUICK_BANK = Settings(pending_polls=0, detail_pending=0)

# Enough at once that each function gets all the workers it may have.
_WARM_UPS = 2 * WORKERS_PER_FUNCTION
_CHECK_SECONDS = 0.2

# An absent user is not asked at night, and a figure does not depend on the hour.
_AT_ANY_HOUR = {"QuietHours": "0-0"}


@contextmanager
def warm_service(
    settings: Settings = QUICK_BANK,
    parameters: Mapping[str, str] | None = None,
    *,
    flinks_seconds: float = 0,
    with_ledger: bool = False,
) -> Iterator[Backend]:
    """Deploy the real template with its defaults or these parameters, and run sessions that use every function.

    `flinks_seconds`: how long the simulator delays each reply, once the service is warm.
    """
    seconds = 0.0

    def delay(_: str) -> None:
        time.sleep(seconds)

    with (
        Simulator(settings=settings, on_request=delay) as simulator,
        LocalEngine.start(with_ledger=with_ledger) as engine,
        Backend(deploy_service(engine, simulator, "bench", {**_AT_ANY_HOUR, **(parameters or {})})) as backend,
    ):
        with ThreadPoolExecutor(_WARM_UPS) as users:
            list(users.map(_play, [backend] * _WARM_UPS))
        wait_until_idle(backend.service)
        seconds = flinks_seconds
        yield backend


def _play(backend: Backend) -> None:
    session_id = backend.open("Greatday")
    page = Page(backend.wait_until_asked(session_id))
    page.load_connect().answer_correctly()
    page.send_redirect()
    backend.wait_for_success(session_id)


def running_executions(service: Service) -> int:
    """Return how many executions of the workflow are running, up to a hundred."""
    machine = service.stack.outputs["StateMachineArn"]
    client = service.engine.client("stepfunctions")
    return len(client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])


def wait_until_idle(service: Service) -> None:
    """Wait until every execution has ended, which may be after the event of its session's end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while running_executions(service):
        if time.monotonic() > deadline:
            raise TimeoutError("an execution does not end")
        time.sleep(_CHECK_SECONDS)


def moment(session: Snapshot, cause: str | None = None) -> float:
    """Return the time of the timeline's last entry, or the last one with this cause, in epoch seconds."""
    entries = [each for each in session["timeline"] if cause in (None, each["cause"])]
    return datetime.fromisoformat(entries[-1]["at"]).timestamp()


def flinks_seconds_since(service: Service, began: float) -> float:
    """Return how long the simulator has worked since then (epoch seconds), for all logins."""
    return sum(entry.seconds for entry in service.simulator.journal if entry.at.timestamp() >= began)


def percentile(values: Iterable[float], percent: int) -> float:
    """Return the smallest value that at least this percentage of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spread(values: Iterable[float]) -> str:
    """Describe the distribution of seconds in a line of text."""
    values = list(values)
    p50, p95 = percentile(values, 50), percentile(values, 95)
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, max {max(values):.2f} s ({len(values)} runs)"
