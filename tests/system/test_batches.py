"""Batches on the deployed stack: caps hold while they are changed, nothing is called twice, and the end is told."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
import requests
from pyarrow import parquet

from devtools.service import Service
from flinks_simulator import Simulator
from reconnect.adapters.dynamodb.leases import DynamoDbLeases
from reconnect.adapters.dynamodb.logins import DynamoDbLogins
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.adapters.dynamodb.table import Table
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.session import WAITING, Session
from tests.system.support import a_login, listening, receive, starts_of, wait

BANKS = [Institution(14, "FlinksCapital"), Institution(2, "Birch Bank"), Institution(3, "Cedar Bank")]
CAP, SMALLER_CAP = 6, 3
# Two slow processors take their time for so many sessions.
_PATIENCE = timedelta(minutes=4)


def table_of(service: Service) -> Table:
    return Table(service.engine.client("dynamodb"), service.stack.outputs["TableName"])


def now() -> datetime:
    return datetime.now(UTC)


def known_logins(service: Service, count: int, username: str = "greatday_nomfa") -> list[tuple[str, Institution]]:
    """Logins of which the service knows their banks from earlier sessions."""
    logins = DynamoDbLogins(table_of(service), now)
    made = []
    for number in range(count):
        login_id, bank = a_login(service, username), BANKS[number % len(BANKS)]
        refreshed = now() - timedelta(days=30, minutes=number)
        logins.save(Login(login_id=login_id, institution=bank, last_refresh=refreshed))
        made.append((login_id, bank))
    return made


def call(service: Service, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    sent = json.dumps(body).encode() if body is not None else None
    return dict(service.api.request(method, path, sent).body)


def an_order(**more: Any) -> dict[str, Any]:
    return {"deadline": (now() + timedelta(hours=1)).isoformat(), "maxPerInstitution": CAP, **more}


def wait_for_batch(service: Service, batch_id: str, status: str) -> dict[str, Any]:
    until = now() + _PATIENCE
    while (seen := call(service, "GET", f"/batches/{batch_id}"))["status"] != status:
        assert now() < until, seen
    return seen


def at_the_bank(session: Session) -> tuple[datetime, datetime]:
    """From when until when a session held a place."""
    left = next(entry.at for entry in session.timeline if entry.status in WAITING or entry.status.is_terminal)
    return session.created_at, left


def most_at_once(spans: list[tuple[datetime, datetime]]) -> int:
    events = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    live, most = 0, 0
    for _, change in events:
        live += change
        most = max(most, live)
    return most


def report_of(service: Service, batch_id: str) -> list[dict[str, Any]]:
    lines = report_as(service, batch_id, "jsonl").decode().splitlines()
    return [json.loads(line) for line in lines]


def report_as(service: Service, batch_id: str, report_format: str) -> bytes:
    link = call(service, "GET", f"/batches/{batch_id}/report?format={report_format}")
    answer = requests.get(link["url"], timeout=30)
    assert answer.status_code == 200
    return answer.content


def end_of(service: Service, events: str, batch_id: str) -> dict[str, Any]:
    """The event of the batch's end; batches of other tests may end meanwhile."""
    while (event := receive(service, events))["detail"]["batchId"] != batch_id:
        pass
    return event


@pytest.fixture
def events(service: Service) -> Iterator[str]:
    with listening(service, "batches", json.dumps({"detail-type": ["BatchFinished"]})) as queue:
        yield queue


