"""What a cold start costs, in instructions, which repeat where seconds do not: as shipped, against its floor."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from devtools.bench.cold_stub import EVENTS, Stub
from devtools.engine.settings import LAMBDA_RUNTIME, REPOSITORY
from devtools.engine.template import plain_resources, read_template
from devtools.figures import Comparison, Figure

LAYER = REPOSITORY / "layers" / "reconnect"
_PROCESSES = 2

# In the measured process: Lambda's own start of the handler, with what it tells about it.
_REPORT = """
import importlib._bootstrap_external as importing, json, resource, sys
compiled, made = [], []
from_source = importing.SourceLoader.source_to_code
def source_to_code(loader, data, path, *arguments, **options):
    compiled.append(path)
    return from_source(loader, data, path, *arguments, **options)
importing.SourceLoader.source_to_code = source_to_code
import boto3
client = boto3.client
def make(name, **options):
    made.append(name)
    return client(name, **options)
boto3.client = make
import app
ready = list(made)
{invoke}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps(dict(compiled=compiled, ready=ready, late=made[len(ready):], peak=peak)))
"""
_INVOKE = """
import os, types
context = types.SimpleNamespace(
    function_name="f", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="r",
    get_remaining_time_in_millis=lambda: 20000,
)
event = json.loads(os.environ["EVENT"])
reply = app.lambda_handler(event, context)
if reply and reply.get("statusCode", 200) >= 400:
    raise RuntimeError(f"the invocation was refused: {reply}")
"""


def measure() -> Iterator[str]:
    """Count the instructions of every function's cold start; needs valgrind."""
    if shutil.which("valgrind") is None:
        yield "skipped: it counts instructions with valgrind, which is not installed."
        return
    with _shipped() as shipped:
        yield f"layer: {shipped.zip_mib():.2f} MB zip; Python {sys.version.partition(' ')[0]}"
        yield "function: floor, ready (x floor), first invocation, in M instructions; modules compiled; peak memory"
        yield from map(str, shipped.cold_starts())


def figures() -> Iterator[Figure]:
    """Every function's cold start against its floor; raises FileNotFoundError without valgrind."""
    with _shipped() as shipped:
        yield Figure("zip of the layer's packages and ours, with bytecode", shipped.zip_mib(), 2, unit="MB")
        for cold in shipped.cold_starts():
            yield Figure(f"ready cost in floors, {cold.function}", round(cold.ready / cold.floor, 3), 1.25)
            yield Figure(f"first invocation, {cold.function}", round(cold.first), 60, unit="M instructions")
            yield Figure(f"modules of the layer compiled, {cold.function}", cold.compiled, 0, Comparison.EXACTLY)


@contextmanager
def _shipped() -> Iterator["Shipped"]:
    with tempfile.TemporaryDirectory(prefix="cold-") as scratch, Stub() as stub:
        yield Shipped(Path(scratch), stub)


@dataclass(frozen=True)
class ColdStart:
    """One function's, in millions of instructions: its floor, what runs in INIT, the first invocation after that.

    `compiled`: modules of the layer that were compiled; `peak`: memory in MiB; `late`: clients that INIT did not make.
    """

    function: str
    floor: float
    ready: float
    first: float
    compiled: int
    peak: int
    late: tuple[str, ...]

    def __str__(self) -> str:
        late = f"; made in the first invocation: {', '.join(self.late)}" if self.late else ""
        return (
            f"{self.function}: {self.floor:.0f}, {self.ready:.0f} ({self.ready / self.floor:.2f}), {self.first:.0f}; "
            f"{self.compiled} and its app.py; {self.peak} MiB{late}"
        )


