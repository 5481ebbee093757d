"""The time from an answer in Connect whose redirect is lost until the service detects it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from devtools.bench.backend import Backend
from devtools.bench.measuring import spread, warm_service
from devtools.bench.page import Page

_RUNS = 20
# The answers are spread evenly between two of our own polls.
_FIRST_ANSWER_SECONDS, _SPREAD_SECONDS = 20, 10


def measure() -> Iterator[str]:
    """An answer whose redirect is lost -> detected, with the template's default intervals and the page open."""
    with warm_service() as backend, ThreadPoolExecutor(_RUNS) as users:
        began = time.monotonic() + _FIRST_ANSWER_SECONDS
        moments = [began + _SPREAD_SECONDS * run / _RUNS for run in range(_RUNS)]
        found = list(users.map(lambda answer_at: _answer_and_vanish(backend, answer_at), moments))
    yield f"answer without a redirect -> no longer AWAITING_USER: {spread(found)}; target: p95 5 s"


def _answer_and_vanish(backend: Backend, answer_at: float) -> float:
    """Seconds from the answer until the session left AWAITING_USER; `answer_at` is in monotonic seconds."""
    session_id = backend.open("Greatday")
    page = Page(backend.wait_until_asked(session_id))
    user = page.load_connect()
    while time.monotonic() + page.seconds_until_poll < answer_at:
        page.poll()
    time.sleep(max(0.0, answer_at - time.monotonic()))
    user.answer_correctly()
    answered = time.time()
    page.poll_until_over()
    timeline = backend.wait_for_success(session_id)["timeline"]
    asked = max(index for index, entry in enumerate(timeline) if entry["cause"] == "challenge_shown")
    left = next(entry for entry in timeline[asked:] if entry["status"] != "AWAITING_USER")
    return datetime.fromisoformat(left["at"]).timestamp() - answered
