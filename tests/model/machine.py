"""Step Functions, as far as the real definition uses it: states, waits, retries and caught errors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from reconnect.adapters.step_functions import late_read_name
from reconnect.model.session import Session
from reconnect.model.workflow_input import late_read_input, workflow_input
from reconnect.ports import Run
from tests.model.scheduling import Invocation
from tests.workflow.aws_errors import BEYOND_ALL
from tests.workflow.definition import MACHINE, STATES, State, function_of
from tests.workflow.evaluating import evaluate, text_of

# The average of full jitter.
_AVERAGE_JITTER = 0.5
_AT_ONCE = timedelta()
_STATUS_CHANGES = {"FAILED", "TIMED_OUT", "ABORTED"}


class Timers(Protocol):
    """What the machine needs from its world."""

    def now(self) -> datetime: ...
    def after(self, seconds: float, act: Callable[[], None]) -> Callable[[], None]: ...
    def invoke(self, function: str, payload: Any, on_end: Callable[[Invocation], None]) -> Invocation: ...
    def execution_broke(self, execution: "Execution") -> None: ...
    def report(self, violation: str) -> None: ...


@dataclass(eq=False)
class Execution:
    """One run of the definition. `path`: the states so far; `waits_under`: the task token that wakes it."""

    machine: "Machine"
    name: str
    given: dict[str, Any]
    status: str = "RUNNING"
    state: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    data: Any = None
    path: list[str] = field(default_factory=list)
    output: Any = None
    waits_under: str | None = None
    entered_at: datetime | None = None
    _tries: dict[int, int] = field(default_factory=dict)
    _invocation: Invocation | None = None
    _cancel: Callable[[], None] = lambda: None
    # Results of an earlier turn are ignored.
    _turn: int = 0

    def begin(self) -> None:
        """Enter the first state."""
        self.data = self.given
        self.machine.timers.after(MACHINE["TimeoutSeconds"], lambda: self.stop("TIMED_OUT"))
        self._enter(MACHINE["StartAt"])

    def stop(self, status: str) -> None:
        """End it from outside; its running function goes on, but the result is ignored."""
        if self.status == "RUNNING":
            self._forget()
            self._finish(status)

    def answer(self, output: Any) -> None:
        """Complete the wait with this output."""
        self._forget()
        self._complete(output)

    def interrupt_wait(self) -> None:
        """Fail the wait with the error that interrupts it."""
        self._fail("UserArrived")

    def lose_connection(self, error: str = "Lambda.SdkClientException") -> None:
        """Lose the connection to the running function, which goes on; a retry with its own token may overtake it."""
        if self._invocation is not None:
            self._fail(error)

    @property
    def invocation(self) -> Invocation | None:
        """The run that it waits for."""
        return self._invocation

    def _finish(self, status: str, output: Any = None) -> None:
        self.status, self.output = status, output
        if status in _STATUS_CHANGES:
            self.machine.timers.execution_broke(self)

    def _forget(self) -> None:
        self._turn += 1
        self._cancel()
        self._cancel = lambda: None
        self._invocation, self.waits_under = None, None

    def _enter(self, name: str) -> None:
        self.state = name
        self.path.append(name)
        self.entered_at, self._tries = self.machine.timers.now(), {}
        state = STATES[name]
        match state["Type"]:
            case "Choice":
                self._choose(state)
            case "Wait":
                seconds = self._value(state["Seconds"])
                self._after(seconds, lambda: self._leave(state, None))
            case "Succeed":
                self._finish("SUCCEEDED", self._value(state.get("Output")))
            case "Fail":
                self._finish("FAILED", self._value(state["Error"]))
            case "Task":
                self._try()

    def _choose(self, state: State) -> None:
        for rule in state["Choices"]:
            if self._value(rule["Condition"]) is True:
                self._leave(rule, None)
                return
        self._assign(state, None, None)
        self._enter(state["Default"])

    def _leave(self, way: State, result: Any, error: dict[str, str] | None = None) -> None:
        self._assign(way, result, error)
        if way.get("End"):
            self._finish("SUCCEEDED", self._value(way.get("Output"), result))
        else:
            self._enter(way["Next"])

    def _assign(self, way: State, result: Any, error: dict[str, str] | None) -> None:
        values = {name: self._value(text, result, error) for name, text in way.get("Assign", {}).items()}
        self.variables = {**self.variables, **values}

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        turn = self._turn

        def fire() -> None:
            if turn == self._turn and self.status == "RUNNING":
                self._forget()
                act()

        self._cancel = self.machine.timers.after(seconds, fire)

    def _try(self) -> None:
        state = STATES[self.state]
        token = self.machine.new_token() if state["Resource"].endswith(".waitForTaskToken") else None
        payload = self._value(state["Arguments"]["Payload"], token=token)
        self._after(self._value(state["TimeoutSeconds"]), lambda: self._raise("States.Timeout"))
        self.waits_under = token
        turn = self._turn

        def ended(invocation: Invocation) -> None:
            if turn != self._turn or self.status != "RUNNING":
                return
            if invocation.error is not None:
                self._fail(invocation.error)
            elif token is None:
                self._forget()
                self._complete({"Payload": invocation.reply})
            else:
                self._invocation = None

        function = "".join(f"_{each.lower()}" if each.isupper() else each for each in function_of(state)).lstrip("_")
        self._invocation = self.machine.timers.invoke(function, payload, ended)

    def _complete(self, result: Any) -> None:
        self._leave(STATES[self.state], result)

    def _fail(self, error: str) -> None:
        self._forget()
        self._raise(error)

    def _raise(self, error: str) -> None:
        """Retry by the first matching Retry; once that is exhausted, follow the first matching Catch."""
        state = STATES[self.state]
        for number, retry in enumerate(state.get("Retry", [])):
            if _fits(error, retry["ErrorEquals"]):
                tries = self._tries.get(number, 0)
                if tries < retry.get("MaxAttempts", 3):
                    self._tries[number] = tries + 1
                    delay = retry.get("IntervalSeconds", 1) * retry.get("BackoffRate", 2) ** tries
                    self._after(min(delay, retry.get("MaxDelaySeconds", delay)) * self.machine.jitter, self._try)
                    return
                break
        for catch in state.get("Catch", []):
            if _fits(error, catch["ErrorEquals"]):
                self._leave(catch, None, {"Error": error, "Cause": error})
                return
        self._finish("FAILED", error)

    def _value(
        self, node: Any, result: Any = None, error: dict[str, str] | None = None, token: str | None = None
    ) -> Any:
        if isinstance(node, dict):
            return {name: self._value(each, result, error, token) for name, each in node.items()}
        if not isinstance(node, str) or not node.startswith("{%"):
            return node
        context = self._context(token)
        states = {"input": self.data, "result": result, "errorOutput": error, "context": context}
        now = self.machine.timers.now().timestamp() * 1000
        # JSONata's own clock is the machine's; ours is the world's.
        text = text_of(node).replace("$millis()", "$worldMillis")
        return evaluate(text, **self.variables, states=states, worldMillis=now)

    def _context(self, token: str | None) -> dict[str, Any]:
        """Return the context object: the execution, the state and the task."""
        entered = (self.entered_at or self.machine.timers.now()).isoformat(timespec="milliseconds")
        state = {
            "Name": self.state,
            "EnteredTime": entered.replace("+00:00", "Z"),
            "RetryCount": sum(self._tries.values()),
        }
        return {"Execution": {"Name": self.name}, "State": state, "Task": {"Token": token}}


class Machine:
    """The port `Workflow`, and all its executions. `jitter`: which part of the longest pause each retry waits."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.jitter = _AVERAGE_JITTER
        self.executions: dict[str, Execution] = {}
        self.answered: dict[str, int] = {}
        self._tokens = 0

    @property
    def running(self) -> list[Execution]:
        """The executions that have not ended."""
        return [each for each in self.executions.values() if each.status == "RUNNING"]

    def new_token(self) -> str:
        """Return a new task token; each try of a waiting state has its own."""
        self._tokens += 1
        return f"task-token-{self._tokens}"

    def begin(self, name: str, given: dict[str, Any]) -> None:
        """Start an execution, unless one of this name exists."""
        if name not in self.executions:
            self.executions[name] = Execution(self, name, given)
            self.executions[name].begin()

    def start(self, session: Session) -> None:
        self.begin(session.execution_name, workflow_input(session))

    def start_late_read(self, session: Session, number: int = 0, wait: timedelta = _AT_ONCE) -> bool:
        name = late_read_name(session.session_id, number)
        is_new = name not in self.executions
        self.begin(name, late_read_input(session, wait))
        return is_new

    def state_of(self, session: Session) -> Run:
        execution = self.executions.get(session.execution_name)
        if execution is None:
            return Run.NONE
        return Run.RUNNING if execution.status == "RUNNING" else Run.OVER

    def wake(self, task_token: str, cause: str) -> bool:
        execution = self._take(task_token)
        if execution is not None:
            execution.answer({"cause": cause})
        return execution is not None

    def interrupt_wait(self, task_token: str) -> None:
        execution = self._take(task_token)
        if execution is not None:
            execution.interrupt_wait()

    def _take(self, task_token: str) -> Execution | None:
        for execution in self.running:
            if execution.waits_under == task_token:
                self.answered[task_token] = self.answered.get(task_token, 0) + 1
                return execution
        return None


def _fits(error: str, names: list[str]) -> bool:
    return error in names or ("States.ALL" in names and error not in BEYOND_ALL)
