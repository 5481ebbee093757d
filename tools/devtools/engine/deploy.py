"""Deploys a packaged template with CloudFormation; a failure names the resource and the reason."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from devtools.engine.errors import EngineError
from devtools.engine.gaps import finish_archives, finish_tables, resolve_parameters
from devtools.engine.package import Location, Packager
from devtools.engine.template import read_template

_BUCKET = "local-engine-artifacts"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_DEADLINE_SECONDS = 120
_POLL_SECONDS = 0.05
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
# CloudFormation does not update a stack that was never created completely; it is deleted first.
_NEVER_CREATED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


@dataclass(frozen=True)
class Stack:
    """A deployed template."""

    name: str
    api_url: str
    outputs: dict[str, str]
    resources: dict[str, str]


class Deployer:
    """Deploys templates to one engine."""

    def __init__(self, client: Callable[[str], Any], region: str, engine_variables: Mapping[str, str]) -> None:
        self._client = client
        self._cloudformation = client("cloudformation")
        self._s3 = client("s3")
        self._engine_variables = engine_variables
        self._s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": region})

    def deploy(self, path: Path, name: str, api_url: str, parameters: Mapping[str, str]) -> Stack:
        """Create the stack, or update the one with this name."""
        template = read_template(path)
        packaged = Packager(template, path.resolve().parent, name, self._engine_variables, self._upload).package()
        self._apply(name, resolve_parameters(packaged, parameters), parameters)
        described = self._wait(name)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        resources = self._resources(name)
        finish_archives(resolve_parameters(template, parameters), name, resources, self._client("events"))
        finish_tables(template, resources, self._client("dynamodb"))
        return Stack(name=name, api_url=api_url, outputs=outputs, resources=resources)

    def _upload(self, content: bytes) -> Location:
        key = hashlib.sha256(content).hexdigest()
        self._s3.put_object(Bucket=_BUCKET, Key=key, Body=content)
        return {"Bucket": _BUCKET, "Key": key}

    def _apply(self, name: str, template: dict[str, Any], parameters: Mapping[str, str]) -> None:
        existing = self._describe(name)
        if existing and existing["StackStatus"] in _NEVER_CREATED:
            self._cloudformation.delete_stack(StackName=name)
            self._settle(name)
            existing = None
        change = self._cloudformation.update_stack if existing else self._cloudformation.create_stack
        location = self._upload(json.dumps(template).encode())
        try:
            change(
                StackName=name,
                # By URL, because an inline template may not be longer than 51,200 bytes.
                TemplateURL=f"{self._s3.meta.endpoint_url}/{location['Bucket']}/{location['Key']}",
                Parameters=[{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
                Capabilities=_CAPABILITIES,
            )
        except ClientError as refusal:
            if "No updates are to be performed" not in str(refusal):
                raise EngineError(f"Stack {name} was refused: {refusal.response['Error']['Message']}") from refusal

    def _wait(self, name: str) -> dict[str, Any]:
        described = self._settle(name)
        if described is None or described["StackStatus"] not in _GOOD:
            status = described["StackStatus"] if described else "gone"
            raise EngineError(f"Stack {name} did not deploy ({status}):\n{self._reasons(name)}")
        return described

    def _settle(self, name: str) -> dict[str, Any] | None:
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while (described := self._describe(name)) and described["StackStatus"].endswith("_IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise EngineError(f"Stack {name} is {described['StackStatus']} after {_DEADLINE_SECONDS} seconds.")
            time.sleep(_POLL_SECONDS)
        return described

    def _describe(self, name: str) -> dict[str, Any] | None:
        try:
            stack: dict[str, Any] = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as refusal:
            if "does not exist" in str(refusal):
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def _reasons(self, name: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failures = [
            f"  - {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
        ]
        return "\n".join(failures) or "  the engine gave no reason"

    def _resources(self, name: str) -> dict[str, str]:
        described = self._cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}
