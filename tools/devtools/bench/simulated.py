"""A world in simulated time for the admission figure: the real use cases over memory, and a bank that throttles."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count as numbers
from typing import Any

from greenlet import getcurrent, greenlet

from reconnect.model.bank_health import BankHealth
from reconnect.model.budget import Budget
from reconnect.model.login import Login
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Account
from reconnect.model.session import Session

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
# Half of the time between a request and its reply.
_WAY_SECONDS = 0.15


class Time:
    """Simulated time. What runs in it sleeps; nothing else takes time."""

    def __init__(self) -> None:
        self.now = _BEGIN
        self._hub = getcurrent()
        self._due: list[tuple[datetime, int, greenlet]] = []
        self._order = numbers()

    def __call__(self) -> datetime:
        return self.now

    @property
    def seconds(self) -> float:
        """The seconds since the begin."""
        return (self.now - _BEGIN).total_seconds()

    def begin(self, act: Callable[[], None]) -> None:
        """Start to act now."""
        self._put(greenlet(act, self._hub), 0)

    def sleep(self, seconds: float) -> None:
        """Let the caller go on after so many seconds."""
        self._put(getcurrent(), seconds)
        self._hub.switch()

    def run(self) -> None:
        """Run until nothing is left to do."""
        while self._due:
            self.now, _, sleeper = heappop(self._due)
            sleeper.switch()

    def _put(self, sleeper: greenlet, seconds: float) -> None:
        heappush(self._due, (self.now + timedelta(seconds=seconds), next(self._order), sleeper))


@dataclass
class Visit:
    """What the bank knows of one login: since when an attempt runs, when it is done, and when the data is ready."""

    refreshed_at: datetime
    done_at: datetime | None = None
    ready_at: datetime | None = None


class Bank:
    """The port `Flinks` over a bank that takes `rate` requests a second, and at most a second's worth at once.

    It needs 2 to 20 seconds for an attempt and up to 15 for the data.
    """

    def __init__(self, time: Time, rate: float, chance: random.Random) -> None:
        self._time, self._rate, self._chance = time, rate, chance
        self._tokens, self._filled_at = rate, 0.0
        self._visits: dict[str, Visit] = {}
        self.asked = self.refused = 0

    def generate_authorize_token(self) -> str | FlinksReply:
        return self._token()

    def start_authorize(self, login_id: str, _token: str) -> FlinksReply:
        def begin() -> FlinksReply:
            self._visit(login_id).done_at = self._in(2, 20)
            return FlinksReply(202, code="OPERATION_PENDING", request_id=login_id)

        return self._answer(begin)

    def read_authorize(self, request_id: str) -> FlinksReply:
        def status() -> FlinksReply:
            visit = self._visit(request_id)
            if visit.done_at is None or visit.done_at > self._time.now:
                return FlinksReply(202, code="OPERATION_PENDING", request_id=request_id)
            return FlinksReply(200, request_id=request_id)

        return self._answer(status)

    def cached_authorize(self, login_id: str) -> FlinksReply:
        token = self._token()
        if isinstance(token, FlinksReply):
            return token

        def stored() -> FlinksReply:
            visit = self._visit(login_id)
            if visit.done_at is not None and visit.done_at <= self._time.now:
                visit.refreshed_at, visit.ready_at = visit.done_at, visit.ready_at or self._in(0, 15)
            return FlinksReply(200, request_id=login_id, last_refresh=visit.refreshed_at)

        return self._answer(stored)

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        return self._answer(lambda: self._data(request_id))

    def get_accounts_detail(self, request_id: str, _options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
        return self._answer(lambda: self._data(request_id))

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        return self._answer(lambda: self._data(request_id))

    def delete_card(self, _login_id: str) -> FlinksReply:
        return FlinksReply(200)

    def get_institutions(self, _seconds: float) -> FlinksReply:
        return FlinksReply(404)

    def _data(self, request_id: str) -> FlinksReply:
        visit = self._visit(request_id)
        if visit.ready_at is None or visit.ready_at > self._time.now:
            return FlinksReply(202, code="OPERATION_PENDING", request_id=request_id)
        account = Account(account_id="an-account", transaction_count=1)
        return FlinksReply(200, last_refresh=visit.refreshed_at, accounts=(account,), document=b"{}")

    def _token(self) -> str | FlinksReply:
        reply = self._answer(lambda: FlinksReply(200))
        return reply if reply.code else "a-token"

    def _answer(self, work: Callable[[], FlinksReply]) -> FlinksReply:
        self._time.sleep(_WAY_SECONDS)
        reply = work() if self._takes_one() else FlinksReply(401, code="TOO_MANY_REQUESTS")
        self._time.sleep(_WAY_SECONDS)
        return reply

    def _takes_one(self) -> bool:
        seconds = self._time.seconds
        self._tokens = min(self._rate, self._tokens + self._rate * (seconds - self._filled_at))
        self._filled_at = seconds
        self.asked += 1
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        return True

    def _visit(self, login_id: str) -> Visit:
        return self._visits.setdefault(login_id, Visit(_BEGIN - timedelta(days=2)))

    def _in(self, least: float, most: float) -> datetime:
        return self._time.now + timedelta(seconds=self._chance.uniform(least, most))


class Memory:
    """The ports `Sessions` and `Results`, as far as sessions without a question use them."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    @property
    def all(self) -> list[Session]:
        """Every session."""
        return list(self._sessions.values())

    def get(self, session_id: str) -> Session:
        return self._sessions[session_id]

    def save(self, session: Session) -> Session:
        saved = replace(session, version=session.version + 1, event_type=None)
        self._sessions[session.session_id] = saved
        return saved

    def keep(self, session_id: str, result_id: str, document: bytes) -> None:
        """Documents are not the figure's subject."""


