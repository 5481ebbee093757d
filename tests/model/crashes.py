"""The crash matrix: each state of the workflow is hit once by each error name that AWS has for a crash.

A story is played once undisturbed, then once more for each crash in it: of a function that did not run at all, that
died before any of its calls, whose answer was lost, or that went on unheard. `python -m tests.model.crashes` prints how
many are survived.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

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
# Long enough for the first repeat to come before.
_UNHEARD_SECONDS = 3
_TICK = 5
_TICKS = 600
# What a function raises that nobody has thought of, and what its runtime says of it, stand for all others.
_BUGS = ("KeyError", "ImportError")


@dataclass(frozen=True)
class Story:
    """What leads through these states. `answers_attempt`: in which attempt the user answers the bank."""

    name: str
    through: tuple[str, ...]
    answers_attempt: int = 1
    by_workflow: bool = False
    is_followed: bool = False


STORIES = (
    Story("answered", ("StartAuthorize", "PollAuthorize", "AwaitRedirect", "FetchAccounts", "CloseSession")),
    Story("clicked", ("AwaitClick",), answers_attempt=2),
    Story("clicked again and again", ("ContinueAsNew",), answers_attempt=4),
    Story("opened by a workflow", ("OpenSession",), by_workflow=True),
    Story("followed by a workflow", ("ReadSession",), is_followed=True),
)


@dataclass(frozen=True)
class Crash:
    """The first run of a state ends with this error before the call of this number; `at`: which one that is.

    `runs_on`: it does not end there, but is only heard no more, and goes on seconds later.
    """

    story: Story
    state: str
    error: str
    call: int
    at: str
    runs_on: bool = False

    def __str__(self) -> str:
        return f"{self.error} before {self.at} ({self.call}){', then runs on' if self.runs_on else ''}"


@dataclass
class Told:
    """How a story went: how sessions and executions ended, what was published, what the bank saw, what was violated."""

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
    """A world that knows which state each run is for, and lets one of them crash, or throttles a state for a while."""

    def __init__(self, crash: Crash | None, throttled: str | None, seconds: float) -> None:
        # The longest backstop makes the fewest runs.
        super().__init__(looks_renew=False, BACKSTOP_INTERVAL_SECONDS="45", UNATTENDED_INTERVAL_SECONDS="45")
        self._crash, self._throttled, self._seconds = crash, throttled, seconds
        self.first_runs: dict[str, Invocation] = {}
        self._unheard: Invocation | None = None
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
        run, crash = self._unheard, self._crash
        if run is None or crash is None or not run.is_held:
            return
        self._unheard = None
        (execution,) = [each for each in self.machine.executions.values() if each.invocation is run]
        execution.lose_connection(crash.error)
        self.after(_UNHEARD_SECONDS, lambda: self.scheduler.release(run))

    def _let_crash(self, run: Invocation, crash: Crash) -> None:
        if crash.runs_on:
            self._unheard, run.stop_at = run, crash.call
        else:
            run.kill_at, run.kill_name = crash.call, crash.error


def _state_of(function: str, payload: Any) -> str | None:
    """The state that makes this call; None if something else makes it."""
    for name, task in TASKS.items():
        is_its_call = isinstance(payload, dict) and payload.keys() == task["Arguments"]["Payload"].keys()
        if is_its_call and snake(function_of(task)) == function:
            return name
    return None


def play(story: Story, crash: Crash | None = None, *, throttled: str | None = None, seconds: float = 0) -> Told:
    """Play a story to its end; with a crash, or while Lambda refuses to run a state for so long from its first try."""
    world = _CrashingWorld(crash, throttled, seconds)
    leave = world.installed()
    try:
        _act(world, story)
        return Told(
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
        world.scheduler.bury()
        leave()


def _act(world: World, story: Story) -> None:
    world.bank.login(LOGIN).plans += [Plan("ask", works=3)] * 9
    if story.by_workflow:
        world.endpoints.start_workflow(_WORKFLOW, {"loginId": LOGIN})
    else:
        world.endpoints.open({"loginId": LOGIN})
        world.settle()
    if story.is_followed:
        world.endpoints.start_workflow(_WORKFLOW, {"loginId": LOGIN})
    for _ in range(_TICKS):
        world.settle()
        for session in world.live(Status.AWAITING_USER):
            if session.attempt and session.attempt.number >= story.answers_attempt and world.bank.answer(LOGIN):
                world.endpoints.redirect(world.checks.states[session.session_id][-1], LOGIN)
        for session in world.live(Status.AWAITING_CLICK):
            world.endpoints.page(session.session_id, "attempts")
        world.pass_time(_TICK)
        if not world.live() and not world.machine.running:
            break
    # What it finds is told with the story.
    with suppress(AssertionError):
        world.checks.hold()


def crashes(state: str) -> Iterator[Crash]:
    """Every crash of a state: by each name, before each of its calls, the last of which is its reply."""
    story = story_through(state)
    points = undisturbed(story).runs[state].points
    for error in errors_in(state):
        for call in range(1 if error in DID_NOT_RUN else len(points)):
            yield Crash(story, state, error, call, points[call])
            if error in MAY_STILL_RUN:
                yield Crash(story, state, error, call, points[call], runs_on=True)


def story_through(state: str) -> Story:
    """The story that leads through a state."""
    (story,) = [each for each in STORIES if state in each.through]
    return story


def errors_in(state: str) -> list[str]:
    """The names under which a state can crash."""
    names = (*DID_NOT_RUN, *MAY_HAVE_RUN, *_BUGS)
    # There the time-out is the link's end, and no crash.
    return [name for name in names if (state, name) != ("AwaitClick", "States.Timeout")]


@cache
def undisturbed(story: Story) -> Told:
    """How a story goes if nothing crashes."""
    return play(story)


def is_survived(crash: Crash) -> bool:
    """Whether the story goes as if nothing had happened; or ends in the truth, if a start may have reached the bank."""
    told = play(crash.story, crash)
    if _may_have_reached_the_bank(crash) and told.endings == (UNCERTAIN,):
        return not told.violations
    return told == undisturbed(crash.story)


def _may_have_reached_the_bank(crash: Crash) -> bool:
    """Whether a start was cut off between the write that says so and the write that keeps its answer."""
    points = undisturbed(crash.story).runs[crash.state].points
    writes = [number for number, call in enumerate(points) if call == "sessions.save"]
    return crash.state == "StartAuthorize" and writes[0] < crash.call <= writes[-1]


def _ending_of(session: Session) -> str:
    return f"{session.status} {session.failure.code if session.failure else ''}".strip()


def _output_of(output: Any) -> str:
    return str(output.get("status", "")) if isinstance(output, dict) else str(output or "")


def _print() -> None:
    cases = lost = moments = 0
    for state in TASKS:
        told = {crash: is_survived(crash) for crash in crashes(state)}
        broken = {crash.error for crash, survived in told.items() if not survived}
        cases, lost, moments = cases + len(errors_in(state)), lost + len(broken), moments + len(told)
        print(f"{state:<16} {len(errors_in(state)) - len(broken):>3} of {len(errors_in(state))}", *sorted(broken))
    print(f"{cases - lost} of {cases} crash cases (state x error name) survived, at {moments:,} moments")


if __name__ == "__main__":
    _print()
