"""The time from the redirect until the session has ended."""

import time
from collections.abc import Iterator

from devtools.bench.backend import Backend
from devtools.bench.measuring import flinks_seconds_since, moment, percentile, spread, warm_service
from flinks_simulator import SimulatedUser

_RUNS = 20


def measure() -> Iterator[str]:
    """Redirect -> the session has ended, with data that is ready at Flinks."""
    with warm_service() as backend:
        totals, flinks = zip(*(_come_back(backend) for _ in range(_RUNS)), strict=True)
    own = [total - theirs for total, theirs in zip(totals, flinks, strict=True)]
    yield (
        f"our own part, redirect -> terminal status: {spread(own)}; target: p95 0.2 s. Flinks' own time is not "
        f"included: the simulator's p95 {percentile(flinks, 95):.2f} s"
    )


def _come_back(backend: Backend) -> tuple[float, float]:
    """Return the seconds from the browser's request until the end, and how many of them Flinks took."""
    session_id = backend.open("Greatday")
    backend.wait_until_asked(session_id)
    user = SimulatedUser()
    user.open(backend.service.api.read_session(session_id)["connectUrl"])
    user.answer_correctly()
    came_back = time.time()
    user.follow_redirect()
    ended = backend.wait_for_success(session_id)
    return moment(ended) - came_back, flinks_seconds_since(backend.service, came_back)
