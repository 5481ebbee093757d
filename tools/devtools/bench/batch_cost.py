"""What a night of a batch costs on AWS, metered on the local engine: sessions, rows, ticks and all."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from devtools.bench.backend import Backend
from devtools.bench.cost import BANK_SECONDS, DATA_SECONDS, FLINKS_SECONDS
from devtools.bench.measuring import wait_until_idle, warm_service
from devtools.engine.settings import WORKERS_PER_FUNCTION
from devtools.figures import Figure
from devtools.meter import Meter, Usage, cost_of

_NIGHT, _LOGINS, _CAP = 100_000, 30, WORKERS_PER_FUNCTION
# Of ten logins, so many are asked by their bank.
_ASKED = 7
# Its sessions come in rounds of a minute, as many at once as the cap allows.
_CHECK_SECONDS, _PATIENCE_SECONDS = 1.0, 900.0


def figures() -> Iterator[Figure]:
    """Transitions and write units of a batch's login, and the price of a night.

    The batch is so small that each login bears a larger part of its ticks than in a night of a hundred thousand.
    """
    with warm_service(flinks_seconds=FLINKS_SECONDS, with_ledger=True) as backend:
        usage = _metered(backend)
    share = f"{10 * _ASKED} % asked"
    yield Figure(f"state transitions of a login in a batch, {share}", usage.transitions)
    yield Figure(f"write units of a login in a batch, {share}", usage.write_units + usage.index_units)
    dollars = _NIGHT * sum(cost.dollars for cost in cost_of(usage))
    yield Figure(f"price of a night of {_NIGHT:,} logins, {share}", dollars, 40, unit="US dollars")


def _metered(backend: Backend) -> Usage:
    """The usage of one login, as the mean of a batch."""
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
    before = meter.read()
    deadline = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    batch = service.api.open_batch(loginIds=login_ids, deadline=deadline, maxPerInstitution=_CAP)
    until = time.monotonic() + _PATIENCE_SECONDS
    while service.api.read_batch(batch["batchId"])["status"] != "FINISHED":
        if time.monotonic() > until:
            raise TimeoutError(f"the batch is not over after {_PATIENCE_SECONDS:.0f} s")
        time.sleep(_CHECK_SECONDS)
    wait_until_idle(service)
    return (meter.read() - before) / _LOGINS
