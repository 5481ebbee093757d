"""What 1,000 refreshes cost on AWS, metered on the local engine."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from devtools.bench.backend import Backend
from devtools.bench.measuring import wait_until_idle, warm_service
from devtools.bench.page import Page
from devtools.engine.settings import WORKERS_PER_FUNCTION
from devtools.figures import Figure
from devtools.meter import Meter, Usage, cost_of
from reconnect.model.attempt import Ask, Attempt
from reconnect.rules.pacing import Pacing

# As many at once as the local engine runs of one function, so that none waits for another.
_SESSIONS = WORKERS_PER_FUNCTION
_THOUSAND = 1000
_DOLLARS = "US dollars"

# So slow that, without windows, the sixth poll finds the bank's verdict and the third one the data.
BANK_SECONDS, DATA_SECONDS = 25, 20
# Lambda bills the time for which a function waits for Flinks.
FLINKS_SECONDS = 1.0
_USER_SECONDS = 30
_PLAIN, _ASKED = "no question", f"answered after {_USER_SECONDS} s"
_UNATTENDED_SECONDS, _ATTEMPT_LIFETIME = 40, timedelta(minutes=8)
_ABSENT, _PARKED = "absent user, no question", "absent user, parked question"
# So many engines run at once: most of the time they wait, but a busy machine adds polls.
_ENGINES = 2
# PollAuthorize, RouteOutcome, AwaitRedirect.
_TRANSITIONS_PER_POLL = 3


@dataclass(frozen=True)
class _Targets:
    """The most that one session may take, if that is limited, and 1,000 of them may cost in US dollars."""

    transitions: int | None
    write_units: int | None
    dollars: float


_TARGETS = {
    _PLAIN: _Targets(11, 8, 0.45),
    # Two units put it on the list of those that need their user, and take it off.
    _ASKED: _Targets(20, 21, 0.95),
    _ABSENT: _Targets(None, None, 0.45),
    _PARKED: _Targets(None, None, 0.30),
}
_NAMED, _NAMED_WRITES = "no question, found by userRef and correlationId", 11


def measure() -> Iterator[str]:
    """1,000 refreshes at AWS's list prices, with and without a question; without Flinks' own prices."""
    with _service() as backend:
        plain, plain_as_is = _metered(backend, _refresh)
        asked, asked_as_is = _metered(backend, _answer_later)
    yield (
        f"1,000 refreshes in US dollars. The bank takes {BANK_SECONDS} s, the data {DATA_SECONDS} s more, each call "
        f"of Flinks {FLINKS_SECONDS:.0f} s; Flinks' prices are not included"
    )
    yield f"{'':22}{_PLAIN:>22}{_ASKED:>22}"
    for columns in zip(cost_of(plain), cost_of(asked), strict=True):
        if any(each.amount for each in columns):
            cells = (f"{_THOUSAND * each.amount:>13,.1f}{_THOUSAND * each.dollars:>9.4f}" for each in columns)
            yield f"{columns[0].name:22}{''.join(cells)}"
    yield f"{'total':22}{_dollars(plain):>22.4f}{_dollars(asked):>22.4f}"
    for name, real, as_is in ((_PLAIN, plain, plain_as_is), (_ASKED, asked, asked_as_is)):
        yield (
            f"write units of one session, {name}: {_writes(real):.1f}, {real.index_units:.1f} of them in the index "
            f"({_writes(as_is):.1f} with task tokens as short as the engine's), and {real.gathered_units:.1f} for the "
            "counters of its bank, which AWS writes once for all endings of five minutes"
        )
        yield from (str(figure) for figure in _figures_of(name, real))
    polls = _polls_of_an_unanswered_question()
    yield (
        f"a question that stays unanswered is polled {polls} times in its {_ATTEMPT_LIFETIME.seconds // 60} minutes, "
        f"with {polls * _TRANSITIONS_PER_POLL} transitions"
    )


def figures() -> Iterator[Figure]:
    """Transitions, write units and price of a session: without a question, with an answered one, of an absent user."""
    plays = {
        _PLAIN: _refresh,
        _ASKED: _answer_later,
        _ABSENT: _refresh_unattended,
        _PARKED: _park,
        _NAMED: _refresh_named,
    }
    with ThreadPoolExecutor(_ENGINES) as engines:
        for name, usage in zip(plays, engines.map(_usage, plays.values()), strict=True):
            if name in _TARGETS:
                yield from _figures_of(name, usage)
            else:
                yield Figure(f"write units of a session, {name}", _writes(usage), _NAMED_WRITES)


def _usage(play: Callable[[Backend], None]) -> Usage:
    with _service() as backend:
        return _metered(backend, play)[0]


def _service() -> AbstractContextManager[Backend]:
    """The template's own waits: windows of polls within one invocation count only beside a bank that takes seconds."""
    return warm_service(flinks_seconds=FLINKS_SECONDS, with_ledger=True)


