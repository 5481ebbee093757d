"""A batch over fakes: its bank, its ticks, and a writer that can be killed after any of its calls."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from reconnect.model.batch_run import BatchRun
from reconnect.model.failures import Failure, Owner
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.roll_up import key_of
from reconnect.model.session import WAITING, Actor, Session, Status
from reconnect.usecases.run_batch import LOCKED_FOR
from tests.fakes.builders import a_receipt
from tests.fakes.clock import NOW
from tests.unit.world import World

MAPLE, BIRCH = Institution(14, "Maple Bank"), Institution(2, "Birch Bank")
BUSY = Failure("RETRY_LATER", Owner.BANK, "bank_unavailable")
_EFFECTS = ("batches", "leases", "sessions", "logins", "workflow", "events", "batch_files", "references")


def name_of(number: int) -> str:
    """The LoginId of a login."""
    return str(UUID(int=number))


class Killed(Exception):
    """The writer is gone: none of its calls has an effect any more, not even those of its cleaning up."""


@dataclass
class Writer:
    """Kills the one who calls a port for the `last`-th time, just after that call took effect."""

    last: int | None = None
    calls: int = 0
    is_dead: bool = False

    def watch(self, port: Any) -> Any:
        """The port, as this writer calls it."""
        return _Watched(port, self)


@dataclass
class _Watched:
    port: Any
    writer: Writer

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.port, name)
        if not callable(value):
            return value

        def call(*given: Any, **named: Any) -> Any:
            if self.writer.is_dead:
                raise Killed
            answer = value(*given, **named)
            self.writer.calls += 1
            self.writer.is_dead = self.writer.calls == self.writer.last
            if self.writer.is_dead:
                raise Killed
            return answer

        return call


@dataclass
class Night:
    """A batch of logins at two banks.

    `fate`: how the sessions of a login end, one after the other; at last it succeeds. `most`: the most sessions that
    were at a bank at once.
    """

    world: World = field(default_factory=World)
    cap: int = 2
    fate: dict[str, list[Status | Failure]] = field(default_factory=dict)
    most: Counter[str] = field(default_factory=Counter)
    batch_id: str = ""

    def login(self, number: int, bank: Institution | None = MAPLE, **known: Any) -> str:
        """A login that was refreshed before, the older the lower its number."""
        login_id = name_of(number)
        refreshed = NOW - timedelta(days=100 - number)
        self.world.logins.save(replace(Login(login_id=login_id, institution=bank, last_refresh=refreshed), **known))
        return login_id

    def open(self, logins: Iterable[object], key: str | None = None, **asked: Any) -> BatchRun:
        """Open the batch, until six hours from now."""
        values = list(logins)
        name = "items" if values and isinstance(values[0], dict) else "loginIds"
        given = {"deadline": (NOW + timedelta(hours=6)).isoformat(), "maxPerInstitution": self.cap, name: values}
        run = self.world.service.open_batch({**given, **asked}, key=key)
        self.batch_id = run.batch_id
        return run

    def tick(self, writer: Writer | None = None) -> bool:
        """Run one tick, and let some time pass; return whether the batch is over. A killed writer is nobody's error."""
        ports = self.world
        if writer:
            watched = {name: writer.watch(getattr(self.world, name)) for name in _EFFECTS}
            ports = replace(self.world, **watched)
        try:
            ticked = ports.service.run_batch(self.batch_id)
        except Killed:
            self.observe()
            self.world.clock.turn(seconds=LOCKED_FOR.total_seconds() + 1)
            return False
        self.observe()
        mine = [lease for lease in self.world.leases.all() if lease.batch_id == self.batch_id]
        assert self.run.live == len(mine), "the header counts what is live"
        self.world.clock.turn(seconds=max(ticked.seconds, 1))
        return ticked.done

    def observe(self) -> None:
        """Note how many sessions are at each bank now."""
        live = Counter(
            key_of(session.institution or Institution())
            for session in self.world.sessions.all
            if not session.status.is_terminal and session.status not in WAITING
        )
        for bank, number in live.items():
            self.most[bank] = max(self.most[bank], number)

    def end_sessions(self, number: int | None = None) -> None:
        """Let the bank answer some sessions, or all, as their fates say."""
        live = [each for each in self.world.sessions.all if each.status is Status.STARTING]
        for session in live[:number]:
            self.end(session)

    def end(self, session: Session) -> None:
        """Let the bank answer one session."""
        fates = self.fate.get(session.login_id, [])
        fate = fates.pop(0) if fates else Status.SUCCEEDED
        status, failure = (Status.FAILED, fate) if isinstance(fate, Failure) else (fate, None)
        now = self.world.clock()
        started = session.move(Status.AUTHORIZING, at=now, actor=Actor.SERVICE, cause="authorize_started")
        if not status.is_terminal:
            ended = started.move(status, at=now, actor=Actor.BANK, cause="parked")
        else:
            receipt = a_receipt(last_refresh=now) if status.is_success else None
            ended = replace(started, receipt=receipt).end(
                status, at=now, cause="ended", failure=failure, event_type="SessionEnded"
            )
        self.world.sessions.save(ended)
        if status.is_terminal:
            self.world.logins.save(self.world.logins.get(session.login_id).settle(ended))

    def play(self, ticks: int = 400, killing: Callable[[int], Writer | None] = lambda _: None) -> BatchRun:
        """Tick until the batch is over, while the bank answers."""
        for number in count():
            assert number < ticks, "the batch is not over"
            if self.tick(killing(number)):
                return self.run
            self.end_sessions()
        raise AssertionError

    @property
    def run(self) -> BatchRun:
        """The batch's header."""
        return self.world.batches.get(self.batch_id)

    @property
    def opened(self) -> Counter[str]:
        """How many sessions each login has had."""
        return Counter(session.login_id for session in self.world.sessions.all)
