"""One night: the real use cases of batches over simulated banks, a writer that is killed, a bank that is down."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from reconnect.model.batch import Load, Plan, Window
from reconnect.model.batch_run import BatchStatus
from reconnect.rules.batch_plan import ASSUMED_ATTEMPT, learn, plan_batch
from reconnect.runtime.service import Service
from reconnect.usecases.bank_breaker import BankBreaker
from reconnect.usecases.run_batch import Ticked
from tests.fakes.clock import Clock
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings
from tests.nights.banks import SMALL, Banks, KnownLogins, took

MIDNIGHT = datetime.fromisoformat("2026-03-14T04:00:00+00:00")
CAP, DEADLINE, TICK = 60, timedelta(hours=6), timedelta(seconds=5)
# Hours of a night of 100,000 logins; one of fewer logins is shorter. When a bank goes down and is back, and the pauses.
WHOLE = 100_000
OUTAGE = (1.0, 2.0)
_PAUSES = ((0.5, 0.6), (2.2, 2.35))
_PART = 1000
_FEW_SMALL = 3
# As many of a bank's last sessions as a plan reads.
_SAMPLES = 20
# Seconds from a tick's end to the next one's begin, besides what it asks for; and until a killed one is repeated.
_STARTS, _REPEATED = 0.4, 2.0
_CALLS_BETWEEN_KILLS = 4000


class Killed(BaseException):
    """The function that runs a tick is killed."""


@dataclass
class Mortal:
    """A port whose caller is killed just before or just after some of its calls."""

    port: Any
    life: "Life"

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.port, name)

        def called(*arguments: Any, **more: Any) -> Any:
            is_last = self.life.is_over()
            if is_last and self.life.chance.random() < 0.5:
                raise Killed
            made = call(*arguments, **more)
            if is_last:
                raise Killed
            return made

        return called if callable(call) else call


@dataclass
class Life:
    """How many calls are left until the next kill, and how many kills are."""

    chance: random.Random
    kills_left: int
    calls_left: int = 0

    def __post_init__(self) -> None:
        self._go_on()

    def is_over(self) -> bool:
        """Count a call; whether the caller is killed at it."""
        self.calls_left -= 1
        if self.calls_left or not self.kills_left:
            return False
        self.kills_left -= 1
        self._go_on()
        return True

    def _go_on(self) -> None:
        self.calls_left = self.chance.randrange(1, 2 * _CALLS_BETWEEN_KILLS)


@dataclass(frozen=True)
class Night:
    """What a night came to. `took`: until the batch was finished, without its pauses; `totals`: of its header."""

    plan: Plan
    took: timedelta
    banks: Banks
    totals: dict[str, int]
    is_finished: bool
    kills: int

    @property
    def error(self) -> float:
        """By which part of itself the night's length was predicted wrongly."""
        return abs((self.plan.ends_at - self.plan.window.start_at) / self.took - 1)


@dataclass
class _Clockwork:
    """Plays banks and ticks in the order of their times."""

    clock: Clock
    banks: Banks
    service: Service
    tick: Callable[[str], Ticked]
    steering: list[tuple[datetime, Callable[[str], object]]] = field(default_factory=list)

    def play(self, batch_id: str) -> None:
        """Play until the batch is over."""
        tick_at = self.clock.now
        while True:
            if (due := self.banks.next_at) is not None and due <= tick_at:
                self.banks.happen()
                continue
            self.clock.now = tick_at
            while self.steering and self.steering[0][0] <= tick_at:
                self.steering.pop(0)[1](batch_id)
            try:
                ticked = self.tick(batch_id)
            except Killed:
                tick_at += timedelta(seconds=_REPEATED)
                continue
            if ticked.done:
                return
            tick_at += timedelta(seconds=ticked.seconds + _STARTS)


def play(seed: int, logins: int, *, kills: int = 0, is_paused: bool = False, has_outage: bool = False) -> Night:
    """Plan a night, then play it to its end, and until each user was asked. All chance depends on the seed alone."""
    plan, banks, clock = _planned(seed, logins, Window(MIDNIGHT, MIDNIGHT + DEADLINE, CAP))
    hour = timedelta(hours=logins / WHOLE)
    if has_outage:
        begin, end = OUTAGE
        banks.sick.down = (MIDNIGHT + begin * hour, MIDNIGHT + end * hour)
    life = Life(random.Random(seed + 1000), kills)  # noqa: S311
    service, tick = _service(banks, clock, life)
    clockwork = _Clockwork(clock, banks, service, tick, _steering(service, hour) if is_paused else [])
    # The batch's own deadline is far away, so that the night's length can be compared with the plan's.
    batch_id = _open(service, list(banks.logins), Window(MIDNIGHT, MIDNIGHT + 6 * DEADLINE, CAP))
    clockwork.play(batch_id)
    took = clock.now - MIDNIGHT - (sum(end - begin for begin, end in _PAUSES) * hour if is_paused else timedelta())
    run = service.ports.batches.get(batch_id)
    while banks.next_at is not None:
        banks.happen()
    totals = {name: run.total(name) for name in ("open", "live", "parked", "ended", "succeeded", "not_started")}
    return Night(plan, took, banks, totals, run.status is BatchStatus.FINISHED, kills - life.kills_left)


