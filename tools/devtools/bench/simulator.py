"""The simulator's own speed, under load from another process."""

import http.client
import json
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from flinks_simulator import Settings, Simulator

_THREADS = 4
_ROUNDS = 84
_WARM_UP_ROUNDS = 5
_REPORT = (
    "{rate:.0f} requests/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms "
    "({count} requests, {threads} client threads; other work on this machine makes it slower)"
)


class Client:
    """A Flinks customer with one connection and one login; `latencies` has the seconds of each call."""

    def __init__(self, url: str, settings: Settings, login_id: str) -> None:
        self.latencies: list[float] = []
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._base = f"/v3/{settings.customer_id}/BankingServices"
        self._secret = settings.secret
        self._login_id = login_id

    def refresh(self) -> None:
        """Make the six requests of one refresh."""
        live = {"LoginId": self._login_id, "MostRecentCached": False, "Save": True}
        token = self._call("POST", "GenerateAuthorizeToken", key=self._secret)["Token"]
        started = {"RequestId": self._call("POST", "AuthorizeAsync", live, key=token, wanted=202)["RequestId"]}
        self._call("POST", "AuthorizeAsync", started, wanted=202)
        self._call("POST", "AuthorizeAsync", started)
        self._call("POST", "GetAccountsSummary", started)
        self._call("POST", "GetAccountsDetail", started)

    def _call(self, method: str, operation: str, body: Any = None, *, key: str = "", wanted: int = 200) -> Any:
        headers = {"Content-Type": "application/json", "flinks-auth-key": key}
        began = time.perf_counter()
        self._connection.request(method, f"{self._base}/{operation}", json.dumps(body or {}), headers)
        response = self._connection.getresponse()
        reply = response.read()
        self.latencies.append(time.perf_counter() - began)
        if response.status != wanted:
            # Refusals are quick, and would make the simulator seem faster than it is.
            raise ValueError(f"{operation} answered {response.status}, not {wanted}: {reply[:200]!r}")
        return json.loads(reply)


def load(url: str, settings: Settings, login_ids: list[str], rounds: int) -> tuple[float, list[float]]:
    """Refresh all logins in parallel, `rounds` times each; return the seconds it took and every latency."""
    clients = [Client(url, settings, each) for each in login_ids]
    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as threads:
        list(threads.map(lambda client: [client.refresh() for _ in range(rounds)], clients))
    return time.perf_counter() - began, [each for client in clients for each in client.latencies]


def measure() -> Iterator[str]:
    """Requests per second that the simulator serves, and their latency, under load from another process."""
    spawn = multiprocessing.get_context("spawn")
    with Simulator(settings=Settings(detail_pending=0)) as simulator, ProcessPoolExecutor(1, spawn) as other:
        login_ids = [simulator.bank.add_login("greatday_nomfa") for _ in range(_THREADS)]
        for rounds in (_WARM_UP_ROUNDS, _ROUNDS):
            seconds, latencies = other.submit(load, simulator.url, simulator.bank.settings, login_ids, rounds).result()
    percentiles = statistics.quantiles((1000 * each for each in latencies), n=100)
    yield _REPORT.format(
        rate=len(latencies) / seconds, p50=percentiles[49], p99=percentiles[98], count=len(latencies), threads=_THREADS
    )
