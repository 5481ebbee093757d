"""AWS behind the real SDK, in this process: the local engine's DynamoDB, and of the other services what is called.

Each call is checked against the role of the function that makes it, and may be refused; the reply goes through the
SDK, so that the adapters meet what AWS would send. There is no network.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any, cast

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config

from devtools.engine import private_names
from tests.contract.stores import is_delivered
from tests.model.machine import Machine
from tests.template.template import FUNCTIONS, grants, target

REGION = "ca-central-1"
_GOOD = 200
# The SDK's own repeats only take time.
_ONE_TRY = Config(retries={"total_max_attempts": 1})
_ACTIONS = {"stepfunctions": "states", "ListObjectsV2": "ListBucket"}

# What a service says if the call's permission is missing.
DENIED = (400, "AccessDeniedException")
Refusal = tuple[int, str]


class _Raw(BytesIO):
    """A body as the SDK reads it."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


@dataclass
class Aws:
    """The account. `current` returns the function that runs now; `write` takes each new image of the table's stream.

    `denied`: permissions that were taken away, as (function or "*", action); `refused`: what a service answers to each
    call, by the prefix of its action.
    """

    machine: Machine
    current: Callable[[], str]
    write: Callable[[dict[str, Any]], None]
    secrets: dict[str, str]
    denied: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[str, Refusal] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)
    objects: set[str] = field(default_factory=set)

    def client(self, service: str, **_options: Any) -> Any:
        """Return the SDK's client, which calls this account from now on."""
        client = _client(service)
        _IN_USE[:] = [self]
        return client

    def answer(self, service: str, operation: str, request: AWSPreparedRequest) -> tuple[int, Any]:
        """Return status and body of the reply."""
        action = f"{_ACTIONS.get(service, service)}:{_ACTIONS.get(operation, operation)}"
        if (refusal := self._refusal(action)) is not None:
            return refusal[0], {"__type": refusal[1], "message": "refused"}
        if service == "dynamodb":
            return self._answer_dynamodb(operation, cast(bytes, request.body))
        if service == "s3":
            return self._answer_s3(request)
        return self._answer(operation, json.loads(cast(bytes, request.body)))

    def _refusal(self, action: str) -> Refusal | None:
        function = self.current()
        role = target(FUNCTIONS[function]["Role"])
        allowed = {granted for granted, *_ in grants(role)}
        if action not in allowed or (function, action) in self.denied or ("*", action) in self.denied:
            return DENIED
        return next((refusal for begin, refusal in self.refused.items() if action.startswith(begin)), None)

    def _answer(self, operation: str, given: dict[str, Any]) -> tuple[int, Any]:
        match operation:
            case "GetSecretValue":
                secret = self.secrets.get(given["SecretId"])
                return (200, {"SecretString": secret}) if secret is not None else _error("ResourceNotFoundException")
            case "PutEvents":
                self.published += given["Entries"]
                return 200, {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
            case "SendMessage":
                digest = hashlib.md5(given["MessageBody"].encode(), usedforsecurity=False).hexdigest()
                return 200, {"MessageId": "1", "MD5OfMessageBody": digest}
        return self._answer_workflow(operation, given)

    def _answer_workflow(self, operation: str, given: dict[str, Any]) -> tuple[int, Any]:
        refusal = None
        answer: dict[str, Any] = {}
        match operation:
            case "StartExecution" if given["name"] in self.machine.executions:
                refusal = "ExecutionAlreadyExists"
            case "StartExecution":
                self.machine.begin(given["name"], json.loads(given["input"]))
                answer = {"executionArn": "arn", "startDate": 0}
            case "SendTaskSuccess":
                woken = self.machine.wake(given["taskToken"], json.loads(given["output"])["cause"])
                refusal = None if woken else "TaskTimedOut"
            case "SendTaskFailure":
                self.machine.interrupt_wait(given["taskToken"])
            case "DescribeExecution":
                found = self.machine.executions.get(given["executionArn"].rpartition(":")[2])
                refusal = None if found else "ExecutionDoesNotExist"
                answer = {"status": found.status} if found else {}
            case _:
                raise AssertionError(f"no function is known to call {operation}")
        return _error(refusal) if refusal else (200, answer)

    def _answer_s3(self, request: AWSPreparedRequest) -> tuple[int, Any]:
        match request.method:
            case "PUT":
                self.objects.add(request.url)
                return 200, ""
            case "DELETE":
                self.objects.discard(request.url)
                return 204, ""
        return 200, "<ListBucketResult></ListBucketResult>"

    def _answer_dynamodb(self, operation: str, body: bytes) -> tuple[int, Any]:
        """Answer as the local engine does, and pass on the writes that the stream's filter lets through."""
        status, answer = call_dynamodb(operation, body)
        if operation in ("PutItem", "UpdateItem") and status == _GOOD:
            image = json.loads(body).get("Item") or answer.get("Attributes")
            if is_delivered(image):
                self.write(image)
        return status, answer


def call_dynamodb(operation: str, body: bytes) -> tuple[int, Any]:
    """Call the engine's DynamoDB; its coroutine waits for nothing."""
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    try:
        private_names.DYNAMODB_REQUEST.load()("POST", "/", headers, body, {}).send(None)
    except StopIteration as done:
        status, _, answer = done.value
        return status, json.loads(answer)
    raise AssertionError("the engine's DynamoDB waits")


def _error(name: str) -> tuple[int, Any]:
    return 400, {"__type": name, "message": name}


# The account of the client's next call; clients are costly, so all accounts share them.
_IN_USE: list[Aws] = []


@cache
def _client(service: str) -> Any:
    client = boto3.client(  # type: ignore[call-overload]
        service,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=_ONE_TRY.merge(Config(s3={"addressing_style": "virtual"})),
    )

    def before(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        status, body = _IN_USE[0].answer(service, event_name.rpartition(".")[2], request)
        raw = body if isinstance(body, str) else json.dumps(body)
        if service == "s3" and isinstance(body, dict):
            raw = f"<Error><Code>{body['__type']}</Code></Error>"
        headers = {"x-amzn-errortype": body["__type"]} if isinstance(body, dict) and "__type" in body else {}
        return AWSResponse(request.url, status, cast(Any, HeadersDict(headers)), _Raw(raw.encode()))

    client.meta.events.register_first("before-send", before)
    return client
