"""The state machine, through Step Functions."""

import json
from typing import TYPE_CHECKING, Any

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.domain.errors import WorkflowUnavailable
from reconnect.domain.ports import Run
from reconnect.domain.read_session import workflow_input
from reconnect.domain.session import Session

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# InvalidToken is what an engine says of a token it no longer knows; AWS says one of the other two.
_NOBODY_WAITS = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}

# The error that ends a wait before its time; the workflow catches it like the time-out.
USER_ARRIVED = "UserArrived"


class StepFunctionsWorkflow:
    """The port `Workflow`."""

    def __init__(self, client: "SFNClient", state_machine_arn: str) -> None:
        self._client, self._state_machine_arn = client, state_machine_arn

    def start(self, session: Session) -> None:
        """Start the execution; its name is unique, so the second start of a session is no second execution."""
        self._start(session.execution_name, workflow_input(session))

    def _start(self, name: str, given: dict[str, Any]) -> None:
        try:
            self._client.start_execution(stateMachineArn=self._state_machine_arn, name=name, input=json.dumps(given))
        except self._client.exceptions.ExecutionAlreadyExists:
            return
        except AWS_FAILURES as failure:
            raise WorkflowUnavailable(f"StartExecution: {name_of(failure)}") from None

    def start_late_read(self, session: Session) -> None:
        """Start an execution that only reads; its name is the session's, so there is one at most."""
        self._start(f"{session.session_id}-late", {**workflow_input(session), "lateRead": True})

    def state_of(self, session: Session) -> Run:
        """Ask for the session's execution by its name."""
        machine = self._state_machine_arn.replace(":stateMachine:", ":execution:")
        try:
            answer = self._client.describe_execution(executionArn=f"{machine}:{session.execution_name}")
        except self._client.exceptions.ExecutionDoesNotExist:
            return Run.NONE
        except AWS_FAILURES as failure:
            raise WorkflowUnavailable(f"DescribeExecution: {name_of(failure)}") from None
        return Run.RUNNING if answer["status"] == "RUNNING" else Run.OVER

    def wake(self, task_token: str, cause: str) -> bool:
        """Send the waiting state its answer; False if its wait is over."""
        try:
            self._client.send_task_success(taskToken=task_token, output=json.dumps({"cause": cause}))
        except AWS_FAILURES as failure:
            return self._is_heard("SendTaskSuccess", name_of(failure))
        return True

    def hurry(self, task_token: str) -> None:
        """Send the waiting state USER_ARRIVED."""
        try:
            self._client.send_task_failure(taskToken=task_token, error=USER_ARRIVED, cause="Somebody opened the page.")
        except AWS_FAILURES as failure:
            self._is_heard("SendTaskFailure", name_of(failure))

    def _is_heard(self, call: str, failure: str) -> bool:
        """False if nobody waits under the token any more; any other failure is one of the call."""
        if failure in _NOBODY_WAITS:
            return False
        raise WorkflowUnavailable(f"{call}: {failure}") from None
