"""A large result: the time from Flinks' reply to the bucket, and the memory of the function that stores it."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from devtools.bench.backend import Backend
from devtools.bench.measuring import QUICK_BANK, moment, warm_service
from devtools.engine.figures import process_group_members
from devtools.figures import Figure
from devtools.service import Service
from reconnect_client.results import fetch_result

# Transactions per year; the second makes a reply of more than 6 MB, the limit of a Lambda response.
_SIZES = (20_500, 40_000)
_ROUNDS = 5
_REPORT = (
    "{transactions:,} transactions, {megabytes:.1f} MB: from Flinks' reply to the stored result {median:.2f} s "
    "(median of {rounds}; slowest {slowest:.2f} s); fetch_accounts held {peak:.0f} MiB at most"
)


@dataclass(frozen=True)
class Reading:
    """What one session read, and how long it took, in seconds."""

    transactions: int
    size: int
    seconds: float


def measure() -> Iterator[str]:
    """A year of transactions: seconds from Flinks' reply to the stored result, and the function's memory."""
    with warm_service(QUICK_BANK) as backend:
        for transactions in _SIZES:
            readings = [_read(backend, transactions) for _ in range(_ROUNDS)]
            seconds = [reading.seconds for reading in readings]
            yield _REPORT.format(
                transactions=readings[0].transactions,
                megabytes=readings[0].size / 1e6,
                median=statistics.median(seconds),
                rounds=_ROUNDS,
                slowest=max(seconds),
                peak=_peak_mib(backend.service),
            )


def figures() -> Iterator[Figure]:
    """The memory that a year of transactions takes."""
    with warm_service(QUICK_BANK) as backend:
        for _ in range(_ROUNDS):
            _read(backend, _SIZES[0])
        peak = _peak_mib(backend.service)
    yield Figure("peak memory of fetch_accounts, a year of 20,600 transactions", peak, 256, unit="MiB")


def _read(backend: Backend, transactions: int) -> Reading:
    api, bank = backend.service.api, backend.service.simulator.bank
    login = bank.find_login(bank.add_login("many_transactions"))
    login.behaviour = replace(login.behaviour, transactions=transactions)
    options = {"daysOfTransactions": "Days365"}
    ended = backend.wait_for_success(api.open_session(loginId=login.login_id, options=options).body["sessionId"])
    # This also checks the data against the receipt.
    fetch_result(api, ended["sessionId"])
    replied = [entry.at for entry in bank.journal.of(login.login_id) if entry.action.startswith("detail")][-1]
    seconds = moment(ended, "accounts_read") - replied.timestamp()
    return Reading(ended["receipt"]["transactions"]["count"], ended["receipt"]["result"]["bytes"], seconds)


def _peak_mib(service: Service) -> float:
    """The peak memory of any worker of the function since it started, as Linux records it for each process."""
    name = f"AWS_LAMBDA_FUNCTION_NAME={service.stack.resources['FetchAccounts']}".encode()
    peaks = []
    for process in process_group_members(service.engine.process_id):
        folder = Path(f"/proc/{process}")
        try:
            is_worker = name in (folder / "environ").read_bytes().split(b"\0")
            status = (folder / "status").read_text()
        except OSError:
            continue
        if is_worker:
            [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
            peaks.append(int(peak) / 1024)
    return max(peaks)
