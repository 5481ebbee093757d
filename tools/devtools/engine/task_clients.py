"""The AWS clients of task states: they call this engine, signed as the state machine's role."""

import os
import threading
import time
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from devtools.engine.settings import ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY

# The longest run of a Lambda function, with a margin; the state's own TimeoutSeconds ends it sooner.
_LONGEST_TASK_SECONDS = 910
# A role's session lasts an hour; a new one is used every half hour.
_SESSION_SECONDS = 1800
SESSION_NAME = "StepFunctions"
# A session reads botocore's tables for its first client, which takes a third of a second; so there is one.
_session = lru_cache(maxsize=1)(boto3.session.Session)
_making_clients = threading.Lock()


def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    """Return a client for a task state; the role's policies decide what it may call."""
    return client_as(region, service, state_credentials.role_arn if state_credentials else None)


def client_as(region: str, service: str, role_arn: str | None) -> Any:
    """Return a client that calls as a role, or as the account's root user without one."""
    # boto3 sessions cannot be built safely in several threads, and every execution is a thread.
    with _making_clients:
        return _client(region, service, role_arn, int(time.monotonic() // _SESSION_SECONDS))


@lru_cache(maxsize=128)
def _client(region: str, service: str, role_arn: str | None, _half_hour: int) -> Any:
    keys = _root_keys() if role_arn is None else _role_keys(region, role_arn)
    client: Any = _session().client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            read_timeout=_LONGEST_TASK_SECONDS,
            max_pool_connections=256,
        ),
        **keys,
    )
    client.meta.events.register("after-call", _with_request_id)
    return client


def _with_request_id(parsed: dict[str, Any], **_: Any) -> None:
    # The engine's errors have no RequestId, but moto needs one to report a failed task.
    parsed.setdefault("ResponseMetadata", {}).setdefault("RequestId", "none")


def _root_keys() -> dict[str, str]:
    return {"aws_access_key_id": ROOT_ACCESS_KEY_ID, "aws_secret_access_key": ROOT_SECRET_ACCESS_KEY}


def _role_keys(region: str, role_arn: str) -> dict[str, str]:
    security = _client(region, "sts", None, 0)
    session = security.assume_role(RoleArn=role_arn, RoleSessionName=SESSION_NAME)["Credentials"]
    return {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
