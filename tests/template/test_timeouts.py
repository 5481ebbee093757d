"""Time-outs: every caller waits longer than the function or the call that it waits for.

A function's longest duration is measured: its use case runs the path with the most calls on an HTTP session that only
records, with every Flinks time-out at the largest value that the template accepts. One call to AWS may stall besides.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from boto3.dynamodb.types import TypeSerializer
from urllib3 import HTTPResponse

from reconnect.adapters.aws_calls import LONGEST_CALL_SECONDS
from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.flinks.transport import _CONNECT_TIMEOUT_SECONDS
from reconnect.model.attempt import Ask, Attempt
from reconnect.model.session import Session, Status
from reconnect.model.signing import Link
from reconnect.usecases.erase_login import TIME_TO_DELETE
from tests.template.template import FUNCTIONS, ROUTES, TEMPLATE, environment, function_behind, timeout_of
from tests.template.wired import parts_of, port_calls, settings_of, wire
from tests.workflow.definition import CALLS, function_of
from tests.workflow.samples import a_session

_HTTP_API_GIVES_UP_AFTER = 30
# Every secret is read as this text, the signing key too.
_SECRET = '{"secretKey": "key"}'

_LIVE = a_session(Status.AUTHORIZING)
_DYING = replace(_LIVE, receipt=None, data_request_id=None)
# Begun after all that Flinks has data from.
_EXPIRED = replace(
    _DYING, status=Status.AWAITING_CLICK, attempt=Attempt(1, datetime(2199, 1, 1, tzinfo=UTC), request_id="r1")
)
_ASKING = replace(
    _DYING,
    status=Status.AWAITING_USER,
    attempt=Attempt(1, started_at=_DYING.created_at, asked=Ask.SIGN_IN),
    link_expires_at=datetime(2199, 1, 1, tzinfo=UTC),
)
# The cached flow, whose own replies do not say how old the data is.
_CACHED = ["GenerateAuthorizeToken", "Authorize"]
_DATED = [*_CACHED, "GetAccountsSummary"]

# The path with the most calls to Flinks, by function: its session, its call, the Flinks endpoints that it calls.
_WAYS: dict[str, tuple[Session, Callable[..., object], list[str]]] = {
    # The last attempt may have been answered, or may still be open; then another one starts, and the last poll of the
    # window finds it gone.
    "StartAuthorize": (
        _EXPIRED,
        lambda poll, start: (start("s", 2, 0), poll("s", 0, 0, window=0)),
        [*_DATED, "AuthorizeAsync", "GenerateAuthorizeToken", "AuthorizeAsync", "AuthorizeAsync", *_DATED],
    ),
    # The status call says that the attempt is gone; then the cached flow shows whether it was answered before.
    "PollAuthorize": (
        _DYING,
        lambda use_case: use_case("s", 0, 0, window=0),
        ["AuthorizeAsync", *_DATED],
    ),
    # The bank requires a new sign-in, and it takes two more calls to learn which bank it is.
    "BuildConnectUrl": (
        replace(_DYING, connect_url=None),
        lambda use_case: use_case.await_redirect("s", "token", Ask.SIGN_IN),
        [*_CACHED, "GetAccountsSummary", "GenerateAuthorizeToken"],
    ),
    # The bank is known from the question, so the click only costs a token.
    "ConnectPage": (
        _ASKING,
        lambda page, _: page.begin(Link("s", _ASKING.link_expires_at).sign(_SECRET.encode())),
        ["GenerateAuthorizeToken"],
    ),
    # The data is there; then Flinks is polled whether the attempt is over, on an instance without the status call.
    "FetchAccounts": (
        _DYING,
        lambda use_case: use_case("s", 0),
        [*_DATED, "GetAccountsDetail", "AuthorizeAsync", "GetAccountsSummary"],
    ),
    # An execution broke: before its session ends, the data shows whether the user had answered.
    "SweepSessions": (
        _DYING,
        lambda use_case: use_case.rescue(_DYING.execution_name, {"sessionId": "s"}),
        [*_DATED, "GetAccountsDetail", "AuthorizeAsync", "GetAccountsSummary"],
    ),
    # The card at Flinks is deleted once all of ours is.
    "EraseLogin": (
        _DYING,
        lambda use_case: use_case(_DYING.login_id, with_card=True),
        ["DeleteCard"],
    ),
}
_FLINKS = {
    "GenerateAuthorizeToken": (200, {"Token": "token"}),
    "Authorize": (200, {"RequestId": "a1"}),
    "AuthorizeAsync": (401, {}),
    "AuthorizeAsync start": (202, {"RequestId": "r2"}),
    "DeleteCard": (200, {}),
    "GetAccountsSummary": (200, {"InstitutionId": 14, "Login": {"LastRefresh": datetime.now(UTC).isoformat()}}),
    "GetAccountsDetail": (200, {"Accounts": [{"Id": "a1", "Transactions": [{"Id": "t1", "Date": "2026-03-14"}]}]}),
}
# How long a function works before its slowest sequence of calls begins, at most: the longest windows and the longest
# sweep that the template accepts.
_BEGUN_AFTER = {
    function: TEMPLATE["Parameters"][parameter]["MaxValue"]
    for function, parameter in {
        "StartAuthorize": "StartWindowSeconds",
        "PollAuthorize": "PollWindowSeconds",
        "SweepSessions": "SweepBudgetSeconds",
    }.items()
}
# A poll learns that the attempt is gone; functions that have its data, that the status call is unavailable.
_STATUS = {"FetchAccounts": "METHOD_NOT_AVAILABLE", "SweepSessions": "METHOD_NOT_AVAILABLE"}


@pytest.mark.parametrize("name", [name for name, task in CALLS.items() if isinstance(task["TimeoutSeconds"], int)])
def test_a_state_outlasts_its_function(name: str) -> None:
    assert CALLS[name]["TimeoutSeconds"] > timeout_of(function_of(CALLS[name]))


@pytest.mark.parametrize("function", sorted({function_behind(route) for route in ROUTES}))
def test_a_function_of_the_api_ends_before_the_api_times_out(function: str) -> None:
    assert timeout_of(function) <= _HTTP_API_GIVES_UP_AFTER


def test_the_slowest_path_of_every_flinks_caller_is_known() -> None:
    calling = {name for name in FUNCTIONS if _calls_flinks(name)}

    assert calling == _WAYS.keys()


def _calls_flinks(function: str) -> bool:
    return any(port == "flinks" for part in parts_of(wire(function).use_cases) for port, _ in port_calls(part))


@pytest.mark.parametrize("function", _WAYS)
def test_a_function_outlasts_its_slowest_sequence_of_flinks_calls(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, ask, expected = _WAYS[function]
    waits: list[tuple[str, float]] = []
    monkeypatch.setattr(requests.Session, "request", _recording(waits, _STATUS.get(function, "SESSION_NONEXISTENT")))
    answers = {
        "get_item": {"Item": _item(session)},
        "put_item": {},
        "query": {"Items": []},
        "get_paginator": SimpleNamespace(paginate=lambda **_: []),
        "delete_item": {},
        "start_execution": {},
        "put_object": {},
        "send_task_success": {},
        "get_secret_value": {"SecretString": _SECRET},
    }

    ask(*wire(function, _slowest(function), answers).use_cases)

    assert [endpoint for endpoint, _ in waits] == expected
    flinks = sum(seconds for _, seconds in waits) + _BEGUN_AFTER.get(function, 0)
    # Whichever call to AWS stalls, the SDK has time to repeat it.
    assert flinks + LONGEST_CALL_SECONDS <= timeout_of(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_outlasts_a_call_to_aws_that_stalls(function: str) -> None:
    assert timeout_of(function) / 2 > LONGEST_CALL_SECONDS


def test_an_erasure_has_time_for_flinks_before_the_api_times_out() -> None:
    flinks = _CONNECT_TIMEOUT_SECONDS + int(environment("EraseLogin")["FLINKS_TIMEOUT_SECONDS"])

    slowest = TIME_TO_DELETE.total_seconds() + LONGEST_CALL_SECONDS + flinks
    assert slowest <= timeout_of("EraseLogin") < _HTTP_API_GIVES_UP_AFTER


def _slowest(function: str) -> dict[str, str]:
    """The function's variables, with each Flinks time-out at the most that the template accepts."""
    return {**settings_of(function), **dict(_largest_timeouts(function))}


