"""`python -m tests.nights.deployed [--logins N]`: a night on the deployed local stack, sixty times as fast.

Six institutions, a cap at each, two pauses, and one bank that is down for a minute instead of an hour.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from devtools.bench.load import peak_memory
from devtools.bench.measuring import percentile
from devtools.figures.figure import Comparison, Figure
from devtools.service import Service, running_service
from flinks_simulator.users import INSTITUTIONS
from reconnect.adapters.dynamodb.logins import DynamoDbLogins
from reconnect.adapters.dynamodb.sessions import DynamoDbSessions
from reconnect.model.institution import Institution
from reconnect.model.login import Login
from reconnect.model.session import WAITING, Session
from tests.deployed import FAST
from tests.system.support import table_of

# So many at once that this machine, which runs the whole of AWS in one process, is busy but never behind.
_LOGINS, _CAP = 2_000, 4
_BANK_SECONDS = 8
_BANKS = [Institution(number, name) for number, name in INSTITUTIONS.items()]
_SICK = _BANKS[1]
_REFUSAL = "RETRY_LATER"
# Of ten logins, so many are asked by their banks.
_ASKED = 7
_PARAMETERS = {
    **FAST,
    "PollIntervalSeconds": "4",
    "BankProbeSeconds": "5",
    "BankOutageHours": "1",
    "BatchTickSeconds": "1",
    "TryLaterSeconds": "1",
}
# Seconds after the beginning: when the bank goes down and is back, and the pauses.
_OUTAGE, _PAUSES = (30.0, 90.0), ((15.0, 20.0), (100.0, 106.0))
_PATIENCE = 3600.0


def figures(logins: int = _LOGINS) -> Iterator[Figure]:
    """Play the night, and yield what must hold."""
    with running_service(_PARAMETERS) as service, peak_memory(service) as peaks:
        banks = _known_logins(service, logins)
        batch_id = _open(service, list(banks))
        calls, finished = _follow(service, batch_id)
        yield from _counted(service, banks, finished)
        yield Figure("call for a batch's progress while it runs, p95", 1000 * percentile(calls, 95), 300, unit="ms")
        yield Figure("peak memory of engine and functions in this night", max(peaks), 2048, unit="MiB")


def _known_logins(service: Service, count: int) -> dict[str, Institution]:
    """Logins of which the service knows their banks from earlier sessions."""
    records = DynamoDbLogins(table_of(service), lambda: datetime.now(UTC))
    banks = {}
    for number in range(count):
        bank = _BANKS[number % len(_BANKS)]
        name = "Greatday" if number // len(_BANKS) % 10 < _ASKED else "greatday_nomfa"
        login_id = service.simulator.bank.add_login(name, bank.id or 0)
        known = service.simulator.bank.find_login(login_id)
        known.behaviour = replace(known.behaviour, pending_seconds=_BANK_SECONDS)
        refreshed = datetime.now(UTC) - timedelta(days=30, minutes=number)
        records.save(Login(login_id=login_id, institution=bank, last_refresh=refreshed))
        banks[login_id] = bank
    return banks


def _open(service: Service, login_ids: list[str]) -> str:
    deadline = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
    parts = [login_ids[at : at + 1000] for at in range(0, len(login_ids), 1000)]
    terms: dict[str, Any] = {"deadline": deadline, "maxPerInstitution": _CAP, "moreItems": len(parts) > 1}
    batch_id = str(service.api.open_batch(**terms, loginIds=parts[0])["batchId"])
    for number, part in enumerate(parts[1:], 2):
        service.api.add_batch_items(batch_id, loginIds=part, moreItems=number < len(parts))
    return batch_id


def _follow(service: Service, batch_id: str) -> tuple[list[float], dict[str, Any]]:
    """Steer the batch and its banks until it is over; return what each look took, in seconds, and its end."""
    begun, bank = time.monotonic(), service.simulator.bank
    calls: list[float] = []
    plan: list[tuple[float, Callable[[], object]]] = [(_OUTAGE[0], lambda: bank.refuse_all(_SICK.id or 0, _REFUSAL))]
    plan += [(_OUTAGE[1], lambda: bank.refuse_all(_SICK.id or 0, None))]
    steer = service.api.steer_batch
    for pause, resume in _PAUSES:
        plan += [(pause, lambda: steer(batch_id, "pause")), (resume, lambda: steer(batch_id, "resume"))]
    plan.sort(key=lambda each: each[0])
    wait = threading.Event()
    while (now := time.monotonic() - begun) < _PATIENCE:
        while plan and plan[0][0] <= now:
            plan.pop(0)[1]()
        asked = time.monotonic()
        seen = service.api.read_batch(batch_id)
        calls.append(time.monotonic() - asked)
        if seen["status"] not in {"RUNNING", "PAUSED"}:
            return calls, seen
        if len(calls) % 20 == 0:
            print(f"{now:5.0f} s  {seen['totals']}", file=sys.stderr, flush=True)
        wait.wait(1.0)
    raise TimeoutError(f"the batch is not over after {_PATIENCE} s")


def _counted(service: Service, banks: dict[str, Institution], finished: dict[str, Any]) -> Iterator[Figure]:
    starts = Counter(entry.login_id for entry in service.simulator.journal if entry.action == "start")
    records = DynamoDbSessions(table_of(service), lambda: datetime.now(UTC))
    sessions = [records.get(name) for login_id in banks for name in records.of_login(login_id)]
    refused = Counter(each.login_id for each in sessions for entry in each.timeline if entry.cause == _REFUSAL)
    above = sum(_most_at_once(each for each in sessions if banks[each.login_id] is bank) > _CAP for bank in _BANKS)
    done = finished["totals"]["succeeded"] + finished["totals"]["parked"]
    not_once = sum(starts[login_id] - refused[login_id] != 1 for login_id in banks)
    own = sum(bank is _SICK for bank in banks.values())
    failed = sum(each.failure is not None and each.failure.owner == "bank" for each in sessions)
    zero = Comparison.EXACTLY
    yield Figure("logins of a deployed night that are done", done, len(banks), zero)
    yield Figure("banks of it that had more live attempts than their cap", above, 0, zero)
    yield Figure("logins of it whose bank took not exactly one live call", not_once, 0, zero)
    yield Figure("sessions of it that failed because a bank was down", failed, 0, zero)
    yield Figure("calls wasted at the bank that was down, of its logins", 100 * sum(refused.values()) / own, unit="%")


def _most_at_once(sessions: Iterable[Session]) -> int:
    changes = []
    for session in sessions:
        begun = next((entry.at for entry in session.timeline if entry.cause == "authorize_started"), None)
        left = next((each.at for each in session.timeline if each.status in WAITING or each.status.is_terminal), None)
        if begun and left:
            changes += [(begun, 1), (left, -1)]
    live = most = 0
    for _, change in sorted(changes):
        live += change
        most = max(most, live)
    return most


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.nights.deployed", description=__doc__)
    parser.add_argument("--logins", type=int, default=_LOGINS)
    shown = list(figures(parser.parse_args().logins))
    for figure in shown:
        print(figure)
    sys.exit(sum(not figure.is_met for figure in shown))
