"""`schemas/openapi.yaml` agrees with the template and the code."""

import json
import re
from datetime import timedelta
from typing import Any

from openapi_spec_validator import validate as validate_openapi

from reconnect.model import batch_errors, errors, feed_errors
from reconnect.model.errors import InvalidRequest, ReconnectError, RemindedRecently, TooSoon
from reconnect.runtime.aws import install
from reconnect.runtime.http import answers_problems
from reconnect.runtime.problems import MAX_BATCH_BYTES, MAX_BODY_BYTES
from reconnect.runtime.security_headers import with_security_headers
from reconnect.runtime.service import Service
from tests.fakes.clock import NOW
from tests.fakes.lambda_runtime import Context
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings
from tests.schemas.checking import API, ENDPOINTS, api_validator, faults, resolved
from tests.template.template import ROUTES

# `$default` answers all that is no endpoint, so the document has no place for it.
_ROUTES = {found["RouteKey"]: found for found in ROUTES.values() if found["RouteKey"] != "$default"}
_ANSWERED = "application/problem+json"
# Only the subclasses of TooSoon are raised: they carry the reason.
_EVERY_ERROR = [
    error
    for error in {**vars(errors), **vars(batch_errors), **vars(feed_errors)}.values()
    if isinstance(error, type) and issubclass(error, ReconnectError) and error not in {ReconnectError, TooSoon}
]


def test_the_document_is_openapi() -> None:
    validate_openapi(API)


def test_every_route_of_the_template_is_documented_and_no_other() -> None:
    assert ENDPOINTS.keys() == _ROUTES.keys()


def test_each_endpoint_is_documented_as_signed_if_it_is() -> None:
    signed = {name for name, route in _ROUTES.items() if route["AuthorizationType"] == "AWS_IAM"}

    assert {name for name, each in ENDPOINTS.items() if any("sigv4" in way for way in each["security"])} == signed
    assert {name for name, each in ENDPOINTS.items() if "403" in each["responses"]} == signed


def test_each_endpoint_documents_its_path_parameters() -> None:
    documented = {name: _path_parameters(name) for name in ENDPOINTS}

    assert documented == {name: set(re.findall(r"{(\w+)}", name)) for name in ENDPOINTS}


def test_each_endpoint_with_a_body_documents_its_answer_to_a_bad_one() -> None:
    with_body = {name: each for name, each in ENDPOINTS.items() if "requestBody" in each}

    assert with_body
    assert [name for name, each in with_body.items() if "400" not in each["responses"]] == []


def _path_parameters(endpoint: str) -> set[str]:
    path = endpoint.partition(" ")[2]
    parameters = [*API["paths"][path].get("parameters", []), *ENDPOINTS[endpoint].get("parameters", [])]
    return {parameter["name"] for parameter in map(resolved, parameters) if parameter["in"] == "path"}


# Problem details


def _answer_to(error: type[ReconnectError]) -> dict[str, Any] | None:
    """The answer of the endpoints to an error; None if it escapes."""

    def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
        if error is InvalidRequest:
            raise InvalidRequest({"loginId": "is wrong"})
        raise error(NOW + timedelta(minutes=1)) if issubclass(error, TooSoon | RemindedRecently) else error("x")

    install(Service(FakePorts(), a_settings()))
    try:
        return answers_problems(handler)({}, Context())  # type: ignore[arg-type]
    except ReconnectError:
        return None
    finally:
        install(None)


def _documented_problems() -> dict[str, tuple[str, dict[str, Any]]]:
    """The status and the example of each documented problem, by the error that it is named after."""
    answers = [answer for endpoint in ENDPOINTS.values() for answer in endpoint["responses"].items()]
    # The answer at every other path, which no endpoint has.
    answers.append(("404", API["components"]["responses"]["NoSuchEndpoint"]))
    return {
        name: (status, shown["value"])
        for status, answer in answers
        for name, shown in resolved(answer).get("content", {}).get(_ANSWERED, {}).get("examples", {}).items()
    }


def _mismatches(error: type[ReconnectError]) -> list[str]:
    """The differences between the answer to an error and its documented example."""
    answer, problems = _answer_to(error), _documented_problems()
    # A subclass of a documented error is answered as that error.
    documented = next((problems[kind.__name__] for kind in error.__mro__ if kind.__name__ in problems), None)
    if answer is None or documented is None:
        return [] if answer is None and documented is None else ["either answered or documented, but not both"]
    status, shown = documented
    body = json.loads(answer["body"])
    varying = {"errors", "nextAllowedAt"}
    return [
        *faults(api_validator("Problem"), body),
        *faults(api_validator("Problem"), shown),
        *([] if answer["headers"]["Content-Type"] == _ANSWERED else ["the content type"]),
        *([] if int(status) == answer["statusCode"] else ["the status"]),
        *sorted(body.keys() ^ shown.keys()),
        *sorted(name for name in (body.keys() & shown.keys()) - varying if body[name] != shown[name]),
    ]


def test_each_problem_is_documented_word_for_word() -> None:
    mismatches = {error.__name__: _mismatches(error) for error in _EVERY_ERROR}

    assert len(mismatches) > 20
    assert {name: found for name, found in mismatches.items() if found} == {}


def test_each_documented_code_is_answered_and_has_one_meaning() -> None:
    answers = [json.loads(answer["body"]) for error in _EVERY_ERROR if (answer := _answer_to(error))]
    meanings = {(each["code"], each["type"], each["status"], each["title"], each["detail"]) for each in answers}

    assert sorted(code for code, *_ in meanings) == sorted(
        API["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    )
    assert all(kind == f"urn:reconnect:problems:{code}" for code, kind, *_ in meanings)


def test_a_caller_who_must_wait_gets_the_reason_as_a_code() -> None:
    codes = resolved(API["components"]["schemas"]["Problem"]["properties"]["code"])["enum"]
    kinds, documented = TooSoon.__subclasses__(), _documented_problems()

    assert {kind.code for kind in kinds} < set(codes)
    assert [kind.code for kind in kinds if documented[kind.__name__][1]["code"] != kind.code] == []


def test_the_headers_of_a_too_soon_answer_are_documented() -> None:
    documented = API["components"]["responses"]["TooSoon"]["headers"].keys() | {
        "Content-Type",
        *with_security_headers({})["headers"],
    }

    answers = {error: _answer_to(error) for error in TooSoon.__subclasses__()}

    assert [error for error, answer in answers.items() if not answer or answer["headers"].keys() != documented] == []


def test_the_documented_body_limit_is_the_one_in_the_code() -> None:
    assert f"{MAX_BODY_BYTES // 1024} KiB" in API["info"]["description"]
    assert f"list of logins {MAX_BATCH_BYTES // 1024} KiB" in API["info"]["description"]