class FreeLogins:
    """The port `Logins`: each login has one session."""

    def get(self, login_id: str) -> Login:
        return Login(login_id=login_id)

    def save(self, login: Login) -> Login:
        return login


class Budgets:
    """The port `Budgets`. Without `is_kept`, nothing is ever written, as if there were no budget."""

    def __init__(self, *, is_kept: bool) -> None:
        self._is_kept = is_kept
        self._budget: Budget | None = None
        self.writes = 0

    def get(self) -> Budget | None:
        return self._budget

    def save(self, before: Budget | None, after: Budget) -> Budget | None:
        if not self._is_kept:
            return after
        now, self.writes = self._budget, self.writes + 1
        if before is None or now is None:
            self._budget = replace(after, version=1) if before is now else now
            return self._budget if before is now else None
        queued, ahead = after.queued - before.queued, after.ahead - before.ahead
        is_same_clock = replace(after, queued=before.queued, ahead=before.ahead) == before
        if not is_same_clock and now.version != before.version:
            return None
        kept = now if is_same_clock else replace(after, version=now.version + 1)
        self._budget = replace(kept, queued=now.queued + queued, ahead=now.ahead + ahead)
        return self._budget


class Healths:
    """The port `BankHealths`; only one function runs at a time."""

    def __init__(self) -> None:
        self._records: dict[str, BankHealth] = {}

    def get(self, key: str) -> BankHealth:
        return self._records.get(key, BankHealth(key=key))

    peek = get

    def get_all(self, keys: Sequence[str]) -> list[BankHealth]:
        return [self._records[key] for key in keys if key in self._records]

    def save(self, health: BankHealth) -> bool:
        self._records[health.key] = health
        return True


class SimulatedPorts:
    """The port `Ports`, as far as the workflow's steps use it."""

    references: Any = None
    claims: Any = None
    contacts: Any = None
    workflow: Any = None
    events: Any = None
    delay_queue: Any = None
    signing_keys: Any = None
    idempotency_key: Any = None
    directories: Any = None
    roll_ups: Any = None
    batches: Any = None
    leases: Any = None
    batch_files: Any = None
    batch_runs: Any = None
    new_report: Any = None
    feed: Any = None
    webhook_keys: Any = None
    read_image: Any = None
    in_parallel: Any = None

    def __init__(self, time: Time, bank: Bank, chance: random.Random, *, has_budget: bool) -> None:
        self.clock, self.flinks, self._chance = time, bank, chance
        self.pause = time.sleep
        self.budgets = Budgets(is_kept=has_budget)
        self.bank_healths: Any = Healths()
        self.sessions: Any = Memory()
        self.results: Any = self.sessions
        self.logins: Any = FreeLogins()

    def jitter(self) -> float:
        return self._chance.random()

    def new_id(self) -> str:
        return f"{self._chance.getrandbits(128):032x}"

    def count(self, name: str, **dimensions: str) -> None:
        """Metrics are not the figure's subject."""

    def measure(self, name: str, seconds: float, **facts: str) -> None:
        """Nor are durations."""
