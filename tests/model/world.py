"""The whole service in one process: real handlers, real service, real definition; time, Flinks and AWS are models.

Nothing happens by itself: a test runs functions, moves the clock, loses calls and kills functions.
"""

import importlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count as numbers
from typing import Any

from reconnect.model.errors import (
    FlinksUnavailable,
    PublishFailed,
    RequestNotKept,
    ResultNotStored,
    StoreUnavailable,
    WorkflowUnavailable,
)
from reconnect.model.session import Session, Status
from reconnect.model.signing import Keys
from reconnect.ports import InParallel
from reconnect.runtime import observability
from reconnect.runtime.aws import install
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings
from tests.fakes.at_once import one_after_another
from tests.fakes.bank_healths import FakeBankHealths
from tests.fakes.batches import FakeBatches
from tests.fakes.budgets import FakeBudgets
from tests.fakes.builders import IDEMPOTENCY_KEY, SIGNING_KEY, WEBHOOK_SECRET
from tests.fakes.clock import Clock
from tests.fakes.contacts import FakeContacts
from tests.fakes.delay_queue import FakeDelayQueue
from tests.fakes.directories import FakeDirectories
from tests.fakes.events import FakeEvents
from tests.fakes.feeds import FakeFeed
from tests.fakes.keys import FakeKeys
from tests.fakes.references import FakeReferences
from tests.fakes.results import FakeResults
from tests.fakes.roll_ups import FakeRollUps
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.model.bank import Bank
from tests.model.checks import Checks
from tests.model.endpoints import Endpoints
from tests.model.ledger import Caller
from tests.model.machine import Execution, Machine
from tests.model.owed import Owed
from tests.model.scheduling import Faults, Invocation, Port, Scheduler
from tests.model.truth import Truth
from tests.template.template import FUNCTIONS, TEMPLATE, environment, snake, timeout_of

_TICK = timedelta(milliseconds=1)
_SWEEP = timedelta(minutes=1)
# The sweeper checks a session a quarter of an hour after its last progress.
_A_WHILE = 17 * 60
_TOO_MANY = 50_000


_ERRORS: dict[str, type[Exception]] = {
    "sessions": StoreUnavailable,
    "logins": StoreUnavailable,
    "claims": StoreUnavailable,
    "contacts": StoreUnavailable,
    "budgets": StoreUnavailable,
    "bank_healths": StoreUnavailable,
    "flinks": FlinksUnavailable,
    "workflow": WorkflowUnavailable,
    "events": PublishFailed,
    "delay_queue": RequestNotKept,
    "results": ResultNotStored,
}


