"""The state machine from outside: which executions were started, and which tokens somebody waits under."""

from reconnect.domain.errors import WorkflowUnavailable
from reconnect.domain.session import Session


class FakeWorkflow:
    """The port `Workflow`. Set `is_down` and it takes no call."""

    def __init__(self, *waiting: str) -> None:
        self.executions: dict[str, str] = {}
        self.waiting = set(waiting)
        self.woken: list[tuple[str, str]] = []
        self.is_down = False

    def start(self, session: Session) -> None:
        self._refuse_if_down()
        self.executions.setdefault(session.execution_name, session.session_id)

    def wake(self, task_token: str, cause: str) -> bool:
        self._refuse_if_down()
        if task_token not in self.waiting:
            return False
        self.waiting.remove(task_token)
        self.woken.append((task_token, cause))
        return True

    def _refuse_if_down(self) -> None:
        if self.is_down:
            raise WorkflowUnavailable("down")
