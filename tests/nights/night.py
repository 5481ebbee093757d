"""One night: the real use cases of batches over simulated banks, with a writer that is killed and a bank that is down."""

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
from tests.fakes.clock import Clock
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings
from tests.nights.banks import Banks, KnownLogins, took

CAP = 60
_MIDNIGHT = datetime.fromisoformat("2026-03-14T04:00:00+00:00")
HOURS = 6
_PART = 1000
# As many of a bank's last sessions as a plan reads.
_SAMPLES = 20
# Seconds from one tick's end to the next one's begin, besides what it asks for; and until a killed one is repeated.
_STARTS, _REPEATED = 0.4, 2.0
# The bank that is down, from an hour after the beginning, for an hour.
_SICK, _HOUR = 1, timedelta(hours=1)
_PAUSES = ((0.5, 0.1), (2.2, 0.15))


class Killed(BaseException):
    """The function that runs a tick is killed."""


@dataclass
class Mortal:
    """A port whose caller is killed just before or just after one of the next calls. `calls_left`: None: it lives."""

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
    """How many calls the present tick has left."""

    chance: random.Random
    calls_left: int | None = None
    kills: int = 0

    def is_over(self) -> bool:
        """Count a call; whether it is the last one."""
        if self.calls_left is None:
            return False
        self.calls_left -= 1
        if self.calls_left > 0:
            return False
        self.calls_left = None
        self.kills += 1
        return True


@dataclass
class Result:
    """What a night came to; see `tests.nights.__main__` for what must hold."""

    plan: Plan
    took: timedelta
    banks: Banks
    totals: dict[str, int]
    ticks: int
    kills: int
    status: str
    by_bank: dict[str, int] = field(default_factory=dict)


def play(
    seed: int,
    logins: int,
    *,
    cap: int = CAP,
    kills: int = 0,
    pauses: bool = False,
    outage: bool = False,
    hours: float = HOURS,
) -> Result:
    """Plan a night, then play it to its end."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret here
    clock = Clock(_MIDNIGHT)
    banks = Banks(chance, clock, logins, lambda _: cap)
    deadline = _MIDNIGHT + timedelta(hours=hours)
    plan = _plan(banks, chance, Window(_MIDNIGHT, deadline, cap))
    if outage:
        banks.banks[_SICK].down = (_MIDNIGHT + _HOUR, _MIDNIGHT + 2 * _HOUR)
    life = Life(random.Random(seed + 1000))  # noqa: S311
    service, run = _service(banks, clock, chance, life)
    batch_id = _open(service, banks, deadline, cap)
    # The deadline is not enforced in a night that is played to its end, so that its length can be compared.
    dying = set(life.chance.sample(range(20, 2000), kills)) if kills else set()
    steering = [(_MIDNIGHT + timedelta(hours=at), service.steer_batch.pause) for at, _ in _PAUSES] if pauses else []
    steering += (
        [(_MIDNIGHT + timedelta(hours=at + lasts), service.steer_batch.resume) for at, lasts in _PAUSES]
        if pauses
        else []
    )
    steering.sort(key=lambda each: each[0])
    tick_at, ticks, status = clock.now, 0, BatchStatus.RUNNING
    while status not in {BatchStatus.FINISHED, BatchStatus.STOPPED}:
        if (due := banks.next_at) is not None and due <= tick_at:
            banks.happen()
            continue
        clock.now = tick_at
        while steering and steering[0][0] <= clock.now:
            steering.pop(0)[1](batch_id)
        ticks += 1
        life.calls_left = life.chance.randrange(1, 80) if ticks in dying else None
        try:
            ticked = run(batch_id)
        except Killed:
            tick_at = clock.now + timedelta(seconds=_REPEATED)
            continue
        finally:
            life.calls_left = None
        if ticked.done:
            status = service.ports.batches.get(batch_id).status
        tick_at = clock.now + timedelta(seconds=ticked.seconds + _STARTS)
    took_all = clock.now - _MIDNIGHT
    header = service.ports.batches.get(batch_id)
    while banks.next_at is not None:
        banks.happen()
    totals = {name: header.total(name) for name in ("open", "live", "parked", "ended", "succeeded", "not_started")}
    return Result(plan, took_all, banks, totals, ticks, life.kills, status.value)


def _plan(banks: Banks, chance: random.Random, window: Window) -> Plan:
    """A plan from sessions of the nights before."""
    counts: dict[int, int] = {}
    for bank in banks.logins.values():
        counts[bank.institution.id or 0] = counts.get(bank.institution.id or 0, 0) + 1
    loads = []
    for bank in banks.banks:
        number = counts.get(bank.institution.id or 0, 0)
        if number:
            known = min(number, _SAMPLES) * max(1, number // _PART)
            before = [timedelta(seconds=took(chance, bank.mean)) for _ in range(known)]
            loads.append(Load(bank.institution, number, *learn(before, ASSUMED_ATTEMPT)))
    return plan_batch(loads, window)


def _service(banks: Banks, clock: Clock, chance: random.Random, life: Life) -> tuple[Service, Callable[[str], Any]]:
    ports = FakePorts(clock=clock)
    ports.sessions, ports.logins = banks, KnownLogins(banks.logins)  # type: ignore[assignment]
    service = Service(ports, a_settings())
    nothing: Callable[..., None] = lambda *_, **__: None  # noqa: E731
    banks.breaker = BankBreaker(
        bank_healths=ports.bank_healths, rule=service.settings.breaker(), clock=clock, count=nothing, measure=nothing
    )
    banks.ask = service._ask_users
    run = service.run_batch
    batches, leases = Mortal(ports.batches, life), Mortal(ports.leases, life)
    begin = replace(run.admit.begin, batches=batches, leases=leases, open=banks.open)
    healths = ports.bank_healths
    allowed = lambda key, cap, now: banks.breaker.rule.allowed(healths.get(key), cap, now)  # noqa: E731
    return service, replace(
        run,
        batches=batches,
        leases=leases,
        settle=replace(run.settle, batches=batches, leases=leases),
        admit=replace(run.admit, batches=batches, begin=begin, allowed=allowed),
    )


def _open(service: Service, banks: Banks, deadline: datetime, cap: int) -> str:
    """Open a batch with all logins, a thousand in a request."""
    names = list(banks.logins)
    parts = [names[at : at + _PART] for at in range(0, len(names), _PART)]
    terms = {"deadline": (deadline + timedelta(hours=30)).isoformat(), "maxPerInstitution": cap}
    run = service.open_batch({**terms, "loginIds": parts[0], "moreItems": len(parts) > 1}, key="night")
    for number, part in enumerate(parts[1:], 2):
        service.open_batch.add(run.batch_id, {"loginIds": part, "moreItems": number < len(parts)})
    return run.batch_id
