"""`schemas/openapi.yaml` says what the template and the code say."""

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
from tests.schemas.checking import API, DOORS, api_validator, faults, resolved
from tests.template.template import ROUTES

_ROUTES = {found["RouteKey"]: found for found in ROUTES.values()}
_ANSWERED = "application/problem+json"
# TooSoon is raised as one of its kinds only, which say why.
_EVERY_ERROR = [
    error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, ReconnectError) and error not in {ReconnectError, TooSoon}
]


def test_the_document_is_openapi() -> None:
    validate_openapi(API)


def test_every_route_of_the_template_is_documented_and_no_other() -> None:
    assert DOORS.keys() == _ROUTES.keys()


@pytest.mark.parametrize("door", DOORS)
def test_an_endpoint_is_documented_as_signed_if_the_template_signs_it(door: str) -> None:
    ways = {name for way in DOORS[door]["security"] for name in way}

    assert ("sigv4" in ways) == (_ROUTES[door]["AuthorizationType"] == "AWS_IAM")
    assert ("403" in DOORS[door]["responses"]) == ("sigv4" in ways)


@pytest.mark.parametrize("door", DOORS)
def test_an_endpoint_documents_each_part_of_its_path(door: str) -> None:
    path = door.partition(" ")[2]
    parameters = [*API["paths"][path].get("parameters", []), *DOORS[door].get("parameters", [])]
    named = {told["name"] for told in map(resolved, parameters) if told["in"] == "path"}

    assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}


@pytest.mark.parametrize("door", [door for door in DOORS if "requestBody" in DOORS[door]])
def test_an_endpoint_that_reads_json_documents_its_answer_to_a_bad_body(door: str) -> None:
    assert "400" in DOORS[door]["responses"]


# Problem details


def _answer_to(error: type[ReconnectError]) -> dict[str, Any] | None:
    """What the doors answer to an error; None if it escapes."""

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
    """Every example of problem details by the error that it is named after, with the status it stands under."""
    return {
        name: (status, shown["value"])
        for door in DOORS.values()
        for status, answer in door["responses"].items()
        for name, shown in resolved(answer).get("content", {}).get(_ANSWERED, {}).get("examples", {}).items()
    }


@pytest.mark.parametrize("error", _EVERY_ERROR, ids=lambda error: error.__name__)
def test_every_problem_of_the_endpoints_is_documented_word_for_word(error: type[ReconnectError]) -> None:
    answer, problems = _answer_to(error), _documented_problems()
    # A kind of another error is answered as that one.
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
def test_the_headers_of_a_refusal_are_documented(error: type[TooSoon]) -> None:
    answer = _answer_to(error)
    headers = API["components"]["responses"]["TooSoon"]["headers"]

    assert answer is not None
    assert answer["headers"].keys() - {"Content-Type", "Cache-Control"} == headers.keys()


def test_the_limit_of_a_body_is_the_one_in_the_code() -> None:
    assert f"{MAX_BODY_BYTES // 1024} KiB" in API["info"]["description"]
