"""10,000 sessions of a month, whose endings a stream brings late, repeated, cut short and by several shards at once.

Their funnel is counted a second time, from what was decided about each session before it was made.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from devtools.figures import Comparison, Figure
from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.dynamodb.table import marshal
from reconnect.model.errors import StoreUnavailable
from reconnect.model.failures import Failure, Owner
from reconnect.model.health import Times
from reconnect.model.institution import Institution
from reconnect.model.roll_up import RollUp
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.rules.funnels import FUNNEL, OWNERS
from tests.fakes.builders import a_session
from tests.fakes.clock import NOW
from tests.fakes.roll_ups import FakeRollUps
from tests.unit.world import World

SESSIONS = 10_000
_MONTH = timedelta(days=30)
_SHARDS = 4
_GATHERED_FOR, _LARGEST_BATCH = timedelta(minutes=5), 100
# The first ones are busy, and the last one has too few sessions to tell anything.
_BANKS = (
    (Institution(14, "Maple Bank"), 60),
    (Institution(2, "Other Bank"), 30),
    (Institution(None, "Credit Union #7"), 8),
    (Institution(), 2),
    (Institution(99, "Rare Bank"), 0.05),
)
_HOURS = {"24h": 24, "7d": 168, "30d": 720}
_ENDINGS = (
    (Status.SUCCEEDED, None),
    (Status.FAILED, Owner.BANK),
    (Status.FAILED, Owner.US),
    (Status.STALE, Owner.NOBODY),
    (Status.EXPIRED, Owner.USER),
    (Status.CANCELLED, None),
)


@dataclass(frozen=True)
class Plan:
    """What is decided about a session before it is made; seconds are since its opening."""

    bank: Institution
    opened_at: datetime
    steps: tuple[str, ...]
    status: Status
    owner: Owner | None
    answer_seconds: float
    end_seconds: float

    @property
    def ended_at(self) -> datetime:
        return self.opened_at + timedelta(seconds=self.end_seconds)


class LosingRollUps(FakeRollUps):
    """Some reads and writes fail, and some writes find that another writer was faster."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    def save(self, roll_up: RollUp) -> bool:
        match self._chance.randrange(20):
            case 0:
                raise StoreUnavailable("PutItem: throttled")
            case 1:
                super().save(roll_up)
                raise StoreUnavailable("PutItem: the reply was lost")
            case 2:
                return False
        return super().save(roll_up)


@dataclass(frozen=True)
class Funnels:
    """`off`: by how much all counters of all banks and windows differ from the second count; `times_off`: by which part
    the worst median or 90th percentile does; `writes`: writes of counters for all sessions.
    """

    off: int
    times_off: float
    writes: int


def count_twice(sessions: int = SESSIONS, seed: int = 17) -> Funnels:
    """Make the sessions, let the stream bring their endings, and compare."""
    chance = random.Random(seed)  # noqa: S311
    plans = sorted((_plan(chance) for _ in range(sessions)), key=lambda plan: plan.ended_at)
    world = World()
    world.roll_ups = LosingRollUps(chance)
    _stream(world, [(plan, _image(_make(plan, f"{number:032x}"))) for number, plan in enumerate(plans)], chance)
    world.clock.now = NOW
    off, times_off = 0, 0.0
    for window, hours in _HOURS.items():
        found = {each.key: each.windows[window] for each in world.service.read_health.every(window)}
        begin = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
        for bank, _ in _BANKS:
            counted = [plan for plan in plans if plan.bank == bank and plan.ended_at >= begin]
            health = found.get(_key(bank))
            off += abs((health.tries if health else 0) - len(counted))
            if len(counted) < 20:
                off += bool(health and (health.funnel or health.owners or health.to_end))
                continue
            assert health is not None and health.funnel is not None and health.owners is not None
            expected = Counter(step for plan in counted for step in plan.steps)
            owners = Counter((plan.owner or Owner.NOBODY).value for plan in counted)
            off += sum(abs(health.funnel[name] - expected[name]) for name in FUNNEL)
            off += sum(abs(health.owners[name] - owners[name]) for name in OWNERS)
            ends = sorted(plan.end_seconds for plan in counted)
            answers = sorted(plan.answer_seconds for plan in counted if "answered" in plan.steps)
            times_off = max(times_off, _gap(health.to_end, ends), _gap(health.to_answer, answers))
    return Funnels(off, times_off, world.roll_ups.writes)


