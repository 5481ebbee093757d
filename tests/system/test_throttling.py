"""Lambda throttles runs beyond the account's concurrency limit: sessions are delayed, and none fails."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from devtools.engine import LocalEngine
from devtools.service import Service, deploy_service
from flinks_simulator import Simulator
from reconnect.adapters.event_bus import SOURCE
from reconnect.rules.endings import EVENT_TYPES
from reconnect_client.api import ApiProblem
from tests.deployed import FAST
from tests.system.support import a_login, listening, receive

_LIMIT = 10
_BY_API, _ON_BUS = 40, 20
_ENDINGS = json.dumps({"source": [SOURCE], "detail-type": sorted(EVENT_TYPES.values())})


@pytest.fixture(scope="module")
def throttled(simulator: Simulator) -> Iterator[Service]:
    with LocalEngine.start(concurrency=_LIMIT) as engine:
        yield deploy_service(engine, simulator, "throttled", FAST)


@pytest.mark.timeout(300)
def test_sixty_sessions_at_a_limit_of_ten_runs_all_succeed(throttled: Service) -> None:
    logins = [a_login(throttled, "greatday_nomfa") for _ in range(_BY_API + _ON_BUS)]

    received: dict[str, str] = {}
    with listening(throttled, "endings", _ENDINGS) as queue:
        _request_on_bus(throttled, logins[:_ON_BUS])
        with ThreadPoolExecutor(_LIMIT // 2) as callers:
            refused = list(callers.map(lambda login: _open(throttled, login), logins[_ON_BUS:]))
        while len(received) < len(logins):
            event = receive(throttled, queue)
            received[event["detail"]["sessionId"]] = event["detail-type"]

    assert Counter(received.values()) == {"SessionSucceeded": len(logins)}
    assert {status for each in refused for status in each} <= {503}
    assert _failures(throttled)["Lambda.TooManyRequestsException"] > 0


def _open(service: Service, login_id: str) -> list[int]:
    """Retry with one key, as a client does, until the session is opened; return the statuses of the refusals."""
    refused: list[int] = []
    while True:
        try:
            service.api.open_session(f"refresh-{login_id}", loginId=login_id)
        except ApiProblem as problem:
            refused.append(problem.status)
        else:
            return refused


def _request_on_bus(service: Service, logins: list[str]) -> None:
    bus, events = service.stack.outputs["EventBusName"], service.engine.client("events")
    for login_id in logins:
        detail = json.dumps({"loginId": login_id})
        entry = {"EventBusName": bus, "Source": "tests", "DetailType": "RefreshRequested", "Detail": detail}
        events.put_events(Entries=[entry])


def _failures(service: Service) -> Counter[str]:
    """Count failed tasks by the name of their error."""
    client = service.engine.client("stepfunctions")
    listed = client.list_executions(stateMachineArn=service.stack.outputs["StateMachineArn"])["executions"]
    histories = [
        client.get_execution_history(executionArn=each["executionArn"], maxResults=1000)["events"] for each in listed
    ]
    return Counter(
        event["taskFailedEventDetails"]["error"]
        for events in histories
        for event in events
        if event["type"] == "TaskFailed"
    )
