"""Time: who waits for whom, and that whoever waits outlasts the one it waits for.

What a function may spend is measured, not listed: its use case runs on an HTTP session that only records, with every
Flinks time-out at the largest value that the template accepts, down the way with the most calls.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import requests
from boto3.dynamodb.types import TypeSerializer
from urllib3 import HTTPResponse

from reconnect.adapters.session_items import to_item
from reconnect.domain.session import Ask, Session, Status
from tests.template.template import FUNCTIONS, GLOBALS, ROUTES, TEMPLATE, environment
from tests.template.wired import settings_of, wire
from tests.workflow.definition import TASKS, function_of
from tests.workflow.samples import a_session

_HTTP_API_GIVES_UP_AFTER = 30

_LIVE = a_session(Status.AUTHORIZING)
_DYING = replace(_LIVE, receipt=None, data_request_id=None)
_UNSTARTED = replace(_DYING, status=Status.STARTING, attempt=None)

# The way with the most calls to Flinks, by function: the session it finds, what it is asked, the endpoints it calls.
_WAYS: dict[str, tuple[Session, Callable[[Any], object], list[str]]] = {
    # The start is refused; whether Flinks knows the login at all takes one more question.
    "StartAuthorize": (
        _UNSTARTED,
        lambda use_case: use_case("s", 1, 0),
        ["GenerateAuthorizeToken", "AuthorizeAsync", "GenerateAuthorizeToken", "Authorize"],
    ),
    # The status call says that the attempt is gone; then the cached flow is asked whether it was answered before.
    "PollAuthorize": (
        _DYING,
        lambda use_case: use_case("s", 0, 0),
        ["AuthorizeAsync", "GenerateAuthorizeToken", "Authorize"],
    ),
    # The bank wants a new sign-in, and which bank it is takes two more questions.
    "BuildConnectUrl": (
        replace(_DYING, connect_url=None),
        lambda use_case: use_case.await_redirect("s", "token", Ask.SIGN_IN),
        ["GenerateAuthorizeToken", "Authorize", "GetAccountsSummary", "GenerateAuthorizeToken"],
    ),
    "FetchAccounts": (
        _DYING,
        lambda use_case: use_case("s", 0),
        ["GenerateAuthorizeToken", "Authorize", "GetAccountsDetail"],
    ),
}
_FLINKS = {
    "GenerateAuthorizeToken": (200, {"Token": "token"}),
    "Authorize": (200, {"RequestId": "a1", "Login": {"LastRefresh": "2099-01-01T00:00:00"}}),
    "AuthorizeAsync": (401, {"FlinksCode": "SESSION_NONEXISTENT"}),
    "AuthorizeAsync start": (401, {"FlinksCode": "INVALID_LOGIN"}),
    "GetAccountsSummary": (200, {"InstitutionId": 14}),
    "GetAccountsDetail": (202, {"FlinksCode": "OPERATION_PENDING"}),
}


def timeout_of(function: str) -> int:
    """A function's time in seconds."""
    seconds: int = FUNCTIONS[function].get("Timeout", GLOBALS["Timeout"])
    return seconds


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if isinstance(task["TimeoutSeconds"], int)])
def test_a_state_outlasts_its_function(name: str) -> None:
    assert TASKS[name]["TimeoutSeconds"] > timeout_of(function_of(TASKS[name]))


@pytest.mark.parametrize("function", sorted({route.removesuffix("Route") for route in ROUTES}))
def test_a_function_behind_a_door_answers_before_the_api_gives_up(function: str) -> None:
    assert timeout_of(function) <= _HTTP_API_GIVES_UP_AFTER


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if "FLINKS_TIMEOUT_SECONDS" in environment(name)])
def test_a_function_outlasts_every_call_to_flinks_that_it_may_make_in_a_row(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, ask, expected = _WAYS[function]
    waits: list[tuple[str, float]] = []
    monkeypatch.setattr(requests.Session, "request", _recording(waits))
    answers = {"get_item": {"Item": _item(session)}, "put_item": {}, "put_events": {"FailedEntryCount": 0}}

    (use_case,) = wire(function, monkeypatch, _slowest(function), answers).use_cases
    ask(use_case)

    assert [endpoint for endpoint, _ in waits] == expected
    assert sum(seconds for _, seconds in waits) <= timeout_of(function)


def _slowest(function: str) -> dict[str, str]:
    """The function's variables, with each Flinks time-out at the most that the template accepts."""
    return {**settings_of(function), **dict(_largest_timeouts(function))}


def _largest_timeouts(function: str) -> Iterator[tuple[str, str]]:
    for name, parameter in environment(function).items():
        if name.startswith("FLINKS_") and name.endswith("TIMEOUT_SECONDS"):
            yield name, str(TEMPLATE["Parameters"][parameter]["MaxValue"])


def _recording(waits: list[tuple[str, float]]) -> Callable[..., requests.Response]:
    def request(
        _self: object, _method: str, url: str, *, timeout: tuple[float, float], **call: Any
    ) -> requests.Response:
        endpoint = url.partition("/BankingServices/")[2].partition("/")[0]
        waits.append((endpoint, sum(timeout)))
        is_start = endpoint == "AuthorizeAsync" and "LoginId" in call["json"]
        status, body = _FLINKS[f"{endpoint} start" if is_start else endpoint]
        response = requests.Response()
        response.status_code = status
        response.raw = HTTPResponse(BytesIO(json.dumps(body).encode()), preload_content=False)
        return response

    return request


def _item(session: Session) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in to_item(replace(session, created_at=datetime.now(UTC))).items()}