def figures() -> Iterator[Figure]:
    """The figures of this module."""
    found = count_twice()
    yield Figure(f"funnel of {SESSIONS:,} sessions off an independent count", found.off, 0, Comparison.EXACTLY)
    yield Figure("median and p90 times of them off, in parts of the time", found.times_off, 0.1)
    yield Figure("write units of the counters, per session", found.writes / SESSIONS, 0.5)


def _plan(chance: random.Random) -> Plan:
    bank = chance.choices([bank for bank, _ in _BANKS], [weight for _, weight in _BANKS])[0]
    status, owner = chance.choices(_ENDINGS, [50, 15, 5, 5, 20, 5])[0]
    reached = chance.randrange(5)
    steps = FUNNEL[:reached] if reached != 2 or chance.random() < 0.5 else ("asked",)
    end_seconds = chance.lognormvariate(5, 1.5) + 10
    steps = (*steps, "succeeded") if status is Status.SUCCEEDED else steps
    # Two of three end in the rush of a night.
    ago = chance.random() * _MONTH
    if chance.random() < 0.66:
        ago = timedelta(days=ago.days, minutes=20 * chance.random())
    ended_at = NOW - ago
    answer_seconds = (0.1 + 0.8 * chance.random()) * (end_seconds - 2)
    opened_at = ended_at - timedelta(seconds=end_seconds)
    return Plan(bank, opened_at, steps, status, owner, answer_seconds, end_seconds)


def _make(plan: Plan, session_id: str) -> Session:
    """A session to which all this happened: the user is asked at the first second."""
    happened = {
        "asked": (1.0, Actor.BANK, "challenge_shown"),
        "opened": (1.0, Actor.USER, "link_opened"),
        "clicked": (1.0, Actor.USER, "clicked"),
        "answered": (1.0 + plan.answer_seconds, Actor.USER, "redirected"),
    }
    entries = [(0.0, Actor.CALLER, "session_opened"), *(happened[step] for step in plan.steps if step in happened)]
    timeline = [
        TimelineEntry(plan.opened_at + timedelta(seconds=seconds), actor, cause, Status.AWAITING_USER)
        for seconds, actor, cause in entries
    ]
    ended = TimelineEntry(plan.ended_at, Actor.SERVICE, "ended", plan.status)
    session = a_session(plan.status, session_id=session_id, login_id=f"login-{session_id}", created_at=plan.opened_at)
    failure = Failure("A_CODE", plan.owner, "our_fault") if plan.owner else None
    known = plan.bank if plan.bank.is_known else None
    return replace(session, timeline=(*timeline, ended), failure=failure, known_institution=known, version=7)


def _image(session: Session) -> dict[str, Any]:
    return marshal(to_item(session))


def _stream(world: World, records: list[tuple[Plan, dict[str, Any]]], chance: random.Random) -> None:
    """Each shard brings its records in order, those of five minutes at once, again until they are taken."""
    shards = [records[number::_SHARDS] for number in range(_SHARDS)]
    ready = [shard[0][0].ended_at for shard in shards]
    while any(shards):
        number = min((number for number, shard in enumerate(shards) if shard), key=lambda each: ready[each])
        shard, world.clock.now = shards[number], ready[number]
        size = sum(plan.ended_at <= world.clock.now for plan, _ in shard[:_LARGEST_BATCH])
        cut = chance.randint(1, size)
        # One in five is taken in part, or counted by a function that is ended before its reply.
        is_taken = chance.random() < 0.8 and _send(world, shard[:size])
        if not is_taken:
            _send(world, shard[:cut])
        if is_taken:
            del shard[:size]
            next_at = shard[0][0].ended_at + _GATHERED_FOR * chance.random() if shard else world.clock.now
            ready[number] = max(world.clock.now, next_at)
        else:
            ready[number] += timedelta(minutes=chance.choice([0, 1, 25]))


def _send(world: World, batch: list[tuple[Plan, dict[str, Any]]]) -> bool:
    try:
        return world.service.roll_up_endings([image for _, image in batch]) == []
    except StoreUnavailable:
        return False


def _key(bank: Institution) -> str:
    return {14: "14", 2: "2", 99: "99"}.get(bank.id or 0) or ("credit union 7" if bank.name else "unknown")


def _gap(found: Times | None, times: list[float]) -> float:
    """By which part the median and the 90th percentile differ from those of a sorted list, at most."""
    if len(times) < 20 or found is None:
        return 0.0 if len(times) < 20 and found is None else 1.0
    exact = [times[-(-len(times) * percent // 100) - 1] for percent in (50, 90)]
    return max(abs(one / other - 1) for one, other in zip((found.median, found.p90), exact, strict=True))
