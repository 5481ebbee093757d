"""The sweeper in simulated time: many reminders are due at once, and Flinks takes a second for each request.

`python -m tests.unit.sweeping` prints the figures of `python -m devtools.bench sweep`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from devtools.figures import Comparison, Figure
from reconnect.model.session import Actor, Session, Status
from reconnect.ports import Run
from reconnect.runtime.in_threads import AT_ONCE
from tests.fakes.at_once import Workers
from tests.fakes.builders import a_reply
from tests.fakes.clock import NOW
from tests.fakes.flinks import FakeFlinks
from tests.fakes.workflow import FakeWorkflow
from tests.template.template import timeout_of
from tests.unit.world import World

REMINDERS = 600
_MINUTE = timedelta(minutes=1)
_ASKED_AGO = timedelta(hours=24)
_MOST_RUNS = 60


class SlowFlinks(FakeFlinks):
    """Takes a second for each HTTP request; the cached flow makes two, for its token and its call.

    It repeats the outcome of our own attempts: questions that nobody answered.
    """

    def __init__(self, world: World) -> None:
        super().__init__(cached_authorize=a_reply(401, "QUESTION_NOT_FOUND", request_id="1d"))
        self._clock = world.clock
        self.requests = 0
        self.slow_login = ""

    def _answer(self, call: str, about: str) -> Any:
        requests = 2 if call == "cached_authorize" else 1
        self.requests += requests
        self._clock.turn(seconds=200 if about == self.slow_login else requests)
        return super()._answer(call, about)


class CountingWorkflow(FakeWorkflow):
    """Counts the calls of DescribeExecution."""

    described = 0

    def state_of(self, session: Session) -> Run:
        self.described += 1
        return super().state_of(session)


@dataclass(frozen=True)
class Figures:
    """What the runs took until nothing was due; `seconds`: from the first run's begin to the last reminder."""

    runs: int
    killed: int
    longest: float
    reminders: int
    requests: int
    described: int
    seconds: float


def crowd(reminders: int) -> World:
    """A world in which so many reminders have become due at this moment."""
    world = World()
    world.flinks, world.workflow = SlowFlinks(world), CountingWorkflow()
    world.in_parallel = Workers(world.clock, AT_ONCE)
    for number in range(reminders):
        name = f"session-{number}"
        session = world.due(Status.AWAITING_CLICK, session_id=name, execution_name=name, login_id=f"login-{number}")
        world.sessions.save(session.note(at=NOW - _ASKED_AGO, actor=Actor.BANK, cause="attempt_gone"))
    return world


def sweep_each_minute(world: World) -> Figures:
    """Run the sweeper each minute until nothing is due."""
    began = world.clock.now
    lasted: list[float] = []
    while world.sessions.due(world.clock.now) and len(lasted) < _MOST_RUNS:
        at = max(began + len(lasted) * _MINUTE, world.clock.now)
        world.clock.now = at
        world.service.sweep_sessions()
        lasted.append((world.clock.now - at).total_seconds())
    return Figures(
        runs=len(lasted),
        killed=sum(seconds > timeout_of("SweepSessions") for seconds in lasted),
        longest=max(lasted),
        reminders=world.sessions.event_types.count("ReconnectReminder"),
        requests=world.flinks.requests,
        described=world.workflow.described,
        seconds=(world.clock.now - began).total_seconds(),
    )


def figures() -> Iterator[Figure]:
    """The figures of this module: 600 reminders due at once."""
    found = sweep_each_minute(crowd(REMINDERS))
    yield Figure("time until 600 reminders due at once are out", found.seconds, 120, unit="s")
    yield Figure("sweeps of 600 reminders that were killed", found.killed, 0, Comparison.EXACTLY)
    # A cached Authorize is two requests: one for its token.
    yield Figure("Flinks requests for 600 reminders", found.requests, 2 * REMINDERS)
    yield Figure("DescribeExecution calls for 600 reminders", found.described, 0, Comparison.EXACTLY)


def main() -> None:
    """Print the figures."""
    found = sweep_each_minute(crowd(REMINDERS))
    print(
        f"{found.reminders} reminders due at once, a second for each Flinks request: {found.runs} runs, "
        f"{found.killed} killed, longest {found.longest:.0f} s; {found.requests} Flinks requests (two a reminder), "
        f"{found.described} DescribeExecution; all out after {found.seconds:.0f} s of simulated time"
    )


if __name__ == "__main__":
    main()
