"""The crash matrix: each state of the workflow crashes once under each error name that AWS has for a crash.

A scenario is played once undisturbed, then once more for each crash in it: the function did not run at all, died before
one of its calls, lost its answer, or ran on after Step Functions had given it up.
`python -m tests.model.crashes` prints how many crashes are survived.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from devtools.figures import Comparison, Figure
from reconnect.model.session import Session, Status
from tests.model.ledger import Plan
from tests.model.scheduling import Invocation
from tests.model.world import World
from tests.template.template import snake
from tests.workflow.aws_errors import DID_NOT_RUN, MAY_HAVE_RUN, MAY_STILL_RUN
from tests.workflow.definition import TASKS, function_of

LOGIN = "aaaaaaaa-0000-4000-8000-00000000000a"
THROTTLED = "Lambda.TooManyRequestsException"
UNCERTAIN = "FAILED ATTEMPT_UNCERTAIN"
_WORKFLOW = "a-caller's-workflow"
# Long enough for the first retry to run before.
_DISCONNECTED_SECONDS = 3
_TICK = 5
_TICKS = 600
# Examples of an unexpected exception and of a failed import.
_BUGS = ("KeyError", "ImportError")


@dataclass(frozen=True)
class Scenario:
    """A run through these states. `answers_attempt`: the attempt in which the user answers the bank."""

    name: str
    through: tuple[str, ...]
    answers_attempt: int = 1
    by_workflow: bool = False
    is_followed: bool = False
    is_absent: bool = False


SCENARIOS = (
    Scenario("answered", ("StartAuthorize", "PollAuthorize", "AwaitRedirect", "FetchAccounts", "CloseSession")),
    Scenario("clicked", ("AwaitClick",), answers_attempt=2),
    Scenario("parked and clicked", ("Park",), answers_attempt=2, is_absent=True),
    Scenario("clicked again and again", ("ContinueAsNew",), answers_attempt=4),
    Scenario("opened by a workflow", ("OpenSession",), by_workflow=True),
    Scenario("followed by a workflow", ("ReadSession",), is_followed=True),
)


@dataclass(frozen=True)
class Crash:
    """The first run of a state fails with this error before its call number `call`, which is named `at`.

    `runs_on`: the function does not end there: only its connection is lost, and it goes on seconds later.
    """

    scenario: Scenario
    state: str
    error: str
    call: int
    at: str
    runs_on: bool = False

    def __str__(self) -> str:
        return f"{self.error} before {self.at} ({self.call}){', then runs on' if self.runs_on else ''}"


@dataclass
class Result:
    """How sessions and executions ended, what was published, how many starts the bank got, and what was violated."""

    endings: tuple[str, ...]
    executions: tuple[str, ...]
    published: tuple[str, ...]
    starts: int
    violations: tuple[str, ...]
    # The first run of each state.
    runs: dict[str, Invocation] = field(default_factory=dict, compare=False, repr=False)
    # When the throttled state was tried.
    tried_at: list[datetime] = field(default_factory=list, compare=False, repr=False)


class _CrashingWorld(World):
    """A world that knows the state of each run, and can crash one run or throttle a state for a while."""

    def __init__(self, crash: Crash | None, throttled: str | None, seconds: float) -> None:
        # The longest backstop interval makes the fewest runs.
        super().__init__(polls_renew=False, BACKSTOP_INTERVAL_SECONDS="45", UNATTENDED_INTERVAL_SECONDS="45")
        self._crash, self._throttled, self._seconds = crash, throttled, seconds
        self.first_runs: dict[str, Invocation] = {}
        self._disconnected: Invocation | None = None
        self.tried_at: list[datetime] = []

    def invoke(self, function: str, payload: Any, on_end: Any) -> Invocation:
        run = super().invoke(function, payload, on_end)
        state = _state_of(function, payload)
        if state is not None and state not in self.first_runs:
            self.first_runs[state] = run
            if self._crash is not None and self._crash.state == state:
                self._let_crash(run, self._crash)
        if state is not None and state == self._throttled:
            self.tried_at.append(self.clock.now)
            if self.clock.now < self.tried_at[0] + timedelta(seconds=self._seconds):
                run.kill_at, run.kill_name = 0, THROTTLED
        return run

    def settle(self) -> None:
        super().settle()
        run, crash = self._disconnected, self._crash
        if run is None or crash is None or not run.is_held:
            return
        self._disconnected = None
        (execution,) = [each for each in self.machine.executions.values() if each.invocation is run]
        execution.lose_connection(crash.error)
        self.after(_DISCONNECTED_SECONDS, lambda: self.scheduler.release(run))

    def _let_crash(self, run: Invocation, crash: Crash) -> None:
        if crash.runs_on:
            self._disconnected, run.stop_at = run, crash.call
        else:
            run.kill_at, run.kill_name = crash.call, crash.error


def _state_of(function: str, payload: Any) -> str | None:
    """Return the state that makes this call; None if something else makes it."""
    for name, task in TASKS.items():
        is_its_call = isinstance(payload, dict) and payload.keys() == task["Arguments"]["Payload"].keys()
        if is_its_call and snake(function_of(task)) == function:
            return name
    return None


def play(
    scenario: Scenario,
    crash: Crash | None = None,
    *,
    throttled: str | None = None,
    seconds: float = 0,
    jitter: float | None = None,
) -> Result:
    """Play a scenario to its end, with a crash, or with a state throttled for so many seconds from its first try."""
    world = _CrashingWorld(crash, throttled, seconds)
    world.machine.jitter = world.machine.jitter if jitter is None else jitter
    leave = world.installed()
    try:
        _act(world, scenario)
        return Result(
            tuple(sorted(_ending_of(each) for each in world.sessions.all)),
            tuple(
                sorted(f"{each.status} {_output_of(each.output)}".strip() for each in world.machine.executions.values())
            ),
            tuple(sorted(str(each.event_type) for each in world.sessions.published)),
            world.bank.starts,
            tuple(world.checks.violations),
            world.first_runs,
            world.tried_at,
        )
    finally:
        world.scheduler.kill_all()
        leave()


def _act(world: World, scenario: Scenario) -> None:
    # Beyond the window of StartAuthorize, where PollAuthorize is to crash.
    works = 20 if "PollAuthorize" in scenario.through else 3
    world.bank.login(LOGIN).plans += [Plan("ask", works=works)] * 9
    if scenario.by_workflow:
        world.endpoints.start_workflow(_WORKFLOW, {"loginId": LOGIN})
    else:
        world.endpoints.open({"loginId": LOGIN, "presence": "absent" if scenario.is_absent else None})
        world.settle()
    if scenario.is_followed:
        world.endpoints.start_workflow(_WORKFLOW, {"loginId": LOGIN})
    for _ in range(_TICKS):
        world.settle()
        for session in world.live(Status.AWAITING_USER):
            if session.attempt and session.attempt.number >= scenario.answers_attempt and world.bank.answer(LOGIN):
                world.endpoints.redirect(world.checks.states[session.session_id][-1], LOGIN)
        for session in world.live(Status.AWAITING_CLICK):
            world.endpoints.page(session.session_id, "attempts")
        world.pass_time(_TICK)
        if not world.live() and not world.machine.running:
            break
    # Violations are part of the result.
    with suppress(AssertionError):
        world.checks.assert_kept()


def crashes(state: str) -> Iterator[Crash]:
    """Yield every crash of a state: under each name, before each of its calls; the last one is its reply."""
    scenario = scenario_through(state)
    points = undisturbed(scenario).runs[state].points
    for error in errors_in(state):
        for call in range(1 if error in DID_NOT_RUN else len(points)):
            yield Crash(scenario, state, error, call, points[call])
            if error in MAY_STILL_RUN:
                yield Crash(scenario, state, error, call, points[call], runs_on=True)


def scenario_through(state: str) -> Scenario:
    """Return the scenario that leads through a state."""
    (scenario,) = [each for each in SCENARIOS if state in each.through]
    return scenario


def errors_in(state: str) -> list[str]:
    """Return the error names under which a state can crash."""
    names = (*DID_NOT_RUN, *MAY_HAVE_RUN, *_BUGS)
    # The time-out of AwaitClick is the link's end, not a crash.
    return [name for name in names if (state, name) != ("AwaitClick", "States.Timeout")]


@cache
def undisturbed(scenario: Scenario) -> Result:
    """Return the result of a scenario in which nothing crashes."""
    return play(scenario)


def is_survived(crash: Crash) -> bool:
    """Whether the result is the undisturbed one, or ATTEMPT_UNCERTAIN if a start may have reached the bank."""
    result = play(crash.scenario, crash)
    if _may_have_reached_the_bank(crash) and result.endings == (UNCERTAIN,):
        return not result.violations
    return result == undisturbed(crash.scenario)


def _may_have_reached_the_bank(crash: Crash) -> bool:
    """Whether a start was cut off between the write before it and the write of its answer."""
    points = undisturbed(crash.scenario).runs[crash.state].points
    writes = [number for number, call in enumerate(points) if call == "sessions.save"]
    return crash.state == "StartAuthorize" and writes[0] < crash.call <= writes[-1]


def _ending_of(session: Session) -> str:
    return f"{session.status} {session.failure.code if session.failure else ''}".strip()


def _output_of(output: Any) -> str:
    return str(output.get("status", "")) if isinstance(output, dict) else str(output or "")


@dataclass(frozen=True)
class Tally:
    """How many crash cases (error names) a state has, at how many moments, and which of them are not survived."""

    state: str
    cases: int
    moments: int
    lost: tuple[str, ...]


def tallies() -> Iterator[Tally]:
    """Play every crash of every state."""
    for state in TASKS:
        survivals = {crash: is_survived(crash) for crash in crashes(state)}
        lost = sorted({crash.error for crash, survived in survivals.items() if not survived})
        yield Tally(state, len(errors_in(state)), len(survivals), tuple(lost))


def figures() -> Iterator[Figure]:
    """Count the crash cases that are survived; all of them must be."""
    counted = list(tallies())
    cases = sum(tally.cases for tally in counted)
    survived = cases - sum(len(tally.lost) for tally in counted)
    yield Figure("crash cases (state x error name) survived", survived, cases, Comparison.AT_LEAST)


def _print() -> None:
    cases = lost = moments = 0
    for tally in tallies():
        cases, lost, moments = cases + tally.cases, lost + len(tally.lost), moments + tally.moments
        print(f"{tally.state:<16} {tally.cases - len(tally.lost):>3} of {tally.cases}", *tally.lost)
    print(f"{cases - lost} of {cases} crash cases (state x error name) survived, at {moments:,} moments")


if __name__ == "__main__":
    _print()
