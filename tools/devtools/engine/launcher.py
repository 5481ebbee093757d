"""Starts the engine as a child process that ends with its parent; provides clients, deploys, logs and figures."""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from devtools.engine import settings
from devtools.engine.deploy import Deployer, Stack
from devtools.engine.errors import EngineError
from devtools.engine.figures import process_group_memory_mib, process_group_seconds
from devtools.engine.package import check_name

_START_SECONDS = 60
_STOP_SECONDS = 5
_POLL_SECONDS = 0.05
_LEDGER = "ledger.jsonl"


@dataclass(frozen=True)
class Credentials:
    """The credentials of the account's root user, with which requests to this engine are signed."""

    access_key_id: str
    secret_access_key: str
    region: str


class LocalEngine:
    """One engine: start it, deploy to it, stop it. Its state is in a temporary folder, which is deleted with it."""

    credentials = Credentials(settings.ROOT_ACCESS_KEY_ID, settings.ROOT_SECRET_ACCESS_KEY, settings.REGION)

    def __init__(self, process: subprocess.Popen[bytes], scratch: Path, environment: Mapping[str, str]) -> None:
        self._process = process
        self._scratch = scratch
        self._environment = environment
        self._session = boto3.session.Session()
        self._clients: dict[str, Any] = {}
        # A session makes one client at a time.
        self._making_client = threading.Lock()
        self._deployer: Deployer | None = None
        self.endpoint_url = environment["AWS_ENDPOINT_URL"]

    @classmethod
    def start(cls, *, with_ledger: bool = False, concurrency: int | None = None, port: int | None = None) -> Self:
        """Start an engine on a loopback port, a free one by default, and wait until it answers.

        With a ledger it records what AWS would bill, for which it reads every item that is written; this takes time.
        `concurrency`: how many functions may run at once before Lambda throttles; 1,000 by default.
        """
        port = port or _free_port()
        scratch = Path(tempfile.mkdtemp(prefix="local-engine-"))
        environment = settings.engine_environment(port, scratch, concurrency)
        Path(environment["TMPDIR"]).mkdir()
        if with_ledger:
            environment[settings.LEDGER_VARIABLE] = str(scratch / _LEDGER)
        with (scratch / "engine.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "devtools.engine.process"],
                cwd=scratch,
                env=environment,
                # The engine ends when this pipe closes; the kernel closes it however this process ends.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its own group: Ctrl-C reaches only this process, which can end all workers at once.
                start_new_session=True,
            )
        engine = cls(process, scratch, environment)
        atexit.register(engine.stop)
        try:
            engine._wait_until_ready()
        except BaseException:
            engine.stop()
            raise
        return engine

    def stop(self) -> None:
        """End the engine and every Lambda worker, and delete their files. Safe to call twice."""
        atexit.unregister(self.stop)
        if self._process.stdin:
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        # The group may outlive its leader if the engine itself was killed.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process_id(self) -> int:
        """The engine's process id, which is also the id of the group with its Lambda workers."""
        return self._process.pid

    def client(self, service: str) -> Any:
        """Return a boto3 client of this engine, with root credentials."""
        with self._making_client:
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,  # type: ignore[call-overload]
                    region_name=self.credentials.region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=self.credentials.access_key_id,
                    aws_secret_access_key=self.credentials.secret_access_key,
                    config=Config(retries={"total_max_attempts": 1}, max_pool_connections=64, proxies={}),
                )
            return self._clients[service]

    def api_url_for(self, name: str) -> str:
        """Return the URL of the HTTP API of the stack with this name, deployed or not."""
        return f"{self.endpoint_url}/_aws/execute-api/{check_name(name)}"

    def deploy(self, template: Path, *, name: str, parameters: Mapping[str, str] | None = None) -> Stack:
        """Deploy a SAM template under a name; an existing stack with this name is updated."""
        if self._deployer is None:
            self._deployer = Deployer(self.client, self.credentials.region, self._environment)
        return self._deployer.deploy(template, name, self.api_url_for(name), parameters or {})

    def function_logs(self, stack: Stack, function: str) -> list[str]:
        """Return the log lines of one function, by its logical id, oldest first."""
        configuration = self.client("lambda").get_function_configuration(FunctionName=stack.resources[function])
        group = configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{stack.resources[function]}"
        logs = self.client("logs")
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            return [event["message"].rstrip("\n") for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def memory_mib(self) -> float:
        """Return the resident memory of the engine and its Lambda workers together."""
        return process_group_memory_mib(self._process.pid)

    def processor_seconds(self) -> float:
        """Return the processor time of the engine and its Lambda workers so far."""
        return process_group_seconds(self._process.pid)

    def ledger(self) -> Iterator[dict[str, Any]]:
        """Yield every request so far that AWS would bill, oldest first; none without a ledger."""
        try:
            lines = (self._scratch / _LEDGER).read_text().splitlines()
        except FileNotFoundError:
            return
        yield from (json.loads(line) for line in lines)

    def engine_log(self) -> str:
        """Return the output of the engine process."""
        return (self._scratch / "engine.log").read_text(errors="replace")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise EngineError(f"The local AWS engine did not start:\n{self.engine_log().strip()}")
            if _answers(f"{self.endpoint_url}/_ministack/health"):
                return
            time.sleep(_POLL_SECONDS)
        raise EngineError(f"The local AWS engine gave no answer in {_START_SECONDS} seconds:\n{self.engine_log()}")


def _answers(url: str) -> bool:
    # Without the proxy that the developer's environment may name, which does not apply to loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)  # noqa: PLR2004
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((settings.HOST, 0))
        return int(probe.getsockname()[1])