class Shipped:
    """The functions as they are shipped, with this Python in place of the runtime's."""

    def __init__(self, scratch: Path, stub: Stub) -> None:
        self._stub = stub
        self._layer, self._runtime = scratch / "layer" / "python", scratch / "runtime"
        build = [sys.executable, str(LAYER / "build_layer.py"), str(self._layer), "--local"]
        subprocess.run(build, check=True, stderr=subprocess.DEVNULL)
        # The local engine reads our own package in place, so its layer is built without it.
        shutil.copytree(LAYER / "reconnect", self._layer / "reconnect", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(LAMBDA_RUNTIME, self._runtime)
        for folder in (self._layer / "reconnect", self._runtime):
            compileall = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
            subprocess.run([*compileall, str(folder)], check=True)
        self._floor = cache(lambda clients: self._count(_floor(clients), {}))

    def zip_mib(self) -> float:
        """The size of the layer's zip in MB (10^6 bytes)."""
        path = self._layer.parent.with_suffix(".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(self._layer.rglob("*")):
                archive.write(file, file.relative_to(self._layer.parent))
        return path.stat().st_size / 1e6

    def cold_starts(self) -> Iterator[ColdStart]:
        """Count for every function; each comes as soon as it is known."""
        with ThreadPoolExecutor(_PROCESSES) as pool:
            yield from pool.map(self._cold_start, sorted(EVENTS))

    def _cold_start(self, function: str) -> ColdStart:
        variables = self._variables(function)
        report = self._report(variables)
        ready = self._count("import app", variables)
        first = self._count(f"import json, sys, app\n{_INVOKE}", variables) - ready
        floor = self._floor(tuple(sorted(set(report["ready"]))))
        ours = [path for path in report["compiled"] if not path.endswith("/app.py")]
        return ColdStart(function, floor, ready, first, len(ours), report["peak"], tuple(report["late"]))

    def _variables(self, function: str) -> dict[str, str]:
        return {
            **_environment(function, self._stub.url(function)),
            "PYTHONPATH": f"{REPOSITORY / 'functions' / function}:{self._layer}:{self._runtime}",
            "EVENT": json.dumps(self._stub.event(function)),
        }

    def _report(self, variables: Mapping[str, str]) -> dict[str, Any]:
        code = _REPORT.format(invoke=_INVOKE)
        ran = self._run([sys.executable, "-S", "-c", code], variables)
        report: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        return report

    def _count(self, code: str, variables: Mapping[str, str]) -> float:
        """Return the instructions of this code in a new process, in millions."""
        valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        at_once = f"{code}\nimport os\nos._exit(0)"
        search = {"PYTHONPATH": f"{self._layer}:{self._runtime}", **variables}
        ran = self._run([*valgrind, sys.executable, "-S", "-c", at_once], search)
        found = re.search(r"I +refs: +([0-9,]+)", ran.stderr)
        if found is None:
            raise RuntimeError(f"valgrind counted nothing: {ran.stderr[-2000:]}")
        return int(found[1].replace(",", "")) / 1e6

    def _run(self, command: list[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        basic = {"PATH": os.environ["PATH"], "HOME": str(self._layer.parent), "PYTHONHASHSEED": "0"}
        keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "ca-central-1"}
        environment = {**basic, **keys, "PYTHONDONTWRITEBYTECODE": "1", **variables}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode or "not_prepared" in ran.stdout:
            # The instructions of a failure are no figure.
            raise RuntimeError(f"a function failed while it was counted: {ran.stderr[-2000:]}{ran.stdout[-2000:]}")
        return ran


def _floor(clients: tuple[str, ...]) -> str:
    return "import boto3\n" + "\n".join(f"boto3.client({name!r})" for name in clients)


def _environment(function: str, url: str) -> dict[str, str]:
    """Return the function's variables with the template's defaults; what only AWS knows is any text or the stub."""
    template = read_template(REPOSITORY / "template.yaml")
    resources = {name.lower(): found for name, found in plain_resources(template)}
    own = resources[function.replace("_", "")]["Properties"].get("Environment", {}).get("Variables", {})
    parameters = template["Parameters"]

    def text_of(value: Any) -> str:
        reference = value.get("Ref") if isinstance(value, dict) else value
        return str(parameters.get(reference, {}).get("Default", "any") if isinstance(value, dict) else reference)

    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    return {
        **{name: text_of(value) for name, value in {**shared, **own}.items()},
        "FLINKS_API_BASE_URL": url,
        "FLINKS_CONNECT_BASE_URL": "https://connect.test",
        "PUBLIC_BASE_URL": "https://api.test",
        "DELAYED_REQUESTS_URL": f"{url}/queue",
        "AWS_ENDPOINT_URL": url,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_FUNCTION_NAME": function,
    }
