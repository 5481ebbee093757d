"""How long after the bank, the user or a redirect the service finds out, in simulated time.

The real handlers, rules and definition run with the template's waits; nothing depends on how fast this machine is.
`python -m tests.model.latency` prints the figures.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from devtools.bench.measuring import percentile
from devtools.bench.page import Rhythm
from devtools.figures import Figure
from reconnect.model.session import Session, Status
from tests.model.bank import Bank
from tests.model.ledger import Plan
from tests.model.world import World

LOGIN = "aaaaaaaa-0000-4000-8000-00000000000a"
_PENDING = 202
_RUNS = 40
# Half of what a call of Flinks takes: on the way there and on the way back.
_WAY_SECONDS = 0.15
_AT_ONCE = 0.0
# The user answers so many seconds after the bank asked, evenly spread between the two.
_ANSWERS = (10, 120)
_STEP_SECONDS = 0.5
_PATIENCE_STEPS = 2000


@dataclass
class _Distant:
    """The bank at the end of a line: calls of the service take time, and the first reply with a verdict is noted."""

    bank: Bank
    wait: Callable[[float], None]
    clock: Callable[[], datetime]
    way: float
    told_at: list[datetime] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        known = getattr(self.bank, name)
        if not callable(known):
            return known

        def called(*arguments: Any, **named: Any) -> Any:
            self.wait(self.way)
            reply = known(*arguments, **named)
            self.wait(self.way)
            if name == "read_authorize" and reply.status != _PENDING:
                self.told_at.append(self.clock())
            return reply

        return called


class _LatencyWorld(World):
    """A world with a distant bank, whose sweeper has nothing to rescue."""

    def __init__(self, way: float) -> None:
        super().__init__()
        self.line = _Distant(self.bank, self._wait, self.clock, way)
        self.bank = cast(Bank, self.line)

    def open(self, plan: Plan) -> None:
        """Open a session whose bank acts by this plan."""
        self.bank.login(LOGIN).plans.append(plan)
        self.endpoints.open({"loginId": LOGIN})
        self.settle()

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self.sessions.all[0]

    def run_until(self, is_so: Callable[[], bool]) -> None:
        """Let time pass in small steps until something is so."""
        for _ in range(_PATIENCE_STEPS):
            if is_so():
                return
            self.pass_time(_STEP_SECONDS)
        raise TimeoutError(f"it never came to that; the session is {self.session.status}")


class _OpenPage:
    """The page in a browser, with Connect open in it: it polls in the rhythm of its script."""

    def __init__(self, world: _LatencyWorld) -> None:
        self._world, self._session_id = world, world.session.session_id
        self._rhythm, self._stage, self._polls = Rhythm.of_the_script(), "question", 0
        world.endpoints.page(self._session_id, "events", {"page": "opened"})
        world.endpoints.page(self._session_id, "attempts", {})
        self._schedule()

    def _schedule(self) -> None:
        self._world.after(self._rhythm.before_poll(self._stage, self._polls), self._poll)

    def _poll(self) -> None:
        run = self._world.endpoints.page(self._session_id, "status")
        self._world.settle()
        self._polls += 1
        # Without a reply yet, the stage is the last one.
        stage = json.loads(run.reply["body"])["stage"] if run.reply else self._stage
        if stage != self._stage:
            self._stage, self._polls = stage, 0
        if not self._world.session.status.is_terminal:
            self._schedule()


def verdict_lateness(bank_seconds: float) -> float:
    """Seconds from the bank's verdict, so long after the start, until the service has been told of it."""

    def play(world: _LatencyWorld) -> float:
        world.open(Plan("ok", works=bank_seconds))
        world.run_until(lambda: bool(world.line.told_at))
        (attempt,) = world.bank.login(LOGIN).attempts
        return (world.line.told_at[0] - attempt.found_at).total_seconds()

    return _in_a_world(play)


def redirect_lateness(answer_after: float) -> float:
    """Seconds of our own waiting from the redirect until the session has ended; Flinks answers at once."""

    def play(world: _LatencyWorld) -> float:
        answered = _answer(world, answer_after)
        world.endpoints.redirect(world.checks.states[world.session.session_id][-1], LOGIN)
        world.run_until(lambda: world.session.status.is_terminal)
        return (world.session.timeline[-1].at - answered).total_seconds()

    return _in_a_world(play, way=_AT_ONCE)


def lost_redirect_lateness(answer_after: float, *, is_page_open: bool) -> float:
    """Seconds from an answer in Connect, of which nothing tells us, until the session no longer waits for it."""

    def play(world: _LatencyWorld) -> float:
        answered = _answer(world, answer_after, is_page_open=is_page_open)
        world.run_until(lambda: world.session.status is not Status.AWAITING_USER)
        later = [entry for entry in world.session.timeline if entry.at > answered]
        left = next(entry for entry in later if entry.status is not Status.AWAITING_USER)
        return (left.at - answered).total_seconds()

    return _in_a_world(play)


def figures() -> Iterator[Figure]:
    """Measure all of them; p95 is over evenly spread moments."""
    for first, last, target in ((1, 15, 1.0), (15, 60, 2.5)):
        late = [verdict_lateness(each) for each in _spread(first, last)]
        name = f"verdict found after a bank that takes {first} to {last} s, mean"
        yield Figure(name, round(sum(late) / len(late), 3), target, unit="s")
    late = [redirect_lateness(each) for each in _spread(*_ANSWERS)]
    yield Figure("own waits from redirect to terminal status, p95", round(percentile(late, 95), 3), 0.2, unit="s")
    late = [lost_redirect_lateness(each, is_page_open=True) for each in _spread(*_ANSWERS)]
    yield Figure("lost redirect noticed with the page open, p95", round(percentile(late, 95), 3), 5, unit="s")
    late = [lost_redirect_lateness(each, is_page_open=False) for each in _spread(*_ANSWERS)]
    yield Figure("lost redirect noticed with no page open, longest", round(max(late), 3), 45, unit="s")


def _answer(world: _LatencyWorld, after: float, *, is_page_open: bool = False) -> datetime:
    """Answer the bank so many seconds after it was asked, and return when that was."""
    world.open(Plan("ask", works=3))
    world.run_until(lambda: world.session.status is Status.AWAITING_USER)
    if is_page_open:
        _OpenPage(world)
    world.pass_time(after)
    assert world.bank.answer(LOGIN)
    return world.clock.now


def _in_a_world(play: Callable[[_LatencyWorld], float], *, way: float = _WAY_SECONDS) -> float:
    world = _LatencyWorld(way)
    leave = world.installed()
    try:
        return play(world)
    finally:
        world.scheduler.kill_all()
        leave()


def _spread(first: float, last: float) -> Iterable[float]:
    """Evenly spread moments, none of them at an end."""
    return [first + (last - first) * (run + 0.5) / _RUNS for run in range(_RUNS)]


if __name__ == "__main__":
    for figure in figures():
        print(figure)
