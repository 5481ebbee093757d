"""Starts the engine as a child process that cannot outlive us, and hands out clients, deploys, logs and figures."""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
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
    """What a request to this engine is signed with: the account's root user."""

    access_key_id: str
    secret_access_key: str
    region: str


class LocalEngine:
    """One engine: start it, deploy to it, stop it. Its state lives in a temporary folder and ends with it."""

    credentials = Credentials(settings.ROOT_ACCESS_KEY_ID, settings.ROOT_SECRET_ACCESS_KEY, settings.REGION)

    def __init__(self, process: subprocess.Popen[bytes], scratch: Path, environment: Mapping[str, str]) -> None:
        self._process = process
        self._scratch = scratch
        self._environment = environment
        self._clients: dict[str, Any] = {}
        self._deployer: Deployer | None = None
        self.endpoint_url = environment["AWS_ENDPOINT_URL"]

    @classmethod
    def start(cls, *, with_ledger: bool = False, concurrency: int | None = None) -> Self:
        """Start an engine on a free loopback port and wait until it answers.

        With a ledger it writes down what AWS would bill, and looks at every item that is written, which takes time.
        `concurrency`: how many functions may run at once before Lambda refuses to run another; 1,000 by default.
        """
        port = _free_port()
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
                # The engine ends when this pipe closes, and the kernel closes it however we end.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches us only, and we can end all of its workers at once.
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
        """End the engine and every Lambda worker, and remove what they wrote. Safe to call twice."""
        atexit.unregister(self.stop)
        if self._process.stdin:
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        # The group may outlive its leader when the engine itself was killed.
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
        """The engine process; it leads the process group its Lambda workers belong to."""
        return self._process.pid

    def client(self, service: str) -> Any:
        """A boto3 client of this engine, with root credentials."""
        if service not in self._clients:
            self._clients[service] = boto3.session.Session().client(
                service,  # type: ignore[call-overload]
                region_name=self.credentials.region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=self.credentials.access_key_id,
                aws_secret_access_key=self.credentials.secret_access_key,
                config=Config(retries={"total_max_attempts": 1}, max_pool_connections=64, proxies={}),
            )
        return self._clients[service]

    def api_url_for(self, name: str) -> str:
        """Where the HTTP API of the stack with this name is, or will be once it is deployed."""
        return f"{self.endpoint_url}/_aws/execute-api/{check_name(name)}"

    def deploy(self, template: Path, *, name: str, parameters: Mapping[str, str] | None = None) -> Stack:
        """Deploy a SAM template under a name; the same name again updates that stack."""
        if self._deployer is None:
            self._deployer = Deployer(self.client, self.credentials.region, self._environment)
        return self._deployer.deploy(template, name, self.api_url_for(name), parameters or {})

    def function_logs(self, stack: Stack, function: str) -> list[str]:
        """The log lines of one function, by its logical id, oldest first."""
        configuration = self.client("lambda").get_function_configuration(FunctionName=stack.resources[function])
        group = configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{stack.resources[function]}"
        logs = self.client("logs")
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            return [event["message"].rstrip("\n") for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def memory_mib(self) -> float:
        """Resident memory of the engine and its Lambda workers together."""
        return process_group_memory_mib(self._process.pid)

    def processor_seconds(self) -> float:
        """Processor time that the engine and its Lambda workers have had so far."""
        return process_group_seconds(self._process.pid)

    def ledger(self) -> Iterator[dict[str, Any]]:
        """Every request so far that AWS would bill, oldest first; none unless the engine was started with a ledger."""
        try:
            lines = (self._scratch / _LEDGER).read_text().splitlines()
        except FileNotFoundError:
            return
        yield from (json.loads(line) for line in lines)

    def engine_log(self) -> str:
        """What the engine itself printed."""
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
    # A proxy that the developer's environment names has nothing to do with loopback.
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
