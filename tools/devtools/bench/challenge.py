"""The time from the click on our page until the bank's question can be shown."""

import time
from collections.abc import Iterator
from datetime import timedelta

from devtools.bench.backend import PATIENCE_SECONDS, Backend
from devtools.bench.measuring import flinks_seconds_since, moment, percentile, spread, warm_service
from devtools.bench.page import Page
from reconnect_cli.following import wait_for

_RUNS = 20
_TARGET = "target: p95 1.5 s"
# The simulator's journal has its own, advanced time.
_EXPIRED_AFTER = timedelta(minutes=9)


def measure() -> Iterator[str]:
    """Click -> the bank's question can be shown: while an attempt is open, and after it died."""
    # The simulator's clock is turned ahead, which must stay within the allowed skew.
    with warm_service(parameters={"ClockSkewSeconds": "3600"}) as backend:
        session_ids = [backend.open("Greatday") for _ in range(_RUNS)]
        pages = [Page(backend.wait_until_asked(each)) for each in session_ids]
        open_runs = [_load_connect(backend, page) for page in pages]
        backend.service.simulator.clock.advance(minutes=_EXPIRED_AFTER.total_seconds() / 60)
        for session_id in session_ids:
            wait_for(backend.service.api, session_id, "AWAITING_CLICK", patience=PATIENCE_SECONDS)
        expired_runs = [_begin_anew(backend, *each) for each in zip(session_ids, pages, strict=True)]
    yield f"our own part, attempt open, the click only loads Connect: {spread(open_runs)}; {_TARGET}"
    recorded, visible, own = zip(*expired_runs, strict=True)
    yield f"our own part, attempt expired, the click starts another: {spread(own)}; {_TARGET}"
    yield (
        f"  with Flinks' part p95 {percentile(visible, 95):.2f} s; the question is in our record after p95 "
        f"{percentile(recorded, 95):.2f} s. Our own part includes the waits before the page's "
        "polls and its second click"
    )


def _load_connect(backend: Backend, page: Page) -> float:
    clicked = time.time()
    page.click_until_connect()
    return time.time() - clicked - flinks_seconds_since(backend.service, clicked)


def _begin_anew(backend: Backend, session_id: str, page: Page) -> tuple[float, float, float]:
    """Seconds from the click until the question is recorded, until it can be shown, and the latter without Flinks."""
    clicked = time.time()
    user = page.load_connect()
    visible = time.time() - clicked
    flinks = flinks_seconds_since(backend.service, clicked + _EXPIRED_AFTER.total_seconds())
    # End the session, so that its polls do not disturb the next run.
    user.answer_correctly()
    page.send_redirect()
    ended = backend.wait_for_success(session_id)
    return moment(ended, "challenge_shown") - clicked, visible, visible - flinks
