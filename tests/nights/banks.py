"""Two hundred banks in simulated time, and the sessions that a batch opens at them.

A session is what the workflow makes of it, in few steps: it asks the breaker, begins one live attempt, and ends or is
parked when the bank has answered. A bank that is down refuses within seconds. Shares, times and questions are
assumptions.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from reconnect.model.batch import Load
from reconnect.model.failures import Failure, Owner
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.presence import Presence
from reconnect.model.roll_up import key_of
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.usecases.ask_users import AskUsers
from reconnect.usecases.bank_breaker import BankBreaker
from reconnect.usecases.open_session import Opened
from tests.fakes.clock import Clock

# Percent of the logins at the large banks; small ones share the rest.
_SHARES = (22, 20, 13, 12, 11, 9, 4, 3, 2)
SMALL = 191
_SPREAD = 0.6
_QUESTIONS = 0.7
# One login in five belongs to somebody who has another one, at another bank.
_SHARED = 5

# Seconds: until an attempt begins, and until a bank that is down has refused one.
_BEGINS, _REFUSES = 0.6, (1.0, 5.0)
# Before each further try of a session whose bank refused it, as in reconnect.rules.pacing.
_RETRIES = (6.0, 95.0, 180.0)
_LINK_LIFETIME = timedelta(days=7)
WEEK = timedelta(days=7)


@dataclass
class Bank:
    """A bank, and its journal: the calls that it took, by login, those that it refused, and the logins that probed it.

    `mean`: of an attempt, in seconds. `down`: from when until when it refuses all.
    """

    institution: Institution
    mean: float
    down: tuple[datetime, datetime] | None = None
    taken: Counter[str] = field(default_factory=Counter)
    refused: list[datetime] = field(default_factory=list)
    live: int = 0
    ended_at: list[datetime] = field(default_factory=list)
    probed_by: list[str] = field(default_factory=list)
    seconds_above: float = 0.0
    _above_since: datetime | None = None

    def is_down(self, now: datetime) -> bool:
        """Whether it refuses now."""
        return self.down is not None and self.down[0] <= now < self.down[1]

    def change(self, by: int, now: datetime, cap: int) -> None:
        """Count a live attempt more or less."""
        if self._above_since is not None:
            self.seconds_above += (now - self._above_since).total_seconds()
        self.live += by
        self._above_since = now if self.live > cap else None


@dataclass
class _Attempt:
    """A session's login and bank, when the present attempt began, how often it was refused, since when it waits."""

    session_id: str
    login_id: str
    bank: Bank
    began_at: datetime
    refusals: int = 0
    waits_since: datetime | None = None


