"""The deployed endpoints do what `schemas/openapi.yaml` says for any request."""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32
from zoneinfo import available_timezones

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok

from devtools.schemas import read_api
from devtools.service import Service
from reconnect_cli.following import Snapshot
from tests.schemas.checking import closed
from tests.summary import Figures
from tests.system.support import a_login, open_session, wait_for_end, wait_until

WEBHOOK_SECRET = "a-webhook-secret"
EXAMPLES = 15

Case = schemathesis.Case[Any]

_CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"deterministic": True, "with-security-parameters": False},
        # API Gateway answers 404 to a method that a path does not have, with its own body.
        "checks": {"unsupported_method": {"enabled": False}},
        # Data from earlier responses contains their ids, so it would differ from run to run.
        "phases": {
            "examples": {"extra-data-sources": {"responses": False}},
            "coverage": {"extra-data-sources": {"responses": False}, "unexpected-methods": []},
            "fuzzing": {"extra-data-sources": {"responses": False}, "error-feedback": {"enabled": False}},
        },
        "operations": [
            # A foreign state has the right format; only its signature is wrong.
            {
                "include-operation-id": "takeRedirect",
                "checks": {"positive_data_acceptance": {"expected-statuses": [200, 303, 400]}},
            },
            # A deadline must be ahead, by seven days at most.
            {
                "include-operation-id": "planBatch",
                "checks": {"positive_data_acceptance": {"expected-statuses": [200, 400]}},
            },
            # The same, and a batch's logins are given in one way.
            {
                "include-operation-id": "openBatch",
                "checks": {"positive_data_acceptance": {"expected-statuses": [202, 400, 409]}},
            },
            {
                "include-operation-id": "addBatchItems",
                "checks": {"positive_data_acceptance": {"expected-statuses": [202, 400, 404, 409]}},
            },
            # A cursor is signed, and comes without a time.
            {
                "include-operation-id": "readEvents",
                "checks": {"positive_data_acceptance": {"expected-statuses": [200, 400, 404, 410]}},
            },
            # A cursor is signed.
            {
                "include-operation-id": "listBatches",
                "checks": {"positive_data_acceptance": {"expected-statuses": [200, 400]}},
            },
            # Not all filters can be combined, and a day may be too long ago.
            {
                "include-operation-id": "listSessions",
                "checks": {"positive_data_acceptance": {"expected-statuses": [200, 400]}},
            },
        ],
    }
)
schemathesis.openapi.format("iana-time-zone", st.sampled_from(sorted(available_timezones())))
_API = read_api()
_NUMBER = sum("operationId" in operation for path in _API["paths"].values() for operation in path.values())
_DOCUMENTED = schemathesis.openapi.from_dict(closed(_API), config=_CONFIG)


@dataclass(frozen=True)
class World:
    """A service with data for its endpoints: logins, one of them to erase; sessions, one of them to cancel."""

    service: Service
    login_ids: tuple[str, ...]
    forgotten: str
    waiting: Snapshot
    ended: str
    doomed: str

    def fill(self, case: Case) -> None:
        """Replace most valid but unknown ids by existing ones; values that are wrong on purpose stay wrong.

        Cases share their values, which therefore must not be changed in place.
        """
        operation = case.operation.definition.raw["operationId"]
        meta = case.meta
        assert meta, "every generated case says what is wrong with it on purpose"
        if (
            operation == "openSession"
            and isinstance(case.body, dict)
            and not meta.is_negative_at(ParameterLocation.BODY)
        ):
            key = _one_of(("used-before", f"key-{_number(case.body)}"), case.body)
            case.body = {**case.body, "loginId": _one_of(self.login_ids, case.body)}
            if "Idempotency-Key" in case.headers and not meta.is_negative_at(ParameterLocation.HEADER):
                case.headers = CaseInsensitiveDict({**case.headers, "Idempotency-Key": key})
        if case.path_parameters and not meta.is_negative_at(ParameterLocation.PATH):
            case.path_parameters = {
                name: self._known(name, value, operation) for name, value in case.path_parameters.items()
            }

    def _known(self, name: str, value: str, operation: str) -> str:
        known = {
            "sessionId": (self.doomed,) if operation == "cancelSession" else (self.waiting["sessionId"], self.ended),
            "loginId": (self.forgotten,),
            "link": (self.waiting["link"].rpartition("/")[2],),
            "state": (_state_in(self.waiting["connectUrl"]),),
        }.get(name, ())
        return _one_of((*known, *known, value), value)