def test_a_batch_refreshes_each_login_once_within_its_caps(service: Service, events: str) -> None:
    logins = known_logins(service, 48)
    asked = known_logins(service, 6, "Greatday")
    items = [{"loginId": login_id, "correlationId": f"c-{n}"} for n, (login_id, _) in enumerate([*logins, *asked])]

    opened = call(service, "POST", "/batches", an_order(items=[*items, items[0], {"loginId": "no"}], label="tonight"))
    batch_id = opened["batchId"]
    call(service, "POST", f"/batches/{batch_id}/caps", {"institution": "2", "max": SMALLER_CAP})
    paused = call(service, "POST", f"/batches/{batch_id}/pause")
    live = DynamoDbLeases(table_of(service))
    wait(lambda: [lease for lease in live.all() if lease.batch_id == batch_id], lambda leases: not leases)
    wait(lambda: call(service, "GET", f"/batches/{batch_id}"), lambda batch: batch["totals"]["live"] == 0)
    before = call(service, "GET", f"/batches/{batch_id}")
    call(service, "POST", f"/batches/{batch_id}/resume")
    resumed_at = now()
    finished = wait_for_batch(service, batch_id, "FINISHED")
    event = end_of(service, events, batch_id)
    report = report_of(service, batch_id)
    table = parquet.read_table(pa.BufferReader(report_as(service, batch_id, "parquet")))

    [listed] = [each for each in call(service, "GET", "/batches")["batches"] if each["batchId"] == batch_id]
    assert opened["totals"]["items"] == 54
    assert (opened["totals"]["duplicates"], [each["line"] for each in opened["malformed"]]) == (1, [56])
    assert (paused["status"], before["totals"]["queued"] > 0) == ("PAUSED", True)
    totals = finished["totals"]
    assert (totals["succeeded"], totals["parked"], totals["queued"], totals["live"]) == (48, 6, 0, 0)
    assert event["detail"]["totals"] == totals
    assert (event["detail"]["status"], event["detail"]["wasKept"]) == ("FINISHED", True)
    assert [starts_of(service, login_id) for login_id, _ in [*logins, *asked]] == [1] * 54
    assert {line["correlationId"] for line in report} == {item["correlationId"] for item in items}
    assert sum(line["state"] == "PARKED" for line in report) == 6
    assert table.column("session_id").to_pylist() == [line["sessionId"] for line in report]
    sessions = DynamoDbSessions(table_of(service), now)
    for bank in BANKS:
        ids = [line["sessionId"] for line in report if line["institution"]["id"] == bank.id]
        spans = [at_the_bank(sessions.get(each)) for each in ids]
        assert most_at_once(spans) <= CAP
        if bank.id == 2:
            assert most_at_once([span for span in spans if span[0] >= resumed_at]) <= SMALLER_CAP
    assert (listed["status"], listed["label"], listed["totals"]) == ("FINISHED", "tonight", totals)
    everything = json.dumps([finished, listed, event, report])
    assert [login_id for login_id, _ in logins if login_id in everything] == []


def test_a_batch_is_read_from_an_object_and_stopped(service: Service) -> None:
    logins = known_logins(service, 12)
    key = "batches/system-test.csv"
    lines = ["loginId,correlationId", *(f"{login_id},csv-{n}" for n, (login_id, _) in enumerate(logins)), "wrong,x"]
    service.engine.client("s3").put_object(
        Bucket=service.stack.outputs["ResultsBucketName"], Key=key, Body="\n".join(lines).encode()
    )
    begin = (now() + timedelta(minutes=30)).isoformat()

    opened = call(service, "POST", "/batches", an_order(source={"key": key}, startAt=begin))
    batch_id = opened["batchId"]
    loaded = wait_for_batch(service, batch_id, "RUNNING")
    stopping = call(service, "POST", f"/batches/{batch_id}/stop")

    assert opened["status"] == "LOADING"
    assert (loaded["totals"]["items"], loaded["malformed"][0]["line"]) == (12, 14)
    assert stopping["status"] == "STOPPING"


def test_a_batch_whose_object_is_missing_fails_before_any_call(service: Service, events: str) -> None:
    opened = call(service, "POST", "/batches", an_order(source={"key": "batches/nothing.jsonl"}))

    failed = wait_for_batch(service, opened["batchId"], "FAILED")

    assert failed["totals"]["items"] == 0
    assert end_of(service, events, opened["batchId"])["detail"]["failureCode"] == "SOURCE_MISSING"


def test_a_batch_is_requested_on_the_bus_once(service: Service, events: str) -> None:
    [(login_id, _)] = known_logins(service, 1)
    entry = {
        "EventBusName": service.stack.outputs["EventBusName"],
        "Source": "anybody",
        "DetailType": "BatchRequested",
        "Detail": json.dumps(an_order(loginIds=[login_id], label="by bus")),
    }

    service.engine.client("events").put_events(Entries=[entry])

    while (finished := receive(service, events))["detail"]["label"] != "by bus":
        pass
    assert (finished["detail"]["label"], finished["detail"]["totals"]["succeeded"]) == ("by bus", 1)
    assert starts_of(service, login_id) == 1


def test_a_schedule_opens_a_batch_at_its_time(deploy: Callable[..., Service], simulator: Simulator) -> None:
    login_id = simulator.bank.add_login("greatday_nomfa")
    order = json.dumps(an_order(loginIds=[login_id]))
    service = deploy("scheduled", BatchSchedule="cron(0 23 * * ? *)", BatchScheduleInput=order)
    schedules, executions = service.engine.client("scheduler"), service.engine.client("stepfunctions")
    schedule = schedules.get_schedule(Name=service.stack.resources["NightlyBatch"])
    kept = {name: schedule[name] for name in ("Name", "FlexibleTimeWindow", "Target")}

    # The time has come, for the deployed target and role.
    schedules.update_schedule(**kept, ScheduleExpression=f"at({now():%Y-%m-%dT%H:%M:%S})")

    machine = service.stack.resources["BatchWorkflow"]
    (run,) = wait(lambda: executions.list_executions(stateMachineArn=machine)["executions"], bool)
    batch_id = json.loads(executions.describe_execution(executionArn=run["executionArn"])["input"])["batchId"]
    assert wait_for_batch(service, batch_id, "FINISHED")["totals"]["succeeded"] == 1
    assert starts_of(service, login_id) == 1
