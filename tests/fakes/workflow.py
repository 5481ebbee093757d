"""The state machine from outside: the started executions, and the tokens that executions wait under."""

from datetime import timedelta

from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.session import Session
from reconnect.ports import Run

_AT_ONCE = timedelta()


class FakeWorkflow:
    """The port `Workflow`. Set `is_down` to make every call fail."""

    def __init__(self, *waiting: str) -> None:
        self.executions: dict[str, str] = {}
        self.waiting = set(waiting)
        self.woken: list[tuple[str, str]] = []
        self.interrupted: list[str] = []
        self.late_reads: list[tuple[str, int, timedelta]] = []
        self.over: set[str] = set()
        self.is_down = False

    def start(self, session: Session) -> None:
        self._refuse_if_down()
        self.executions.setdefault(session.execution_name, session.session_id)

    def start_late_read(self, session: Session, number: int = 0, wait: timedelta = _AT_ONCE) -> bool:
        self._refuse_if_down()
        if any(read[:2] == (session.session_id, number) for read in self.late_reads):
            return False
        self.late_reads.append((session.session_id, number, wait))
        return True

    def state_of(self, session: Session) -> Run:
        self._refuse_if_down()
        if session.execution_name not in self.executions:
            return Run.NONE
        return Run.OVER if session.execution_name in self.over else Run.RUNNING

    def wake(self, task_token: str, cause: str) -> bool:
        self._refuse_if_down()
        if task_token not in self.waiting:
            return False
        self.waiting.remove(task_token)
        self.woken.append((task_token, cause))
        return True

    def interrupt_wait(self, task_token: str) -> None:
        self._refuse_if_down()
        if task_token in self.waiting:
            self.waiting.remove(task_token)
            self.interrupted.append(task_token)

    def _refuse_if_down(self) -> None:
        if self.is_down:
            raise WorkflowUnavailable("down")