def plan_reduced(seed: int, logins: int, window: Window) -> Plan:
    """Plan the same night only."""
    return _planned(seed, logins, window, is_reduced=True)[0]


def _planned(seed: int, logins: int, window: Window, *, is_reduced: bool = False) -> tuple[Plan, Banks, Clock]:
    """`is_reduced`: the night stands for a whole one. Its small banks are few, because they only cost time."""
    chance, clock = random.Random(seed), Clock(MIDNIGHT)  # noqa: S311 - nothing is secret here
    banks = Banks(chance, clock, logins, window.cap, _FEW_SMALL if is_reduced else SMALL)
    return _plan(banks, chance, window, WHOLE // logins if is_reduced else 1), banks, clock


def play_reduced(seed: int, logins: int, window: Window) -> tuple[Plan, Banks]:
    """Plan a reduced night, and play it with its own deadline, at which the batch begins no more."""
    plan, banks, clock = _planned(seed, logins, window, is_reduced=True)
    service, tick = _service(banks, clock, Life(random.Random(seed), 0))  # noqa: S311
    _Clockwork(clock, banks, service, tick).play(_open(service, list(banks.logins), window))
    return plan, banks


def _steering(service: Service, hour: timedelta) -> list[tuple[datetime, Callable[[str], object]]]:
    return [
        (MIDNIGHT + at * hour, steer)
        for begin, end in _PAUSES
        for at, steer in ((begin, service.steer_batch.pause), (end, service.steer_batch.resume))
    ]


def _plan(banks: Banks, chance: random.Random, window: Window, scale: int = 1) -> Plan:
    """A plan from sessions of the nights before, of as many logins by `scale`: as many sessions are known."""
    counts: dict[int, int] = {}
    for bank in banks.logins.values():
        counts[bank.institution.id or 0] = counts.get(bank.institution.id or 0, 0) + 1
    loads = []
    for bank in banks.banks:
        number = counts.get(bank.institution.id or 0, 0)
        if number:
            known = min(scale * number, _SAMPLES) * max(1, scale * number // _PART)
            before = [timedelta(seconds=took(chance, bank.mean)) for _ in range(known)]
            loads.append(Load(bank.institution, number, *learn(before, ASSUMED_ATTEMPT, TICK)))
    return plan_batch(loads, window)


def _service(banks: Banks, clock: Clock, life: Life) -> tuple[Service, Callable[[str], Ticked]]:
    ports = FakePorts(clock=clock)
    ports.sessions, ports.logins = banks, KnownLogins(banks, MIDNIGHT)  # type: ignore[assignment]
    service = Service(ports, a_settings())
    nothing: Callable[..., None] = lambda *_, **__: None  # noqa: E731
    banks.breaker = BankBreaker(
        bank_healths=ports.bank_healths, rule=service.settings.breaker(), clock=clock, count=nothing, measure=nothing
    )
    banks.ask = service._ask_users
    run = service.run_batch
    batches, leases = Mortal(ports.batches, life), Mortal(ports.leases, life)
    begin = replace(run.admit.begin, batches=batches, leases=leases, open=banks.open)
    return service, replace(
        run,
        batches=batches,
        leases=leases,
        settle=replace(run.settle, batches=batches, leases=leases),
        admit=replace(run.admit, batches=batches, begin=begin),
    )


def _open(service: Service, login_ids: list[str], window: Window) -> str:
    """Open a batch with all logins, a thousand in a request."""
    parts = [login_ids[at : at + _PART] for at in range(0, len(login_ids), _PART)]
    terms = {"deadline": window.deadline.isoformat(), "maxPerInstitution": window.cap}
    run = service.open_batch({**terms, "loginIds": parts[0], "moreItems": len(parts) > 1}, key="night")
    for number, part in enumerate(parts[1:], 2):
        service.open_batch.add(run.batch_id, {"loginIds": part, "moreItems": number < len(parts)})
    return run.batch_id