def _one_of(choices: tuple[str, ...], generated: object) -> str:
    """Choose one, the same in each run."""
    return choices[_number(generated) % len(choices)]


def _number(generated: object) -> int:
    return crc32(json.dumps(generated, sort_keys=True).encode())


def _state_in(connect_url: str) -> str:
    (redirect_url,) = parse_qs(urlsplit(connect_url).query)["redirectUrl"]
    return redirect_url.rpartition("/")[2]


@pytest.fixture(scope="module")
def world(deploy: Callable[..., Service]) -> World:
    # Backstop polls every second would only take time from the endpoints.
    service = deploy("documented", BackstopIntervalSeconds="45", UnattendedIntervalSeconds="45")
    service.engine.client("secretsmanager").put_secret_value(
        SecretId=service.stack.outputs["WebhookSecretArn"], SecretString=WEBHOOK_SECRET
    )
    waiting = open_session(service, "Greatday", returnUrl="https://app.example/back")
    ended = open_session(service, "greatday_nomfa")
    wait_for_end(service, ended)
    forgotten = a_login(service, "Greatday")
    service.api.open_session(loginId=forgotten)
    return World(
        service=service,
        forgotten=forgotten,
        login_ids=(a_login(service, "Greatday"), a_login(service, "Greatday")),
        waiting=wait_until(service, waiting, "AWAITING_USER"),
        ended=ended,
        doomed=open_session(service, "Greatday"),
    )


def _check(case: Case, world: World, tally: Figures) -> None:
    began = time.monotonic()
    world.fill(case)
    base_url = world.service.api.url
    response = case.call(base_url=base_url, auth=_signer(world.service, case), allow_redirects=False)
    tally[f"endpoint {case.operation.label}"] += 1
    tally[f"status {response.status_code}"] += 1
    tally["server errors"] += response.status_code >= 500
    try:
        # Without the signer: some checks repeat the request with no signature, or with a wrong one.
        case.validate_response(response, transport_kwargs={"base_url": base_url})
    except FailureGroup as failures:
        tally["violations"] += len(failures.exceptions)
        raise
    finally:
        tally["milliseconds"] += round(1000 * (time.monotonic() - began))


def _test_of(label: str) -> Any:
    # Not `include`: to Schemathesis what _CONFIG says of an operation includes that one too.
    @_DOCUMENTED.exclude(lambda context: context.operation.label != label).parametrize()
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def test(case: Case, world: World, tally: Figures) -> None:
        _check(case, world, tally)

    return test


# A test for each operation. One test of them all has one node id for all, and of these a parallel run takes one.
for _operation in (result.ok() for result in _DOCUMENTED.get_all_operations() if isinstance(result, Ok)):
    _name = re.sub(r"(?=[A-Z])", "_", _operation.definition.raw["operationId"]).lower()
    globals()[f"test_{_name}_answers_any_request_as_documented"] = _test_of(_operation.label)


def test_every_operation_has_its_test() -> None:
    assert sum(name.endswith("_answers_any_request_as_documented") for name in globals()) == _NUMBER


def _signer(service: Service, case: Case) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    return _SignedByFlinks() if case.path.startswith("/webhooks") else _SignedByCaller(service)


class _SignedByCaller(requests.auth.AuthBase):
    def __init__(self, service: Service) -> None:
        root = service.engine.credentials
        self._signer = SigV4Auth(Credentials(root.access_key_id, root.secret_access_key), "execute-api", root.region)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body, headers={})
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


class _SignedByFlinks(requests.auth.AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        signature = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()
        request.headers["flinks-authenticity-key"] = base64.b64encode(signature).decode()
        return request
