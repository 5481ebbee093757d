"""`schemas/openapi.yaml` agrees with the template and the code."""

import json
from datetime import timedelta
from typing import Any

import pytest
from openapi_spec_validator import validate as validate_openapi

from reconnect.model import errors
from reconnect.model.errors import InvalidRequest, ReconnectError, TooSoon
from reconnect.runtime.aws import install
from reconnect.runtime.http import MAX_BODY_BYTES, answers_problems
from reconnect.runtime.service import Service
from tests.fakes.clock import NOW
from tests.fakes.lambda_runtime import Context
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings
from tests.schemas.checking import API, ENDPOINTS, api_validator, faults, resolved
from tests.template.template import ROUTES

_ROUTES = {found["RouteKey"]: found for found in ROUTES.values()}
_ANSWERED = "application/problem+json"
# Only the subclasses of TooSoon are raised: they carry the reason.
_EVERY_ERROR = [
    error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, ReconnectError) and error not in {ReconnectError, TooSoon}
]


def test_the_document_is_openapi() -> None:
    validate_openapi(API)


def test_every_route_of_the_template_is_documented_and_no_other() -> None:
    assert ENDPOINTS.keys() == _ROUTES.keys()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_each_endpoint_is_documented_as_signed_if_it_is(endpoint: str) -> None:
    ways = {name for way in ENDPOINTS[endpoint]["security"] for name in way}

    assert ("sigv4" in ways) == (_ROUTES[endpoint]["AuthorizationType"] == "AWS_IAM")
    assert ("403" in ENDPOINTS[endpoint]["responses"]) == ("sigv4" in ways)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_each_endpoint_documents_its_path_parameters(endpoint: str) -> None:
    path = endpoint.partition(" ")[2]
    parameters = [*API["paths"][path].get("parameters", []), *ENDPOINTS[endpoint].get("parameters", [])]
    named = {parameter["name"] for parameter in map(resolved, parameters) if parameter["in"] == "path"}

    assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in ENDPOINTS if "requestBody" in ENDPOINTS[endpoint]])
def test_each_endpoint_with_a_body_documents_its_answer_to_a_bad_one(endpoint: str) -> None:
    assert "400" in ENDPOINTS[endpoint]["responses"]


# Problem details


def _answer_to(error: type[ReconnectError]) -> dict[str, Any] | None:
    """The answer of the endpoints to an error; None if it escapes."""

    def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
        if error is InvalidRequest:
            raise InvalidRequest({"loginId": "is wrong"})
        raise error(NOW + timedelta(minutes=1)) if issubclass(error, TooSoon) else error("x")

    install(Service(FakePorts(), a_settings()))
    try:
        return answers_problems(handler)({}, Context())  # type: ignore[arg-type]
    except ReconnectError:
        return None
    finally:
        install(None)


def _documented_problems() -> dict[str, tuple[str, dict[str, Any]]]:
    """The status and the example of each documented problem, by the error that it is named after."""
    return {
        name: (status, shown["value"])
        for endpoint in ENDPOINTS.values()
        for status, answer in endpoint["responses"].items()
        for name, shown in resolved(answer).get("content", {}).get(_ANSWERED, {}).get("examples", {}).items()
    }


@pytest.mark.parametrize("error", _EVERY_ERROR, ids=lambda error: error.__name__)
def test_each_problem_is_documented_word_for_word(error: type[ReconnectError]) -> None:
    answer, problems = _answer_to(error), _documented_problems()
    # A subclass of a documented error is answered as that error.
    documented = next((problems[kind.__name__] for kind in error.__mro__ if kind.__name__ in problems), None)

    if answer is None:
        assert documented is None
        return
    assert documented is not None
    status, shown = documented
    body = json.loads(answer["body"])
    assert faults(api_validator("Problem"), body) == faults(api_validator("Problem"), shown) == []
    assert answer["headers"]["Content-Type"] == _ANSWERED
    assert int(status) == answer["statusCode"]
    assert body.keys() == shown.keys()
    varying = {"errors", "nextAllowedAt"}
    assert [name for name in body.keys() - varying if body[name] != shown[name]] == []


@pytest.mark.parametrize("error", TooSoon.__subclasses__(), ids=lambda error: error.__name__)
def test_a_caller_who_must_wait_gets_the_reason_as_a_code(error: type[TooSoon]) -> None:
    codes = resolved(API["components"]["schemas"]["Problem"]["properties"]["code"])["enum"]

    assert {kind.code for kind in TooSoon.__subclasses__()} < set(codes)
    assert _documented_problems()[error.__name__][1]["code"] == error.code


@pytest.mark.parametrize("error", TooSoon.__subclasses__(), ids=lambda error: error.__name__)
def test_the_headers_of_a_too_soon_answer_are_documented(error: type[TooSoon]) -> None:
    answer = _answer_to(error)
    headers = API["components"]["responses"]["TooSoon"]["headers"]

    assert answer is not None
    assert answer["headers"].keys() - {"Content-Type", "Cache-Control"} == headers.keys()


def test_the_documented_body_limit_is_the_one_in_the_code() -> None:
    assert f"{MAX_BODY_BYTES // 1024} KiB" in API["info"]["description"]
