"""The state machine of batches, through Step Functions."""

import json
from typing import TYPE_CHECKING

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import WorkflowUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsBatchRuns:
    """The port `BatchRuns`."""

    def __init__(self, client: "SFNClient", state_machine_arn: str) -> None:
        self._client, self._state_machine_arn = client, state_machine_arn

    def start(self, batch_id: str, number: int) -> None:
        """Start the execution; its name is unique, so a second start creates no second execution."""
        try:
            self._client.start_execution(
                stateMachineArn=self._state_machine_arn,
                name=f"{batch_id}-{number}",
                input=json.dumps({"batchId": batch_id, "number": number}),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return
        except AWS_FAILURES as failure:
            raise WorkflowUnavailable(f"StartExecution: {name_of(failure)}") from None
