"""The HTTP API: signed endpoints refuse other requests, open endpoints accept them, only loopback is listened on."""

import json
import subprocess
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from devtools.engine import LocalEngine, Stack
from devtools.engine.figures import process_group_members
from tests.system.engine.fixtures import Finished, Invoke


def _signed(
    engine: LocalEngine, url: str, body: str, access_key_id: str | None = None, secret: str | None = None
) -> dict[str, str]:
    keys = engine.credentials
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    signer = Credentials(access_key_id or keys.access_key_id, secret or keys.secret_access_key)
    SigV4Auth(signer, "execute-api", keys.region).add_auth(request)
    return dict(request.headers)


@pytest.fixture(scope="module")
def caller(engine: LocalEngine, app: Stack) -> dict[str, Any]:
    """The keys of a user who may call one endpoint of the API and nothing else."""
    iam = engine.client("iam")
    iam.create_user(UserName="caller")
    endpoint = f"arn:aws:execute-api:{engine.credentials.region}:*:{app.resources['Api']}/*/POST/flows"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": endpoint}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="caller", PolicyName="endpoint", PolicyDocument=json.dumps(policy))
    return dict(iam.create_access_key(UserName="caller")["AccessKey"])


@pytest.fixture(scope="module")
def stranger(engine: LocalEngine) -> dict[str, Any]:
    """The keys of a user who may do nothing."""
    iam = engine.client("iam")
    iam.create_user(UserName="stranger")
    return dict(iam.create_access_key(UserName="stranger")["AccessKey"])


def test_an_unsigned_request_to_a_signed_endpoint_is_forbidden(app: Stack, http: requests.Session) -> None:
    refused = http.post(f"{app.api_url}/flows", data=json.dumps({"flow": "unsigned", "script": []}))

    assert refused.status_code == 403
    assert refused.json() == {"message": "Forbidden"}


def test_a_signed_request_starts_an_execution(
    engine: LocalEngine, app: Stack, http: requests.Session, finished: Finished
) -> None:
    body = json.dumps({"flow": "signed", "script": [{"outcome": "DONE"}]})
    url = f"{app.api_url}/flows"

    accepted = http.post(url, data=body, headers=_signed(engine, url, body))

    assert accepted.status_code == 202, accepted.text
    assert finished(accepted.json()["executionArn"])["status"] == "SUCCEEDED"


def test_a_user_whose_policy_names_the_endpoint_may_call_it(
    engine: LocalEngine, app: Stack, http: requests.Session, caller: dict[str, Any], finished: Finished
) -> None:
    body = json.dumps({"flow": "by-a-user", "script": [{"outcome": "DONE"}]})
    url = f"{app.api_url}/flows"

    accepted = http.post(
        url, data=body, headers=_signed(engine, url, body, caller["AccessKeyId"], caller["SecretAccessKey"])
    )

    assert accepted.status_code == 202, accepted.text
    assert finished(accepted.json()["executionArn"])["status"] == "SUCCEEDED"


def test_a_request_signed_with_a_wrong_secret_is_forbidden(
    engine: LocalEngine, app: Stack, http: requests.Session, caller: dict[str, Any]
) -> None:
    url = f"{app.api_url}/flows"

    refused = http.post(url, data="{}", headers=_signed(engine, url, "{}", caller["AccessKeyId"], "guessed"))

    assert refused.status_code == 403


def test_a_user_without_the_permission_is_forbidden(
    engine: LocalEngine, app: Stack, http: requests.Session, stranger: dict[str, Any]
) -> None:
    url = f"{app.api_url}/flows"
    headers = _signed(engine, url, "{}", stranger["AccessKeyId"], stranger["SecretAccessKey"])

    assert http.post(url, data="{}", headers=headers).status_code == 403


def test_an_unknown_path_is_not_found(app: Stack, http: requests.Session) -> None:
    assert http.get(f"{app.api_url}/nowhere").status_code == 404


def test_the_url_is_known_before_the_deploy_and_does_not_change(engine: LocalEngine, app: Stack) -> None:
    assert app.api_url == engine.api_url_for("app")
    assert app.resources["Api"] == "app"


def test_engine_and_workers_listen_on_loopback_only(engine: LocalEngine, app: Stack, invoke: Invoke) -> None:
    invoke(app, "ProbeFunction", {"modules": []})

    listening = _listening_addresses(engine.process_id)

    assert len(listening) > 1, "the engine and at least one worker's runtime API"
    assert {address.rpartition(":")[0] for address in listening} == {"127.0.0.1"}


def _listening_addresses(group: int) -> list[str]:
    members = {f"pid={member}," for member in process_group_members(group)}
    lines = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S607
    return [line.split()[3] for line in lines if any(member in line for member in members)]
