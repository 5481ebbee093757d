"""What 1,000 refreshes cost on AWS, metered on the local engine."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from devtools.bench.backend import Backend
from devtools.bench.measuring import warm_service
from devtools.bench.page import Page
from devtools.meter import Meter, Usage, cost_of
from flinks_simulator import Settings
from reconnect.model.session import Ask, Attempt
from reconnect.rules.pacing import Pacing

_SESSIONS = 4
_THOUSAND = 1000
_TARGET_PLAIN, _TARGET_ASKED, _TARGET_WRITE_UNITS = 1.00, 1.50, 10

# A bank that takes half a minute with our waits: the sixth poll gets its verdict, the third the data.
_BANK = Settings(pending_polls=5, detail_pending=2)
# Lambda bills the time for which a function waits for Flinks.
_FLINKS_SECONDS = 1.0
_USER_SECONDS = 30
_PLAIN, _ASKED = "no question", f"answered after {_USER_SECONDS} s"
# Waits cost nothing by themselves. Those for the user decide how many polls are made, and keep the template's values.
_PARAMETERS = {"PollIntervalSeconds": "0", "FetchIntervalSeconds": "0"}
_UNATTENDED_SECONDS, _ATTEMPT_LIFETIME = 40, timedelta(minutes=8)
# PollAuthorize, RouteOutcome, AwaitRedirect.
_TRANSITIONS_PER_POLL = 3


def measure() -> Iterator[str]:
    """1,000 refreshes at AWS's list prices, with and without a question; without Flinks' own prices."""
    with warm_service(_BANK, _PARAMETERS, flinks_seconds=_FLINKS_SECONDS, with_ledger=True) as backend:
        plain, plain_as_is = _metered(backend, _refresh)
        asked, asked_as_is = _metered(backend, lambda backend: _reconnect(backend, _USER_SECONDS))
        quick, _ = _metered(backend, lambda backend: _reconnect(backend, 0))
    yield f"1,000 refreshes in US dollars. Flinks takes {_FLINKS_SECONDS:.0f} s to answer; its prices are not included"
    yield f"{'':22}{_PLAIN:>22}{_ASKED:>22}"
    for columns in zip(cost_of(plain), cost_of(asked), strict=True):
        if any(each.amount for each in columns):
            cells = (f"{_THOUSAND * each.amount:>13,.1f}{_THOUSAND * each.dollars:>9.4f}" for each in columns)
            yield f"{columns[0].name:22}{''.join(cells)}"
    yield f"{'total':22}{_dollars(plain):>22.4f}{_dollars(asked):>22.4f}"
    yield f"{'target: under':22}{_TARGET_PLAIN:>22.4f}{_TARGET_ASKED:>22.4f}"
    for name, real, as_is in ((_PLAIN, plain, plain_as_is), (_ASKED, asked, asked_as_is)):
        yield (
            f"write units of one session, {name}: {_writes(real):.1f}, {real.index_units:.1f} of them in the index "
            f"({_writes(as_is):.1f} with task tokens as short as the engine's); target: {_TARGET_WRITE_UNITS}"
        )
    yield _price_of_polls(quick, asked)


def _price_of_polls(quick: Usage, asked: Usage) -> str:
    """The price of our polls while the user is in Connect, from sessions with hardly any polls and with some."""
    each = (_dollars(asked) - _dollars(quick)) / ((asked.transitions - quick.transitions) / _TRANSITIONS_PER_POLL)
    polls = _polls_of_an_unanswered_question()
    alone = _dollars(quick) + polls * each
    return (
        f"of this, one poll while the user is in Connect: {each:.4f}. A question that stays unanswered is "
        f"polled {polls} times in its {_ATTEMPT_LIFETIME.seconds // 60} minutes: {alone:.2f} in all"
    )


def _metered(backend: Backend, play: Callable[[Backend], None]) -> tuple[Usage, Usage]:
    """The usage of one session, as the mean of several at once: with AWS's long task tokens, and with the engine's."""
    engine, stack = backend.service.engine, backend.service.stack
    meters = Meter(engine, stack), Meter(engine, stack, token_bytes=None)
    before = [meter.read() for meter in meters]
    with ThreadPoolExecutor(_SESSIONS) as sessions:
        list(sessions.map(play, [backend] * _SESSIONS))
    real, as_is = ((meter.read() - earlier) / _SESSIONS for meter, earlier in zip(meters, before, strict=True))
    return real, as_is


def _refresh(backend: Backend) -> None:
    backend.wait_for_success(backend.open("greatday_nomfa"))


def _reconnect(backend: Backend, user_seconds: float) -> None:
    """A user who opens our page, loads Connect, and answers so many seconds after the bank asked."""
    session_id = backend.open("Greatday")
    page = Page(backend.wait_until_asked(session_id))
    answer_at = time.monotonic() + user_seconds
    user = page.load_connect()
    while time.monotonic() < answer_at:
        page.poll()
    user.answer_correctly()
    page.send_redirect()
    page.poll_until_over()
    backend.wait_for_success(session_id)


def _polls_of_an_unanswered_question() -> int:
    """The number of backstop polls until an unanswered attempt is given up, with the template's defaults."""
    pacing = Pacing(0, 0, _UNATTENDED_SECONDS, 0, 0, _ATTEMPT_LIFETIME, timedelta())
    asked_at = datetime.now(UTC)
    attempt = Attempt(1, asked_at, asked=Ask.ANSWER, asked_at=asked_at)
    polls, at = 0, asked_at
    while not pacing.is_over(attempt, at):
        at += timedelta(seconds=pacing.before_backstop(attempt, at, is_attended=False))
        polls += 1
    return polls


def _dollars(usage: Usage) -> float:
    return _THOUSAND * sum(cost.dollars for cost in cost_of(usage))


def _writes(usage: Usage) -> float:
    return usage.write_units + usage.index_units
