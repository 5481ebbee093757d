"""The state machine, through Step Functions."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import WorkflowUnavailable
from reconnect.model.session import Session
from reconnect.model.workflow_input import late_read_input, workflow_input
from reconnect.ports import Run

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# InvalidToken comes from local engines, for a token they no longer know; AWS uses the other two.
_WAIT_IS_OVER = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}

# The error that ends a wait early; the workflow catches it like the time-out.
USER_ARRIVED = "UserArrived"

_AT_ONCE = timedelta()


class StepFunctionsWorkflow:
    """The port `Workflow`; only the calls that name the state machine read its ARN, which may be that of an alias."""

    def __init__(self, client: "SFNClient", state_machine_arn: Callable[[], str]) -> None:
        self._client, self._state_machine_arn = client, state_machine_arn

    def start(self, session: Session) -> None:
        """Start the execution; its name is unique, so a second start creates no second execution."""
        self._start(session.execution_name, workflow_input(session))

    def _start(self, name: str, given: dict[str, Any]) -> bool:
        try:
            self._client.start_execution(stateMachineArn=self._state_machine_arn(), name=name, input=json.dumps(given))
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        except AWS_FAILURES as failure:
            raise WorkflowUnavailable(f"StartExecution: {name_of(failure)}") from None
        return True

    def start_late_read(self, session: Session, number: int = 0, wait: timedelta = _AT_ONCE) -> bool:
        """Start an execution that only reads; its name holds the session id and the number, so each runs once."""
        return self._start(late_read_name(session.session_id, number), late_read_input(session, wait))

    def state_of(self, session: Session) -> Run:
        """Describe the session's execution by its name."""
        arn = _execution_arn(self._state_machine_arn(), session.execution_name)
        try:
            answer = self._client.describe_execution(executionArn=arn)
        except self._client.exceptions.ExecutionDoesNotExist:
            return Run.NONE
        except AWS_FAILURES as failure:
            raise WorkflowUnavailable(f"DescribeExecution: {name_of(failure)}") from None
        return Run.RUNNING if answer["status"] == "RUNNING" else Run.OVER

    def wake(self, task_token: str, cause: str) -> bool:
        """Send the waiting state its result; False if its wait is over."""
        try:
            self._client.send_task_success(taskToken=task_token, output=json.dumps({"cause": cause}))
        except AWS_FAILURES as failure:
            return self._is_delivered("SendTaskSuccess", name_of(failure))
        return True

    def interrupt_wait(self, task_token: str) -> None:
        """Send the waiting state USER_ARRIVED."""
        try:
            self._client.send_task_failure(taskToken=task_token, error=USER_ARRIVED, cause="Somebody opened the page.")
        except AWS_FAILURES as failure:
            self._is_delivered("SendTaskFailure", name_of(failure))

    def _is_delivered(self, call: str, failure: str) -> bool:
        """False if the wait with this token is over; raise WorkflowUnavailable for any other failure."""
        if failure in _WAIT_IS_OVER:
            return False
        raise WorkflowUnavailable(f"{call}: {failure}") from None


def _execution_arn(machine_or_alias: str, name: str) -> str:
    """The ARN of an execution: the machine's, without the alias or version that it started through."""
    account, _, machine = machine_or_alias.partition(":stateMachine:")
    return f"{account}:execution:{machine.partition(':')[0]}:{name}"


def late_read_name(session_id: str, number: int) -> str:
    """The name of the execution that makes the late read of this number."""
    return f"{session_id}-late-{number}" if number else f"{session_id}-late"