def _largest_timeouts(function: str) -> Iterator[tuple[str, str]]:
    for name, parameter in environment(function).items():
        if name.startswith("FLINKS_") and name.endswith("TIMEOUT_SECONDS"):
            # Some functions have a fixed time-out that the deployer cannot choose.
            yield name, str(TEMPLATE["Parameters"][parameter]["MaxValue"]) if not parameter.isdigit() else parameter


def _recording(waits: list[tuple[str, float]], status_code: str) -> Callable[..., requests.Response]:
    def request(
        _self: object, _method: str, url: str, *, timeout: tuple[float, float], **call: Any
    ) -> requests.Response:
        endpoint = url.partition("/BankingServices/")[2].partition("/")[0]
        waits.append((endpoint, sum(timeout)))
        is_start = endpoint == "AuthorizeAsync" and "LoginId" in call["json"]
        status, body = _FLINKS[f"{endpoint} start" if is_start else endpoint]
        if endpoint == "AuthorizeAsync" and not is_start:
            body = {"FlinksCode": status_code}
        response = requests.Response()
        response.status_code = status
        response.raw = HTTPResponse(BytesIO(json.dumps(body).encode()), preload_content=False)
        return response

    return request


def _item(session: Session) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in to_item(replace(session, created_at=datetime.now(UTC))).items()}
