"""What a night of a batch costs on AWS, metered on the local engine: sessions, rows, ticks and all.

A tick serves thousands of logins in a real night, and a few in a batch that is small enough to be metered. So the
transitions and write units of the ticks are metered apart, and multiplied by the ticks of a night.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from devtools.bench.backend import Backend
from devtools.bench.batch_progress import with_many_banks
from devtools.bench.cost import BANK_SECONDS, DATA_SECONDS, FLINKS_SECONDS
from devtools.bench.measuring import wait_until_idle, warm_service
from devtools.engine.settings import WORKERS_PER_FUNCTION
from devtools.figures import Figure
from devtools.meter import Meter, Usage, cost_of
from devtools.meter.meter import usage_of
from devtools.meter.transitions import count_transitions
from devtools.service import Service
from reconnect.adapters.dynamodb.batch_records import DynamoDbBatches
from reconnect.adapters.dynamodb.table import Table

_NIGHT, _BANKS, _LOGINS, _CAP = 100_000, 200, 30, WORKERS_PER_FUNCTION
_NIGHT_SECONDS, _TICK_SECONDS = 6 * 3600, 5
# Of ten logins, so many are asked by their bank.
_ASKED = 7
# Its sessions come in rounds of a minute, as many at once as the cap allows.
_CHECK_SECONDS, _PATIENCE_SECONDS = 1.0, 900.0
# The rows that each tick writes: the header of the batch, and the writer's lock.
_ROWS_OF_TICKS = ("BATCH", "!WRITER")


@dataclass(frozen=True)
class _Metered:
    """The usage of one login, as the mean of a batch, and of one tick."""

    login: Usage
    tick: Usage


def figures() -> Iterator[Figure]:
    """Transitions and write units of a batch's login and tick, and the price of a night."""
    with warm_service(flinks_seconds=FLINKS_SECONDS, with_ledger=True) as backend:
        metered = _metered(backend)
    share = f"{10 * _ASKED} % asked"
    yield Figure(f"state transitions of a login in a batch, {share}", metered.login.transitions)
    yield Figure(f"write units of a login in a batch, {share}", metered.login.write_units + metered.login.index_units)
    yield Figure("state transitions of a tick", metered.tick.transitions)
    yield Figure(f"write units of a tick over {_BANKS} banks", metered.tick.write_units)
    dollars = _NIGHT * _dollars(metered.login) + _NIGHT_SECONDS / _TICK_SECONDS * _dollars(metered.tick)
    yield Figure(f"price of a night of {_NIGHT:,} logins, {share}", dollars, 40, unit="US dollars")


def _dollars(usage: Usage) -> float:
    return sum(cost.dollars for cost in cost_of(usage))


def _metered(backend: Backend) -> _Metered:
    service, bank = backend.service, backend.service.simulator.bank
    login_ids = []
    for number in range(_LOGINS):
        login = bank.find_login(bank.add_login("Greatday" if number % 10 < _ASKED else "greatday_nomfa"))
        login.behaviour = replace(login.behaviour, pending_seconds=BANK_SECONDS, data_pending_seconds=DATA_SECONDS)
        login_ids.append(login.login_id)
    service.engine.client("lambda").invoke(
        FunctionName=service.stack.resources["SweepSessionsAliaslive"], Payload=b"{}"
    )
    meter = Meter(service.engine, service.stack)
    before, rows_before = meter.read(), _rows_of_ticks(service)
    deadline = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    batch = service.api.open_batch(loginIds=login_ids, deadline=deadline, maxPerInstitution=_CAP)
    until = time.monotonic() + _PATIENCE_SECONDS
    while service.api.read_batch(batch["batchId"])["status"] != "FINISHED":
        if time.monotonic() > until:
            raise TimeoutError(f"the batch is not over after {_PATIENCE_SECONDS:.0f} s")
        time.sleep(_CHECK_SECONDS)
    wait_until_idle(service)
    ticks, transitions = _ticks(service)
    of_ticks = _rows_of_ticks(service) - rows_before + Usage(transitions=transitions)
    of_logins = meter.read() - before - of_ticks
    return _Metered(of_logins / _LOGINS, of_ticks / ticks + _of_a_long_header(service, batch["batchId"]))


def _ticks(service: Service) -> tuple[int, int]:
    """How many ticks the state machine of batches ran, and the transitions of its executions."""
    client = service.engine.client("stepfunctions")
    machine = service.stack.resources["BatchWorkflow"]
    ticks = transitions = 0
    for execution in client.list_executions(stateMachineArn=machine)["executions"]:
        pages = client.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
        events = [event for page in pages for event in page["events"]]
        ticks += sum(event.get("stateEnteredEventDetails", {}).get("name") == "RunBatch" for event in events)
        transitions += count_transitions(events)
    return ticks, transitions


def _rows_of_ticks(service: Service) -> Usage:
    """What was used so far for the rows that each tick writes."""
    return sum((usage_of(entry) for entry in service.engine.ledger() if _is_of_a_tick(entry)), Usage())


def _is_of_a_tick(entry: dict[str, Any]) -> bool:
    rows = [touched["old"] or touched["asked"] or touched["new"] or {} for touched in entry.get("touched", ())]
    return any(row.get("sk", {}).get("S") in _ROWS_OF_TICKS for row in rows)


def _of_a_long_header(service: Service, batch_id: str) -> Usage:
    """What a tick writes more, because the header of a night has many banks and that of the metered batch has one.

    Both are written to the table, after everything else was metered.
    """
    table = Table(service.engine.client("dynamodb"), service.stack.outputs["TableName"])
    batches = DynamoDbBatches(table, timedelta(days=1))
    usages = [_rows_of_ticks(service)]
    run = batches.get(batch_id)
    for each in (run, with_many_banks(run, _BANKS, _NIGHT)):
        run = batches.save(replace(each, version=run.version))
        usages.append(_rows_of_ticks(service))
    return (usages[2] - usages[1]) - (usages[1] - usages[0])