class World:
    """One world, installed with `installed()`; `checks` checks what must be true at every moment.

    `polls_renew`: whether our polls keep an attempt alive, which Flinks does not document. `settings`: environment
    variables that differ from the template's defaults.
    """

    def __init__(self, *, polls_renew: bool = True, **settings: str) -> None:
        self.settings = {**_SETTINGS, **settings}
        self.clock = Clock()
        self.checks = Checks(self)
        self.truth = Truth(self)
        self.owed = Owed(self)
        self.scheduler = Scheduler(self._tick)
        self.faults = Faults(_ERRORS)
        self.logins = FakeLogins()
        self.sessions = FakeSessions(self.logins)
        self.references = FakeReferences()
        self.claims = FakeClaims(self.clock)
        self.contacts = FakeContacts()
        self.budgets = FakeBudgets()
        self.directories = FakeDirectories()
        self.bank_healths = FakeBankHealths()
        self.roll_ups = FakeRollUps()
        self.feed = FakeFeed()
        self.signing_keys = FakeKeys(SIGNING_KEY)
        self.webhook_keys = FakeKeys(WEBHOOK_SECRET.encode())
        self.events = FakeEvents()
        self.delay_queue = FakeDelayQueue(self.clock)
        self.results = FakeResults()
        self.bank = Bank(self.clock, self.checks.starts, polls_renew=polls_renew, caller=self._caller, wait=self._wait)
        self.machine = Machine(self)
        self.endpoints = Endpoints(self)
        self.invocations: list[Invocation] = []
        # For the next run of a function: after how many calls it is held, or killed, and under which error name. Three
        # states call build_connect_url; await_click and park are the names for AwaitClick and Park.
        self.holds: dict[str, int] = {}
        self.kills: dict[str, tuple[int, str]] = {}
        # The call, and whether the next run is held before or after it.
        self.stops: dict[str, tuple[str, str]] = {}
        # The same as `kills`, by the number of a run.
        self.deaths: dict[int, tuple[int, str]] = {}
        self.broken: list[Execution] = []
        self.reports_broken = True
        self.sweeps = True
        # Since when the sweeper has run without a break.
        self.sweeps_since = self.clock.now
        # When something was last lost, killed, stopped or held.
        self.troubled_at = self.clock.now
        self.delivered = 0
        self._timers: list[tuple[datetime, int, list[Callable[[], None]]]] = []
        self._order = numbers()
        self._fired = 0

    # What the machine needs from the world

    def now(self) -> datetime:
        return self.clock.now

    def report(self, violation: str) -> None:
        self.checks.violated(violation)

    def after(self, seconds: float, act: Callable[[], None]) -> Callable[[], None]:
        """Schedule an action, and return a function that cancels it."""
        todo = [act]
        heappush(self._timers, (self.clock.now + timedelta(seconds=seconds), next(self._order), todo))
        return todo.clear

    def invoke(self, function: str, payload: Any, on_end: Callable[[Invocation], None]) -> Invocation:
        """Queue a run of a function."""
        event = json.loads(json.dumps(payload)) if function != "deliver_events" else payload
        handler = _handler(function)

        def work() -> Any:
            return json.loads(json.dumps(handler(event, None)))

        def ended(run: Invocation) -> None:
            self.checks.ended(run)
            on_end(run)

        invocation = Invocation(len(self.invocations), function, work, ended, event, self.clock.now)
        step = _step_of(function, event)
        invocation.stop_at, invocation.stop = self.holds.pop(step, None), self.stops.pop(step, None)
        if step in self.kills:
            invocation.kill_at, invocation.kill_name = self.kills.pop(step)
        if invocation.number in self.deaths:
            invocation.kill_at, invocation.kill_name = self.deaths[invocation.number]
        self.invocations.append(invocation)
        self.scheduler.add(invocation)
        self.after(_TIMEOUTS[function], lambda: self.scheduler.kill(invocation, "Sandbox.Timedout"))
        return invocation

    def known(self, session_id: str) -> Session:
        """Return a session as last written, even if its record is gone."""
        return self.checks.last_written[session_id]

    def live(self, *statuses: Status) -> list[Session]:
        """Return the sessions that have not ended, in one of these statuses if any are given."""
        live = [session for session in self.sessions.all if not session.status.is_terminal]
        return [session for session in live if not statuses or session.status in statuses]

    def execution_broke(self, execution: Execution) -> None:
        """Report the status change to the default bus, unless that is switched off."""
        if self.reports_broken:
            self.endpoints.report_broken(execution)
        else:
            self.broken.append(execution)

    # Time

    def settle(self) -> None:
        """Run everything that can run at this moment."""
        self.scheduler.settle()

    def pass_time(self, seconds: float) -> None:
        """Let time pass; timers fire when due, and the sweeper runs every minute."""
        end = self.clock.now + timedelta(seconds=seconds)
        self.settle()
        while True:
            at = min(filter(None, (self._next_timer(), self._next_sweep())), default=None)
            if at is None or at > end:
                break
            self.clock.now = max(self.clock.now, at)
            if self._timers and self._timers[0][0] <= self.clock.now:
                for act in list(heappop(self._timers)[2]):
                    act()
            else:
                self._swept_at = self.clock.now
                self.endpoints.sweep()
            self.settle()
            self._fired += 1
            assert self._fired < _TOO_MANY, "endless loop of timers"
        self.clock.now = max(self.clock.now, end)

    def sweeper(self, *, sweeps: bool) -> None:
        """Switch the sweeper on or off."""
        self.sweeps, self.sweeps_since = sweeps, self.clock.now

    def calm(self) -> None:
        """End all trouble: nothing is held, killed or lost from here on, and the sweeper runs."""
        self.holds.clear()
        self.stops.clear()
        self.kills.clear()
        self.faults.planned.clear()
        self.reports_broken = True
        if not self.sweeps:
            self.sweeper(sweeps=True)
        for invocation in list(self.scheduler.held):
            if invocation in self.scheduler.held:
                self.scheduler.release(invocation)
                self.settle()
        self.settle()

    def run_out(self) -> None:
        """Run without trouble until every link has ended and every event is delivered, with the final checks."""
        self.calm()
        self.pass_time(_A_WHILE)
        self.checks.after_a_while()
        self.checks.assert_kept()
        # Those of erased sessions too: an execution that could not be woken sees the end when its wait is over.
        links = [session.link_expires_at for session in self.checks.last_written.values()]
        left = max(links, default=self.clock.now) - self.clock.now + timedelta(hours=2)
        self.pass_time(max(3600.0, left.total_seconds()))
        while self.endpoints.deliver():
            self.settle()
        self.checks.at_the_end()

    def _next_timer(self) -> datetime | None:
        while self._timers and not self._timers[0][2]:
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    _swept_at: datetime | None = None

    def _next_sweep(self) -> datetime | None:
        """Return when the sweeper next has something to do."""
        due = [session.due_at for session in self.sessions.all if session.due_at]
        if not self.sweeps or not due:
            return None
        earliest = max(min(due), self.clock.now)
        if self._swept_at is not None:
            earliest = max(earliest, self._swept_at + _SWEEP)
        return earliest

    def _tick(self) -> datetime:
        self.clock.now += _TICK
        return self.clock.now

    def _caller(self) -> Caller:
        """Return who makes the current call."""
        run, now = self.scheduler.current, self.clock.now
        if run is None:
            return Caller("unknown", 0, -1, now, now)
        session_id, attempt = run.given.get("sessionId", "unknown"), run.given.get("attempt", 0)
        return Caller(session_id, attempt, run.number, run.began_at or now, run.called_at or now)

    def _wait(self, seconds: float) -> None:
        """Suspend the calling run for so many seconds; the world goes on."""
        run = self.scheduler.current
        if run is not None and seconds > 0:
            self.after(seconds, lambda: self.scheduler.awake(run))
            self.scheduler.sleep()

    # The service in this world

    def installed(self) -> Callable[[], None]:
        """Install this world as the handlers' ports, and return the function that removes it."""
        targets = {
            "sessions": self.checks.watching(self.sessions),
            "references": self.references,
            "logins": self.logins,
            "claims": self.claims,
            "contacts": self.contacts,
            "budgets": self.budgets,
            "directories": self.directories,
            "bank_healths": self.bank_healths,
            "roll_ups": self.roll_ups,
            "feed": self.feed,
            "flinks": self.bank,
            "workflow": self.machine,
            "events": self.events,
            "delay_queue": self.delay_queue,
            "results": self.results,
        }
        ports: dict[str, Any] = {
            name: Port(name, target, self.scheduler, self.faults) for name, target in targets.items()
        }
        names = numbers(1)
        install(
            Service(
                WorldPorts(
                    clock=self.clock,
                    new_id=lambda: f"session{next(names)}",
                    pause=self._wait,
                    signing_keys=self.signing_keys,
                    webhook_keys=self.webhook_keys,
                    **ports,
                ),
                Settings.from_env(self.settings),
            )
        )
        loggers = (observability.logger, observability.audit_logger)
        levels = [each.log_level for each in loggers]
        for each in loggers:
            each.setLevel("CRITICAL")

        def leave() -> None:
            install(None)
            for each, level in zip(loggers, levels, strict=True):
                each.setLevel(level)

        return leave


