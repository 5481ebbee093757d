"""The engine's Step Functions API: ministack manages state machines, moto runs executions."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from devtools.engine import private_names, task_clients
from devtools.engine.executions import Executions, MachineSnapshot, StepFunctionsError
from devtools.engine.replacing import replace_everywhere, set_attribute
from devtools.engine.versions import version_of

Request = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

# arn:aws:states:REGION:ACCOUNT:stateMachine:NAME
_PARTS_OF_A_MACHINE = 7


def install() -> None:
    """Handle all calls about executions here, and leave every other call to ministack."""
    replace_everywhere(private_names.BOTO_CLIENT, task_clients.client_for)
    api = ExecutionsApi()
    leave_to_ministack = private_names.SFN_REQUEST.load()

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
    ) -> Response:
        action = api.actions.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if action is None:
            response: Response = await leave_to_ministack(method, path, headers, body, query_params)
            return response
        # Off the event loop: the first use of a definition parses it, and every other call would wait.
        return await asyncio.to_thread(_answer, action, body)

    set_attribute(private_names.SFN_REQUEST, handle_request)
    replace_everywhere(private_names.IAM_RESOURCE, _as_aws_authorizes(private_names.IAM_RESOURCE.load(), api))
    set_attribute(private_names.SFN_START, lambda data: _answer(api.start_execution, json.dumps(data)))


def _as_aws_authorizes(resource_of: Callable[..., str], api: "ExecutionsApi") -> Callable[..., str]:
    """Policies name the state machine also where a call names its alias or a token of it; of a function, the alias."""

    def resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query: dict[str, Any], *rest: Any
    ) -> str:
        if service == "states" and ".SendTask" in headers.get("x-amz-target", ""):
            return api.machine_of_token(body)
        arn = resource_of(service, method, path, headers, body, query, *rest)
        if service == "states" and ":stateMachine:" in arn:
            return ":".join(arn.split(":")[:_PARTS_OF_A_MACHINE])
        if service == "lambda" and (qualifier := query.get("Qualifier")):
            return f"{arn}:{qualifier[0] if isinstance(qualifier, list) else qualifier}"
        return arn

    return resource_arn


def _answer(action: Callable[[Request], Request], body: bytes | str) -> Response:
    try:
        status, payload = 200, action(json.loads(body or "{}"))
    except StepFunctionsError as refusal:
        status, payload = 400, {"__type": refusal.code, "message": str(refusal)}
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    if status != 200:  # noqa: PLR2004
        headers["x-amzn-errortype"] = payload["__type"]
    return status, headers, json.dumps(payload, default=_wire_value).encode()


def _wire_value(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else str(value)


def _page(items: list[Any], data: Request, default_size: int) -> tuple[list[Any], Request]:
    start, size = int(data.get("nextToken") or 0), int(data.get("maxResults") or default_size)
    more = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], more


class ExecutionsApi:
    """The API actions that concern executions and task tokens."""

    def __init__(self) -> None:
        self._executions = Executions()
        self._machines = private_names.SFN_MACHINES.load()
        self._aliases = private_names.SFN_ALIASES.load()
        self._region = private_names.REQUEST_REGION.load()
        self._account = private_names.REQUEST_ACCOUNT.load()
        self._success = private_names.CALLBACK_SUCCESS.load()
        self._failure = private_names.CALLBACK_FAILURE.load()
        self.actions: dict[str, Callable[[Request], Request]] = {
            "StartExecution": self.start_execution,
            "StopExecution": self.stop_execution,
            "DescribeExecution": self.describe_execution,
            "ListExecutions": self.list_executions,
            "GetExecutionHistory": self.get_execution_history,
            "SendTaskSuccess": self.send_task_success,
            "SendTaskFailure": self.send_task_failure,
            "SendTaskHeartbeat": self.send_task_heartbeat,
        }

    def start_execution(self, data: Request) -> Request:
        """Start one execution of a deployed state machine."""
        machine = self._machine(data.get("stateMachineArn", ""))
        execution = self._executions.start(
            machine, self._account(), self._region(), data.get("name"), data.get("input", "{}")
        )
        return {"executionArn": execution.exec_arn, "startDate": execution.start_date}

    def stop_execution(self, data: Request) -> Request:
        """Abort a running execution; a second call returns the date of the first."""
        execution = self._executions.get(data.get("executionArn", ""))
        if execution.status == "RUNNING":
            execution.stop(datetime.now(UTC), data.get("error"), data.get("cause"))
        return {"stopDate": execution.ending()["stopDate"]}

    def describe_execution(self, data: Request) -> Request:
        """Return an execution's status, with its output or its error."""
        execution = self._executions.get(data.get("executionArn", ""))
        return {**self._summary(execution), **execution.ending(), "input": execution.execution_input}

    def list_executions(self, data: Request) -> Request:
        """Return the executions of one state machine, or those started through one alias, newest first."""
        machine = self._machine(data.get("stateMachineArn", ""))
        found = self._executions.of_machine(machine, data.get("statusFilter"))
        page, more = _page(found, data, 1000)
        return {"executions": [self._summary(execution) for execution in page], **more}

    def get_execution_history(self, data: Request) -> Request:
        """Return the events of one execution."""
        execution = self._executions.get(data.get("executionArn", ""))
        events = list(execution.to_history_output()["events"])
        if data.get("reverseOrder"):
            events.reverse()
        page, more = _page(events, data, 100)
        return {"events": page, **more}

    def send_task_success(self, data: Request) -> Request:
        """Resume the state that waits on the token with a result."""
        token, output = data.get("taskToken", ""), data.get("output", "")
        try:
            json.loads(output)
        except ValueError:
            raise StepFunctionsError("InvalidOutput", "Invalid Output: output is not JSON") from None
        self._executions.waiting_on(token).notify(self._success(callback_id=token, output=output))
        return {}

    def send_task_failure(self, data: Request) -> Request:
        """Resume the state that waits on the token with an error."""
        token = data.get("taskToken", "")
        failure = self._failure(callback_id=token, error=data.get("error", ""), cause=data.get("cause", ""))
        self._executions.waiting_on(token).notify(failure)
        return {}

    def send_task_heartbeat(self, data: Request) -> Request:
        """Reset the heartbeat timeout of the state that waits on the token."""
        self._executions.waiting_on(data.get("taskToken", "")).notify_heartbeat()
        return {}

    def machine_of_token(self, body: bytes) -> str:
        """Return the state machine whose execution issued the token of a SendTask* call; `*` if none did."""
        try:
            execution = self._executions.with_token(json.loads(body).get("taskToken", ""))
        except (ValueError, AttributeError):
            return "*"
        return str(execution.state_machine.arn) if execution else "*"

    def _machine(self, arn: str) -> MachineSnapshot:
        """The state machine as it is now; by the ARN of an alias or a version, as it was published."""
        version = version_of(arn)
        machine = self._machines.get(version["stateMachineArn"] if version else arn)
        if machine is None:
            raise StepFunctionsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        known = version or machine
        return MachineSnapshot(
            machine["stateMachineArn"],
            machine["name"],
            known["roleArn"],
            known["definition"],
            machine["type"],
            arn if arn in self._aliases else None,
        )

    @staticmethod
    def _summary(execution: Any) -> Request:
        ended = {key: value for key, value in execution.ending().items() if key == "stopDate"}
        return {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine.arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.start_date,
            **({"stateMachineAliasArn": alias} if (alias := execution.state_machine.alias) else {}),
            **ended,
        }
