"""The ways to fail totally: each breaks one thing in a stack that has requests, users and a bus to serve."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import count, cycle
from typing import Any

import requests
from urllib3 import HTTPResponse

from tests.alarms.cloudwatch import ringing
from tests.alarms.stack import Stack, request_of, state_of
from tests.template.template import FUNCTIONS

# Seconds of metric time.
WITHIN = 300
_MINUTE = 60
_BETWEEN_REQUESTS = 30
_BETWEEN_EVENTS = 60
# A user answers so long after the request.
_USER_TAKES = 25
# FlinksCapital asks one of three questions.
_ANSWERS = ("Montreal", "Canada", "Triangle")


@dataclass(frozen=True)
class Way:
    """One way to fail totally. `alarms`: the first of those that ring for it, as the operations page lists them."""

    what: str
    alarm: str
    breaks: Callable[[Stack], None]


@dataclass(frozen=True)
class Rang:
    """The alarms that rang, each after so many seconds of metric time."""

    way: Way
    after: dict[str, int]

    @property
    def seconds(self) -> int | None:
        """When the expected alarm rang; None if it did not."""
        return self.after.get(self.way.alarm)


class Traffic:
    """Requests of a caller, users who answer, and events on the bus, evenly in time."""

    def __init__(self, stack: Stack, *scenarios: str) -> None:
        self._stack, self._scenarios, self._numbers = (
            stack,
            cycle(scenarios or ("Greatday", "greatday_nomfa")),
            count(1),
        )
        self.sessions: list[str] = []

    def begin(self) -> None:
        """Begin now."""
        self._request()
        self._stack.after(_BETWEEN_EVENTS / 2, self._event)

    def _request(self) -> None:
        stack = self._stack
        stack.after(_BETWEEN_REQUESTS, self._request)
        scenario = next(self._scenarios)
        login_id = stack.bank.add_login(scenario)

        def opened(reply: dict[str, Any]) -> None:
            if reply["statusCode"] != 202:
                return
            session_id = json.loads(reply["body"])["sessionId"]
            self.sessions.append(session_id)
            if "user_never" not in scenario:
                stack.after(_USER_TAKES, lambda: self._answer(session_id, login_id, comes_back="lost" not in scenario))

        stack.call("open_session", {"body": json.dumps({"loginId": login_id})}, opened)

    def _event(self) -> None:
        self._stack.after(_BETWEEN_EVENTS, self._event)
        login_id = self._stack.bank.add_login("greatday_nomfa")
        self._stack.request_on_bus(f"event-{next(self._numbers)}", {"loginId": login_id})

    def _answer(self, session_id: str, login_id: str, *, comes_back: bool) -> None:
        """Open the page, answer the bank if it asks, and come back by the redirect."""
        stack = self._stack

        def seen(reply: dict[str, Any]) -> None:
            shown = json.loads(reply["body"])
            request_id = request_of(shown["connectUrl"] or "")
            if request_id is None:
                return
            link = shown["link"].rpartition("/")[2]
            stack.call("connect_page", {"routeKey": "GET /connect/{link}", "pathParameters": {"link": link}})
            assert any(stack.bank.answer_question(request_id, answer) for answer in _ANSWERS)
            if comes_back:
                came = {"pathParameters": {"state": state_of(shown["connectUrl"])}}
                stack.call("redirect_webhook", {**came, "queryStringParameters": {"loginId": login_id}})

        stack.call("read_session", {"pathParameters": {"sessionId": session_id}}, seen)


@cache
def healthy() -> Stack:
    """Return a stack that was healthy for some minutes, and is removed again."""
    with Stack().running() as stack:
        Traffic(stack).begin()
        stack.pass_time(WITHIN)
    return stack


def watch(way: Way) -> Rang:
    """Break a stack that was healthy, and note every minute which alarms ring; stop once the expected one does."""
    after: dict[str, int] = {}
    before = healthy()
    with Stack(deepcopy(before.metrics), before.clock.now).running() as stack:
        way.breaks(stack)
        Traffic(stack).begin()
        for seconds in range(_MINUTE, WITHIN + 1, _MINUTE):
            stack.pass_time(_MINUTE)
            for alarm in ringing(stack.metrics, stack.clock.now):
                after.setdefault(alarm, seconds)
            if way.alarm in after:
                break
    return Rang(way, after)


def _secret(name: str, value: str | None) -> Callable[[Stack], None]:
    def breaks(stack: Stack) -> None:
        stack.aws.secrets.pop(name)
        if value is not None:
            stack.aws.secrets[name] = value

    return breaks


def _flinks(fails: Callable[[requests.PreparedRequest], requests.Response]) -> Callable[[Stack], None]:
    def breaks(stack: Stack) -> None:
        stack.flinks.fails = fails

    return breaks


def _hangs(stack: Stack) -> None:
    def fails(_: requests.PreparedRequest) -> requests.Response:
        stack.wait(20)
        raise requests.exceptions.ReadTimeout

    stack.flinks.fails = fails


def _is_down(_: requests.PreparedRequest) -> requests.Response:
    raise requests.exceptions.ConnectionError


def _is_a_gateway(_: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = 502
    response.headers["Content-Type"] = "text/html"
    response.raw = HTTPResponse(BytesIO(b"<html>Bad gateway</html>"), preload_content=False)
    return response


def _without(*denied: tuple[str, str]) -> Callable[[Stack], None]:
    return lambda stack: stack.aws.denied.update(denied)


def _refusing(begin: str, code: str, status: int = 400) -> Callable[[Stack], None]:
    return lambda stack: stack.aws.refused.update({begin: (status, code)})


def _throttling(*functions: str) -> Callable[[Stack], None]:
    return lambda stack: stack.throttled.update(functions)


def _crashing(error: str, *functions: str) -> Callable[[Stack], None]:
    return lambda stack: stack.crashes.update(dict.fromkeys(functions, error))


def _disabled(name: str) -> Callable[[Stack], None]:
    return lambda stack: stack.disabled.add(name)


def _throttled_transitions(stack: Stack) -> None:
    stack.transitions_are_throttled = True


def _hanging(function: str) -> Callable[[Stack], None]:
    return lambda stack: stack.hanging.add(function)


def _every_function(stack: Stack) -> None:
    stack.crashes.update(dict.fromkeys(FUNCTIONS, "Runtime.ImportModuleError"))


_INVOKE = "lambda:InvokeFunction"
_WORKERS = ("StartAuthorize", "PollAuthorize", "BuildConnectUrl", "FetchAccounts", "CloseSession")

WAYS = (
    Way("the Flinks secret is malformed", "SecretsUnreachable", _secret("FlinksSecret", '{"secretKey": "abc",}')),
    Way("the Flinks secret is deleted", "SecretsUnreachable", _secret("FlinksSecret", None)),
    Way("the signing key is deleted", "SecretsUnreachable", _secret("SigningKey", None)),
    Way("no function may read secrets", "SecretsUnreachable", _without(("*", "secretsmanager:GetSecretValue"))),
    Way("Flinks cannot be reached", "FlinksUnreachable", _flinks(_is_down)),
    Way("Flinks answers with a gateway's error page", "FlinksUnreachable", _flinks(_is_a_gateway)),
    Way("Flinks takes requests and never answers", "FlinksUnreachable", _hangs),
    Way("Flinks refuses our key", "FlinksRejectsCredentials", _secret("FlinksSecret", '{"secretKey": "another"}')),
    Way(
        "`start_authorize` may not write to the table",
        "WorkflowFunctionsFailing",
        _without(("StartAuthorize", "dynamodb:PutItem")),
    ),
    Way(
        "`close_session` may not read the table",
        "WorkflowFunctionsFailing",
        _without(("CloseSession", "dynamodb:GetItem")),
    ),
    Way(
        "`fetch_accounts` may not store results",
        "WorkflowFunctionsFailing",
        _without(("FetchAccounts", "s3:PutObject")),
    ),
    Way(
        "`open_session` may not start executions", "ApiServerErrors", _without(("OpenSession", "states:StartExecution"))
    ),
    Way(
        "`redirect_webhook` may not wake executions",
        "AnswersNotPassedOn",
        _without(("RedirectWebhook", "states:SendTaskSuccess")),
    ),
    Way("`deliver_events` may not publish", "EventsNotDelivered", _without(("DeliverEvents", "events:PutEvents"))),
    Way("`sweep_sessions` may not query the table", "SweeperFailing", _without(("SweepSessions", "dynamodb:Query"))),
    Way("the workflow may not call its functions", "SessionsNotStarted", _without(("Workflow", _INVOKE))),
    Way("the API may not call its functions", "ApiServerErrors", _without(("HttpApi", _INVOKE))),
    Way("the bus may not call `open_session`", "RequestsLost", _without(("RefreshRequested", _INVOKE))),
    Way("DynamoDB refuses every call", "ApiServerErrors", _refusing("dynamodb:", "ResourceNotFoundException")),
    Way("S3 refuses every call", "WorkflowFunctionsFailing", _refusing("s3:", "NoSuchBucket", 404)),
    Way(
        "Step Functions refuses to start executions",
        "ApiServerErrors",
        _refusing("states:StartExecution", "StateMachineDoesNotExist"),
    ),
    Way("Step Functions throttles every transition", "ExecutionsThrottled", _throttled_transitions),
    Way("EventBridge refuses every event", "EventsNotDelivered", _refusing("events:", "ResourceNotFoundException")),
    Way("Lambda throttles the workflow's functions", "WorkflowFunctionsThrottled", _throttling(*_WORKERS)),
    Way("Lambda throttles every function", "OtherFunctionsThrottled", _throttling(*FUNCTIONS)),
    Way("no function can be imported", "ApiServerErrors", _every_function),
    Way(
        "the workflow's functions cannot be imported",
        "WorkflowFunctionsFailing",
        _crashing("Runtime.ImportModuleError", *_WORKERS),
    ),
    Way(
        "the page and the redirect cannot be imported",
        "OtherFunctionsFailing",
        _crashing("Runtime.ImportModuleError", "ConnectPage", "RedirectWebhook"),
    ),
    Way(
        "`fetch_accounts` runs out of memory",
        "WorkflowFunctionsFailing",
        _crashing("Runtime.OutOfMemory", "FetchAccounts"),
    ),
    Way("`close_session` runs out of time", "WorkflowFunctionsFailing", _hanging("close_session")),
    Way("the mapping of the table's stream is disabled", "EventsNotDelivered", _disabled("Outbox")),
    Way(
        "no function may write logs, so that no metric arrives", "MetricsMissing", _without(("*", "logs:PutLogEvents"))
    ),
    Way("the sweeper's rule is disabled", "SweeperNotRunning", _disabled("EveryMinute")),
)