@dataclass(frozen=True)
class WorldPorts:
    """The port `Ports` of a world: every call of a store, of Flinks or of AWS is a point of the scheduler."""

    clock: Clock
    new_id: Callable[[], str]
    pause: Callable[[float], None]
    sessions: Any
    references: Any
    logins: Any
    claims: Any
    contacts: Any
    budgets: Any
    directories: Any
    bank_healths: Any
    roll_ups: Any
    feed: Any
    flinks: Any
    workflow: Any
    events: Any
    delay_queue: Any
    results: Any
    signing_keys: Keys
    webhook_keys: Keys
    batches: Any = field(default_factory=FakeBatches)
    leases: Any = None
    batch_files: Any = None
    batch_runs: Any = None
    new_report: Any = None
    jitter: Callable[[], float] = random.random
    in_parallel: InParallel = one_after_another
    idempotency_key: Callable[[], bytes] = lambda: IDEMPOTENCY_KEY

    def count(self, name: str, **dimensions: str) -> None:
        """Count nothing."""

    def measure(self, name: str, seconds: float, **facts: str) -> None:
        """Measure nothing."""

    def read_image(self, image: Mapping[str, Any]) -> Session:
        """Return the session in an image of the world's stream."""
        session: Session = image["session"]
        return session


def _step_of(function: str, event: Any) -> str:
    if function != "build_connect_url" or {"outcome", "taskToken"} <= event.keys():
        return function
    return "await_click" if "taskToken" in event else "park"


def _handler(function: str) -> Callable[[Any, Any], Any]:
    """Return the handler without its logging and metrics decorators."""
    handler: Callable[[Any, Any], Any] = importlib.import_module(f"functions.{function}.app").lambda_handler
    return handler.__wrapped__.__wrapped__.__wrapped__  # type: ignore[attr-defined,no-any-return]


def _settings() -> dict[str, str]:
    """Return every function's environment variables with the template's defaults."""
    parameters = TEMPLATE["Parameters"]
    named = {name: value for function in FUNCTIONS for name, value in environment(function).items()}
    defaults = {name: str(parameters[value].get("Default", "")) for name, value in named.items() if value in parameters}
    addresses = {
        "PUBLIC_BASE_URL": "https://api.test",
        "FLINKS_CONNECT_BASE_URL": "https://connect.test",
        "FLINKS_API_BASE_URL": "https://flinks.test",
        "FLINKS_CUSTOMER_ID": "a-customer",
    }
    return {**dict.fromkeys(named, "x"), **defaults, **addresses}


_SETTINGS = _settings()
_TIMEOUTS: dict[str, float] = {snake(name): timeout_of(name) for name in FUNCTIONS}