class Banks:
    """The banks and the sessions: both the stand-in for OpenSession and the port that reads sessions and logins."""

    def __init__(self, chance: random.Random, clock: Clock, logins: int, cap: int, small: int = SMALL) -> None:
        self._chance, self._clock, self._cap = chance, clock, cap
        self.banks = [Bank(Institution(number + 1), chance.uniform(24, 50)) for number in range(len(_SHARES) + small)]
        self.logins = {login_id: bank for bank, login_id in _spread(self.banks, logins)}
        # At most banks a question comes each time or never.
        asks = random.Random(2)  # noqa: S311 - nothing is secret here
        self.asking = {login_id for login_id in self.logins if asks.random() < _QUESTIONS}
        self.breaker: BankBreaker
        self.ask: AskUsers
        self.asked: dict[str, datetime] = {}
        self.asked_too_soon = 0
        self.sessions: dict[str, Session] = {}
        self.failed_by_bank = 0
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()

    @property
    def sick(self) -> Bank:
        """The bank that may be down: a large one."""
        return self.banks[1]

    def is_done(self, load: Load, at: datetime) -> bool:
        """Whether the bank had answered for all logins of a load by then."""
        [bank] = [each for each in self.banks if each.institution == load.institution]
        return sum(each <= at for each in bank.ended_at) == load.logins

    # The ports

    def open(self, request: OpenRequest, *, by: str, session_id: str) -> Opened:
        """Open a session, or find the one with this id."""
        if session_id not in self.sessions:
            now = self._clock()
            self.sessions[session_id] = Session(
                session_id=session_id,
                login_id=request.login_id,
                execution_name=session_id,
                status=Status.AUTHORIZING,
                created_at=now,
                link_expires_at=now + _LINK_LIFETIME,
                due_at=None,
                presence=Presence.ABSENT,
                users=frozenset({self.person(request.login_id)}),
                timeline=(TimelineEntry(now, Actor.CALLER, f"session_opened by {by}", Status.AUTHORIZING),),
            )
            attempt = _Attempt(session_id, request.login_id, self.logins[request.login_id], now)
            self._after(_BEGINS, lambda: self._begin(attempt))
        return Opened(self.sessions[session_id], joined=False)

    def get_all(self, names: Sequence[str]) -> list[Session]:
        """Read sessions."""
        return [self.sessions[name] for name in names if name in self.sessions]

    def person(self, login_id: str) -> str:
        """Whose login it is."""
        number = int(login_id[-12:])
        return f"person-{number - 1 if number % _SHARED == 1 and number > 1 else number}"

    # The time

    @property
    def next_at(self) -> datetime | None:
        """When the next thing happens at a bank."""
        return self._due[0][0] if self._due else None

    def happen(self) -> None:
        """Let it happen; the clock goes there."""
        self._clock.now, _, what = heapq.heappop(self._due)
        what()

    def _after(self, seconds: float, what: Callable[[], None]) -> None:
        self._at(self._clock() + timedelta(seconds=seconds), what)

    def _at(self, at: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at, next(self._number), what))

    # A session

    def _begin(self, attempt: _Attempt) -> None:
        bank, now = attempt.bank, self._clock()
        health = self.breaker(bank.institution, attempt.session_id, begins=True)
        if health is not None:
            attempt.waits_since = attempt.waits_since or now
            jitter = self._chance.random()
            at = self.breaker.rule.try_at(health, attempt.waits_since, now, is_attended=False, jitter=jitter)
            self._wait(attempt, at)
            self._at(max(at, now + timedelta(seconds=1)), lambda: self._begin(attempt))
            return
        if bank is self.sick and self.breaker.bank_healths.get(key_of(bank.institution)).prober:
            bank.probed_by.append(attempt.login_id)
        self._wait(attempt, None)
        attempt.began_at = now
        bank.change(1, now, self._cap)
        if bank.is_down(now):
            bank.refused.append(now)
            self._after(self._chance.uniform(*_REFUSES), lambda: self._refuse(attempt))
            return
        bank.taken[attempt.login_id] += 1
        self._after(took(self._chance, bank.mean), lambda: self._answer(attempt))

    def _wait(self, attempt: _Attempt, until: datetime | None) -> None:
        session = self.sessions[attempt.session_id]
        if session.bank_back_at != until:
            self.sessions[attempt.session_id] = replace(session, bank_back_at=until)

    def _refuse(self, attempt: _Attempt) -> None:
        bank, now = attempt.bank, self._clock()
        bank.change(-1, now, self._cap)
        health = self.breaker.report(bank.institution, attempt.session_id, attempt.began_at, failed=True)
        if health is not None and health.opened_at is not None:
            self._begin_again(attempt, 1.0)
            return
        attempt.refusals += 1
        if attempt.refusals > len(_RETRIES):
            self.failed_by_bank += 1
            self._end(attempt, Status.FAILED, Failure("RETRY_LATER", Owner.BANK, "bank_unavailable"))
            return
        self._begin_again(attempt, _RETRIES[attempt.refusals - 1])

    def _begin_again(self, attempt: _Attempt, seconds: float) -> None:
        self._after(seconds, lambda: self._begin(attempt))

    def _answer(self, attempt: _Attempt) -> None:
        bank, now = attempt.bank, self._clock()
        bank.change(-1, now, self._cap)
        self.breaker.report(bank.institution, attempt.session_id, attempt.began_at, failed=False)
        bank.ended_at.append(now)
        if attempt.login_id not in self.asking:
            self._end(attempt, Status.SUCCEEDED, None)
            return
        self._end(attempt, Status.AWAITING_CLICK, None)
        self._ask(attempt.session_id)

    def _end(self, attempt: _Attempt, status: Status, failure: Failure | None) -> None:
        session, now = self.sessions[attempt.session_id], self._clock()
        cause = "parked" if status is Status.AWAITING_CLICK else status.value
        entry = TimelineEntry(now, Actor.SERVICE, cause, status)
        self.sessions[attempt.session_id] = replace(
            session, status=status, failure=failure, timeline=(*session.timeline, entry)
        )

    def _ask(self, session_id: str) -> None:
        """Ask the user, or later, as the sweeper does."""
        session, now = self.sessions[session_id], self._clock()
        if now >= session.link_expires_at:
            return
        if (hold := self.ask(session, now)) is not None:
            self._at(hold.until, lambda: self._ask(session_id))
            return
        person = self.person(session.login_id)
        before = self.asked.get(person)
        self.asked_too_soon += before is not None and now - before < WEEK
        self.asked[person] = now


class KnownLogins:
    """The port that reads logins: all are known, with their banks. Who was asked in vain has older data."""

    def __init__(self, banks: Banks, now: datetime) -> None:
        self._banks, self._now = banks, now

    def get(self, login_id: str) -> Login:
        is_alone = login_id not in self._banks.asking
        return Login(
            login_id=login_id,
            version=1,
            institution=self._banks.logins[login_id].institution,
            last_refresh=self._now - (timedelta(days=1) if is_alone else 2 * WEEK),
            succeeds_alone=is_alone,
        )

    def get_all(self, login_ids: Sequence[str]) -> list[Login]:
        return [self.get(login_id) for login_id in login_ids]


def took(chance: random.Random, mean: float) -> float:
    """How long an attempt takes, in seconds: lognormal, with this mean."""
    return mean * chance.lognormvariate(-_SPREAD * _SPREAD / 2, _SPREAD)


def _spread(banks: list[Bank], logins: int) -> Iterator[tuple[Bank, str]]:
    """Give each bank its share of the logins, mixed."""
    large = [logins * share // 100 for share in _SHARES]
    left = logins - sum(large)
    others = len(banks) - len(large)
    small = [left // others + (number < left % others) for number in range(others)]
    owners = [bank for bank, number in zip(banks, [*large, *small], strict=True) for _ in range(number)]
    random.Random(1).shuffle(owners)  # noqa: S311 - nothing is secret here
    for number, bank in enumerate(owners):
        yield bank, f"00000000-0000-4000-8000-{number:012}"
