"""The scheduler: every call of a port is a point at which a function can be stopped, killed or made to wait.

A function runs as a greenlet, so that the deployed code itself can be interrupted at any call.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

# Calls with an effect outside the function; all others only read.
EFFECTS = frozenset(
    {
        *("sessions.create", "sessions.discard", "sessions.save", "sessions.join"),
        *("logins.save", "claims.claim", "claims.settle"),
        *("budgets.save", "bank_healths.save", "sessions.erase", "logins.erase", "results.erase"),
        *("workflow.start", "workflow.start_late_read", "workflow.wake", "workflow.interrupt_wait"),
        *("flinks.generate_authorize_token", "flinks.start_authorize", "flinks.read_authorize"),
        *("flinks.cached_authorize", "flinks.get_accounts_summary", "flinks.get_accounts_detail"),
        *("flinks.get_accounts_detail_async", "events.publish", "results.keep", "results.discard"),
    }
)
REPLY = "reply"


@dataclass(eq=False)
class Invocation:
    """One run of a function with the payload `given`. `points`: its calls so far, the last one made at `called_at`;
    `error`: the name under which it failed; `stop`: a call's name, and whether to stop before or after it;
    `has_lost`: one of its calls was lost.
    """

    number: int
    function: str
    work: Callable[[], Any]
    on_end: Callable[["Invocation"], None]
    given: Any = None
    began_at: datetime | None = None
    called_at: datetime | None = None
    stop: tuple[str, str] | None = None
    stop_at: int | None = None
    kill_at: int | None = None
    kill_name: str = "Lambda.Unknown"
    points: list[str] = field(default_factory=list)
    is_held: bool = False
    is_asleep: bool = False
    is_over: bool = False
    was_held: bool = False
    has_lost: bool = False
    reply: Any = None
    error: str | None = None
    raised: BaseException | None = None
    thread: greenlet | None = None


class Scheduler:
    """Runs invocations one at a time, each until it ends or must stop."""

    def __init__(self, tick: Callable[[], datetime]) -> None:
        self._tick = tick
        self._hub: greenlet = getcurrent()
        self._current: Invocation | None = None
        self.ready: list[Invocation] = []
        self.held: list[Invocation] = []
        # Those that wait for an answer from outside.
        self.asleep: list[Invocation] = []

    @property
    def current(self) -> Invocation | None:
        """The invocation that runs now."""
        return self._current

    def point(self, name: str) -> None:
        """Let the running invocation stop or die here: before each call of a port, and before the reply."""
        invocation = self._current
        if invocation is None:
            return
        invocation.called_at = self._tick()
        at = len(invocation.points)
        invocation.points.append(name)
        if invocation.stop is not None and invocation.stop[0] == name:
            invocation.stop_at, invocation.stop = at + (invocation.stop[1] == "after"), None
        while at in (invocation.stop_at, invocation.kill_at):
            self._hub.switch()

    def sleep(self) -> Invocation | None:
        """Suspend the running invocation until `awake`, and return it; None if nothing runs."""
        invocation = self._current
        if invocation is not None:
            invocation.is_asleep = True
            self._hub.switch()
        return invocation

    def awake(self, invocation: Invocation) -> None:
        """Resume an invocation that sleeps."""
        if invocation in self.asleep:
            self.asleep.remove(invocation)
            invocation.is_asleep = False
            self._run(invocation)

    def add(self, invocation: Invocation) -> None:
        """Add an invocation to those that are ready."""
        invocation.thread = greenlet(lambda: self._live(invocation))
        self.ready.append(invocation)

    def settle(self) -> None:
        """Run everything that is ready until it ends or is held."""
        while self.ready:
            self._run(self.ready.pop(0))

    def step(self, invocation: Invocation, points: int) -> None:
        """Let a held invocation make so many more calls."""
        invocation.stop_at = len(invocation.points) - 1 + points
        self._go_on(invocation)

    def release(self, invocation: Invocation) -> None:
        """Let a held invocation run to its end."""
        invocation.stop_at = None
        self._go_on(invocation)

    def kill(self, invocation: Invocation, name: str) -> None:
        """End an invocation at its current point with the error `name`."""
        if invocation.is_over or invocation is self._current:
            return
        for waiting in (self.ready, self.held, self.asleep):
            if invocation in waiting:
                waiting.remove(invocation)
        if invocation.thread:
            invocation.thread.throw(GreenletExit)
        self._end(invocation, name)

    def kill_all(self) -> None:
        """End all unfinished invocations without reporting their ends."""
        for invocation in [*self.ready, *self.held, *self.asleep]:
            invocation.on_end = lambda _: None
            self.kill(invocation, "killed")

    def _go_on(self, invocation: Invocation) -> None:
        self.held.remove(invocation)
        invocation.is_held = False
        self._run(invocation)

    def _run(self, invocation: Invocation) -> None:
        before, self._current, self._hub = self._current, invocation, getcurrent()
        assert invocation.thread is not None
        invocation.thread.switch()
        self._current = before
        if invocation.is_over:
            invocation.on_end(invocation)
        elif invocation.is_asleep:
            self.asleep.append(invocation)
        elif len(invocation.points) - 1 == invocation.kill_at:
            invocation.thread.throw(GreenletExit)
            self._end(invocation, invocation.kill_name)
        else:
            invocation.is_held = invocation.was_held = True
            self.held.append(invocation)

    def _end(self, invocation: Invocation, error: str) -> None:
        invocation.is_over, invocation.error = True, error
        invocation.on_end(invocation)

    def _live(self, invocation: Invocation) -> None:
        try:
            reply = invocation.work()
            self.point(REPLY)
            invocation.reply = reply
        except Exception as failure:  # noqa: BLE001
            # The platform sees any exception by its class name.
            invocation.error, invocation.raised = type(failure).__name__, failure
        invocation.is_over = True


class Port:
    """A port whose calls are points of the scheduler, and can be lost before or after they take effect."""

    def __init__(self, name: str, target: Any, scheduler: Scheduler, faults: "Faults") -> None:
        self._name, self._target, self._scheduler, self._faults = name, target, scheduler, faults

    def __getattr__(self, call: str) -> Any:
        target = getattr(self._target, call)
        name = f"{self._name}.{call}"

        def made(*arguments: Any, **named: Any) -> Any:
            self._scheduler.point(name)
            lost = self._faults.take(name)
            if lost and (current := self._scheduler.current):
                current.has_lost = True
            if lost == "before":
                raise self._faults.error_of(name)
            answer = target(*arguments, **named)
            if lost == "after":
                raise self._faults.error_of(name)
            return answer

        setattr(self, call, made)
        return made


class Faults:
    """Which of the next calls are lost: the request (`before`) or the answer (`after`)."""

    def __init__(self, errors: dict[str, type[Exception]]) -> None:
        self._errors = errors
        self.planned: dict[str, list[str]] = {}

    def plan(self, call: str, when: str) -> None:
        """Lose the next call of this name."""
        self.planned.setdefault(call, []).append(when)

    def take(self, call: str) -> str | None:
        """Return `before` or `after` if the current call is lost, otherwise None."""
        if planned := self.planned.get(call):
            return planned.pop(0)
        return None

    def error_of(self, call: str) -> Exception:
        """Return the error that the port raises for a lost call."""
        port = call.partition(".")[0]
        return self._errors[port](f"{call} was lost")
