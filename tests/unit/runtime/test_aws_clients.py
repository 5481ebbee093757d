"""The clients of AWS: a call that stalls is repeated while it still helps, and then given up."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from reconnect.adapters.aws_calls import LONGEST_CALL_SECONDS
from reconnect.adapters.dynamodb.table import TABLE_CONFIG
from reconnect.adapters.s3_results import S3_CONFIG
from reconnect.runtime.aws_ports import boto3_client

_URL = "https://sqs.ca-central-1.amazonaws.com/123456789012/a-queue"
_CALLS: dict[str, tuple[Any, Callable[[Any], object]]] = {
    "dynamodb": (TABLE_CONFIG, lambda client: client.get_item(TableName="a-table", Key={"pk": {"S": "a"}})),
    "events": (None, lambda client: client.put_events(Entries=[{"Source": "reconnect"}])),
    "s3": (S3_CONFIG, lambda client: client.list_objects_v2(Bucket="a-bucket")),
    "secretsmanager": (None, lambda client: client.get_secret_value(SecretId="a-secret")),
    "sqs": (None, lambda client: client.send_message(QueueUrl=_URL, MessageBody="{}")),
    "stepfunctions": (None, lambda client: client.send_task_success(taskToken="token", output="{}")),
}


@pytest.mark.parametrize("service", _CALLS)
def test_a_call_that_stalls_is_repeated_and_given_up_in_time(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own, call = _CALLS[service]
    client = boto3_client(service, own)
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr("random.random", lambda: 1.0)

    def stall(**_: Any) -> None:
        waited.append(client.meta.config.connect_timeout + client.meta.config.read_timeout)
        raise ReadTimeoutError(endpoint_url="https://aws.test")

    client.meta.events.register("before-send", stall)

    with pytest.raises(ReadTimeoutError):
        call(client)

    assert waited.count(3) == 3
    assert sum(waited) <= LONGEST_CALL_SECONDS


def test_the_sdks_own_choices_for_a_service_are_kept() -> None:
    s3 = boto3_client("s3", S3_CONFIG).meta.config

    assert (s3.signature_version, s3.s3["addressing_style"], s3.read_timeout) == ("s3v4", "virtual", 2)
