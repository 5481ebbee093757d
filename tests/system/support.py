"""Helpers of the system tests."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from devtools.service import Service
from flinks_simulator import SimulatedUser
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Table
from reconnect.adapters.event_bus import SOURCE
from reconnect.model.session import Session
from reconnect.usecases.session_updates import update_session
from reconnect_cli.following import Snapshot, follow, wait_for
from reconnect_client import ApiProblem, StillWaiting
from tests.schemas.checking import event_schema, faults, validator

PATIENCE = 60.0


def a_login(service: Service, username: str) -> str:
    """Create a new login that behaves as this FlinksCapital user, and return its id."""
    return service.simulator.bank.add_login(username)


def open_session(service: Service, username: str, **request: Any) -> str:
    return str(service.api.open_session(loginId=a_login(service, username), **request).body["sessionId"])


def wait_for_end(service: Service, session_id: str) -> Snapshot:
    *_, ended = follow(service.api, session_id, patience=PATIENCE)
    return ended


def wait_until(service: Service, session_id: str, status: str) -> Snapshot:
    return wait_for(service.api, session_id, status, patience=PATIENCE)


def a_user_at(session: Snapshot) -> SimulatedUser:
    """Return a user who has opened the session's Connect URL."""
    user = SimulatedUser()
    user.open(session["connectUrl"])
    return user


def execution_of(service: Service, session_id: str) -> dict[str, Any]:
    arn = service.stack.resources["Workflow"].replace(":stateMachine:", ":execution:")
    described: dict[str, Any] = service.engine.client("stepfunctions").describe_execution(
        executionArn=f"{arn}:{session_id}"
    )
    return described


def states_entered(service: Service, session_id: str) -> list[str]:
    """The states of a session's execution so far, in order."""
    history = service.engine.client("stepfunctions").get_execution_history(
        executionArn=execution_of(service, session_id)["executionArn"], maxResults=1000
    )
    entered = [event.get("stateEnteredEventDetails") for event in history["events"]]
    return [details["name"] for details in entered if details]


def wait_for_execution(service: Service, execution_arn: str) -> dict[str, Any]:
    client = service.engine.client("stepfunctions")
    ended: dict[str, Any] = wait(
        lambda: client.describe_execution(executionArn=execution_arn), lambda it: it["status"] != "RUNNING"
    )
    return ended


def sessions_of(service: Service, **attributes: str) -> list[dict[str, Any]]:
    """Return the session records with these attributes, read directly from the table."""
    table = service.stack.outputs["TableName"]
    pages = service.engine.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [
        item
        for page in pages
        for item in page["Items"]
        if all(item.get(name, {}).get("S") == value for name, value in attributes.items())
    ]


def wait_for_session_of(service: Service, correlation_id: str) -> str:
    def read() -> list[dict[str, Any]]:
        return [
            item for item in sessions_of(service) if correlation_id in item.get("correlation_ids", {}).get("SS", [])
        ]

    return str(wait(read, bool)[0]["pk"]["S"].removeprefix("SESSION#"))


def receive(service: Service, queue_url: str) -> dict[str, Any]:
    """Return the next message of a queue, as JSON. In every test, an event of the service must match its schema."""
    sqs = service.engine.client("sqs")
    answer = wait(
        lambda: sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1, MaxNumberOfMessages=1),
        lambda it: bool(it.get("Messages")),
    )
    message = answer["Messages"][0]
    sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    received = dict(json.loads(message["Body"]))
    if received.get("source") == SOURCE:
        assert faults(validator(event_schema(received["detail-type"])), received["detail"]) == []
    return received


@contextmanager
def listening(service: Service, name: str, pattern: str = json.dumps({"source": [SOURCE]})) -> Iterator[str]:
    """Yield the URL of a queue that receives the service's events, or those of a pattern, during the block."""
    engine, bus = service.engine, service.stack.outputs["EventBusName"]
    sqs, events = engine.client("sqs"), engine.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    yield url
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name=name, EventBusName=bus)


def problem_of(request: Any) -> ApiProblem:
    """Return the problem with which the API refuses a request."""
    try:
        request()
    except ApiProblem as problem:
        return problem
    raise AssertionError("the API accepted the request")


def wait(read: Any, is_there: Any) -> Any:
    """Read until the condition is met, and return the value. Each read is a request, so this never spins idle."""
    deadline = datetime.now(UTC) + timedelta(seconds=PATIENCE)
    while not is_there(seen := read()):
        if datetime.now(UTC) > deadline:
            raise StillWaiting(f"not met after {PATIENCE} s; last read: {seen}")
    return seen


def sweep(service: Service) -> None:
    """Run the sweeper now instead of at the next full minute."""
    alias = service.stack.resources["SweepSessionsAliaslive"]
    service.engine.client("lambda").invoke(FunctionName=alias, Payload=b"{}")


def rewrite(service: Service, session_id: str, decide: Callable[[Session], Session]) -> None:
    """Change a session's record directly, for example as if time had passed."""
    update_session(DynamoDbSessions(table_of(service), lambda: datetime.now(UTC)), session_id, decide)


def table_of(service: Service) -> Table:
    return Table(service.engine.client("dynamodb"), service.stack.outputs["TableName"])


def starts_of(service: Service, login_id: str) -> int:
    """Return how many live attempts Flinks was asked to start for a login."""
    return service.simulator.journal.count("start", login_id=login_id)