def _figures_of(name: str, usage: Usage) -> Iterator[Figure]:
    targets = _TARGETS[name]
    yield Figure(f"state transitions of a session, {name}", usage.transitions, targets.transitions)
    yield Figure(f"write units of a session, {name}", _writes(usage), targets.write_units)
    yield Figure(f"write units of the counters of its bank, alone, {name}", usage.gathered_units)
    yield Figure(f"Lambda GB-seconds of a session, {name}", usage.gb_seconds)
    yield Figure(f"price of 1,000 sessions, {name}", _dollars(usage), targets.dollars, unit=_DOLLARS)
    for kind, dollars in _by_kind(usage).items():
        yield Figure(f"of it {kind}, {name}", dollars, unit=_DOLLARS)


def _by_kind(usage: Usage) -> dict[str, float]:
    """The dollars of 1,000 sessions: state transitions, Lambda, DynamoDB, all others."""
    kinds = {"state transitions": 0.0, "Lambda": 0.0, "DynamoDB": 0.0, "all others": 0.0}
    for cost in cost_of(usage):
        kind = next((kind for kind in kinds if cost.name.startswith(kind)), "all others")
        kinds[kind] += _THOUSAND * cost.dollars
    return kinds


def _metered(backend: Backend, play: Callable[[Backend], None]) -> tuple[Usage, Usage]:
    """The usage of one session, as the mean of several at once: with AWS's long task tokens, and with the engine's."""
    engine, stack = backend.service.engine, backend.service.stack
    # The first sweep of a day reads Flinks' list of institutions, which is no part of a session.
    engine.client("lambda").invoke(FunctionName=stack.resources["SweepSessionsAliaslive"], Payload=b"{}")
    meters = Meter(engine, stack), Meter(engine, stack, token_bytes=None)
    before = [meter.read() for meter in meters]
    with ThreadPoolExecutor(_SESSIONS) as sessions:
        list(sessions.map(play, [backend] * _SESSIONS))
    wait_until_idle(backend.service)
    real, as_is = ((meter.read() - earlier) / _SESSIONS for meter, earlier in zip(meters, before, strict=True))
    return real, as_is


def _open(backend: Backend, username: str, **names: str) -> str:
    """Request fresh data from a slow bank, without a key, which would cost a write unit; return the session's id."""
    bank = backend.service.simulator.bank
    login = bank.find_login(bank.add_login(username))
    login.behaviour = replace(login.behaviour, pending_seconds=BANK_SECONDS, data_pending_seconds=DATA_SECONDS)
    return str(backend.service.api.open_session(loginId=login.login_id, **names).body["sessionId"])


def _refresh(backend: Backend) -> None:
    backend.wait_for_success(_open(backend, "greatday_nomfa"))


def _refresh_unattended(backend: Backend) -> None:
    backend.wait_for_success(_open(backend, "greatday_nomfa", presence="absent"))


def _park(backend: Backend) -> None:
    """The bank asks, nobody is there, and nobody comes."""
    backend.wait_until_asked(_open(backend, "Greatday", presence="absent"))


def _refresh_named(backend: Backend) -> None:
    name = uuid4().hex[:12]
    backend.wait_for_success(_open(backend, "greatday_nomfa", userRef=f"user-{name}", correlationId=f"order-{name}"))


def _answer_later(backend: Backend) -> None:
    _reconnect(backend, _USER_SECONDS)


def _reconnect(backend: Backend, user_seconds: float) -> None:
    """A user who opens our page, loads Connect, and answers so many seconds after the bank asked."""
    session_id = _open(backend, "Greatday")
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
    """Those of the session itself. What is gathered is in the prices in full, as of a session that ends alone."""
    return usage.write_units + usage.index_units
