"""The register of state machine executions: moto interprets them, this module implements the API's rules."""

import contextvars
import json
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from devtools.engine import private_names
from devtools.engine.definitions import refusal_of

_MAX_INPUT_BYTES = 262_144
_NAME = re.compile(r"[0-9A-Za-z_.+!@()=,'-]{1,80}")

_Execution: Any = private_names.EXECUTION.load()
_Communication: Any = private_names.EXECUTION_ENDED.load()


class StepFunctionsError(Exception):
    """An error of the API, with its AWS name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class MachineSnapshot:
    """The state machine as of the start of an execution; later updates do not change it.

    `alias`: the ARN of the alias that it was started through. The ARNs of the machine and its executions have no alias.
    """

    arn: str
    name: str
    roleArn: str  # noqa: N815 - moto reads these names
    definition: str
    sm_type: str
    alias: str | None = None


class _EndListener(_Communication):  # type: ignore[misc]
    """moto's worker calls this when its execution is over."""

    def terminated(self) -> None:
        super().terminated()
        self.execution.publish_end()


class _LocalExecution(_Execution):  # type: ignore[misc]
    """moto's execution, but with a readable start time, an immediate and final stop, and an event on the default bus
    when it ends.
    """

    _abort: dict[str, Any] | None = None
    _is_published = False

    def start(self) -> None:
        # The account and the region of the call that started it; moto's worker knows neither.
        self._context = contextvars.copy_context()
        super().start()

    @property
    def status(self) -> str:
        # A state that moto stops between two steps may still end as FAILED; for the caller it was aborted.
        return "ABORTED" if self._abort else str(super().status)

    def stop(self, stop_date: datetime, error: str | None, cause: str | None) -> None:
        super().stop(stop_date, error, cause)
        self._abort = {"stopDate": stop_date, "error": error, "cause": cause}
        self.publish_end()

    def publish_end(self) -> None:
        """Put the status change on the default bus, once."""
        if self._is_published:
            return
        self._is_published = True
        record = {
            "executionArn": self.exec_arn,
            "stateMachineArn": self.state_machine.arn,
            "name": self.name,
            "status": self.status,
            "startDate": self.start_date.isoformat(),
            "stopDate": datetime.now(UTC).isoformat(),
            "input": self.execution_input,
            **{key: value for key, value in self.ending().items() if key != "stopDate"},
        }
        self._context.run(private_names.SFN_STATUS_EVENT.load(), record)

    def _get_start_execution_worker_comm(self) -> Any:
        return _EndListener(self)

    def ending(self) -> dict[str, Any]:
        """Return when and how it ended, with the API's names; empty while it runs."""
        if self._abort:
            ending = self._abort
        elif self.status == "RUNNING":
            return {}
        elif self.status == "SUCCEEDED":
            # moto sets the status just before the output; its environment already has the output.
            output = self.output if self.output is not None else self.exec_worker.env.states.get_input()
            ending = {"stopDate": self.stop_date, "output": json.dumps(output, ensure_ascii=False, default=str)}
        else:
            ending = {"stopDate": self.stop_date, "error": self.error, "cause": self.cause}
        return {key: value for key, value in ending.items() if value is not None}

    def endpoint_of(self, token: str) -> Any:
        """Return the callback endpoint of the state with this task token; None if no state of this execution has it."""
        environment = self.exec_worker.env
        return environment and environment.callback_pool_manager.get(token)

    def get_start_execution_details(self) -> Any:
        details = super().get_start_execution_details()
        details.start_time = self.start_date.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return details


class Executions:
    """Every execution of this engine, by ARN."""

    def __init__(self) -> None:
        self._by_arn: dict[str, Any] = {}
        self._starting = threading.Lock()

    def start(self, machine: MachineSnapshot, account: str, region: str, name: str | None, text: str) -> Any:
        """Start an execution, or return the running one with the same name and input."""
        name = name or str(uuid4())
        if not _NAME.fullmatch(name):
            raise StepFunctionsError("InvalidName", f"Invalid Name: '{name}'")
        self._refuse_bad_input(text)
        if refusal := refusal_of(machine.definition):
            raise StepFunctionsError("InvalidDefinition", f"Invalid State Machine Definition: {refusal}")
        arn = f"arn:aws:states:{region}:{account}:execution:{machine.name}:{name}"
        with self._starting:
            if (earlier := self._by_arn.get(arn)) is not None:
                if earlier.status == "RUNNING" and earlier.execution_input == text:
                    return earlier
                raise StepFunctionsError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
            execution = _LocalExecution(
                name=name,
                sm_type=machine.sm_type,
                role_arn=machine.roleArn,
                exec_arn=arn,
                account_id=account,
                region_name=region,
                state_machine=machine,
                start_date=datetime.now(UTC),
                cloud_watch_logging_session=None,
                activity_store={},
                input_data=text,
            )
            execution.start()
            self._by_arn[arn] = execution
        return execution

    def get(self, arn: str) -> Any:
        """Return the execution with this ARN."""
        try:
            return self._by_arn[arn]
        except KeyError:
            raise StepFunctionsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'") from None

    def of_machine(self, machine: MachineSnapshot, status: str | None) -> list[Any]:
        """Return the executions of one state machine, or those started through its alias, newest first."""
        return [
            execution
            for execution in reversed(list(self._by_arn.values()))
            if execution.state_machine.arn == machine.arn
            and machine.alias in (None, execution.state_machine.alias)
            and status in (None, execution.status)
        ]

    def with_token(self, token: str) -> Any:
        """Return the execution that issued this task token, running or not; None if none did."""
        for execution in list(self._by_arn.values()):
            if execution.endpoint_of(token):
                return execution
        return None

    def waiting_on(self, token: str) -> Any:
        """Return the callback endpoint that waits on this task token; refuse an outdated token as AWS does."""
        execution = self.with_token(token)
        if execution is None:
            raise StepFunctionsError("InvalidToken", "Invalid Token: 'Invalid token'")
        endpoint = execution.endpoint_of(token)
        over = endpoint.consumer_error is not None or endpoint.get_outcome() is not None
        if over or execution.status != "RUNNING":
            raise StepFunctionsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return endpoint

    @staticmethod
    def _refuse_bad_input(text: str) -> None:
        if len(text.encode()) > _MAX_INPUT_BYTES:
            raise StepFunctionsError("InvalidExecutionInput", "Input is longer than 262144 bytes")
        try:
            json.loads(text)
        except ValueError as problem:
            raise StepFunctionsError(
                "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{problem}'"
            ) from None
