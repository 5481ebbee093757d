"""Every caller of a throttled function gets the error that AWS gives it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from devtools.engine import LocalEngine, Stack

Throttle = Callable[[str], Any]


@pytest.fixture
def throttled(engine: LocalEngine, app: Stack) -> Throttle:
    """`with throttled("StepFunction"):` Lambda refuses to run this function, as at its limit."""
    client = engine.client("lambda")

    @contextmanager
    def refuse(function: str) -> Iterator[None]:
        client.put_function_concurrency(FunctionName=app.resources[function], ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            client.delete_function_concurrency(FunctionName=app.resources[function])

    return refuse


def test_a_caller_of_a_function_at_its_limit_is_refused_at_once(
    engine: LocalEngine, app: Stack, throttled: Throttle
) -> None:
    client = engine.client("lambda")

    with throttled("ProbeFunction"), pytest.raises(client.exceptions.TooManyRequestsException) as refused:
        client.invoke(FunctionName=app.resources["ProbeFunction"], Payload=b"{}")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_a_step_at_the_limit_fails_with_an_error_that_the_workflow_can_match(
    throttled: Throttle, start: Callable[..., str], finished: Callable[[str], Any]
) -> None:
    with throttled("StepFunction"):
        ended = finished(start(script=[{"outcome": "DONE"}]))

    assert ended["output"]["ended"] == {"how": "BROKEN", "error": "Lambda.TooManyRequestsException"}


def test_the_http_api_says_that_the_service_is_unavailable(
    app: Stack, throttled: Throttle, http: requests.Session
) -> None:
    with throttled("ServeHttpFunction"):
        answer = http.get(f"{app.api_url}/wake/nobody")

    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})
