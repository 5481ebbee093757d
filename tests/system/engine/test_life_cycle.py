"""An engine explains why it does not start, and leaves nothing behind in whatever way it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.engine import EngineError, LocalEngine, private_names
from devtools.engine.figures import process_group_members
from devtools.engine.private_names import PrivateName
from tests.system.engine.fixtures import Eventually

# The process, its engine's process id, and the engine's temporary folder.
Launcher = tuple[subprocess.Popen[str], int, Path]

APP = Path(__file__).parent / "app" / "template.yaml"

_LAUNCHER = """
import json, sys
from pathlib import Path
from devtools.engine import LocalEngine
engine = LocalEngine.start()
stack = engine.deploy(Path(sys.argv[1]), name="orphan")
engine.client("lambda").invoke(FunctionName=stack.resources["ProbeFunction"], Payload=json.dumps({"modules": []}))
print(engine.process_id, engine._scratch, flush=True)
sys.stdin.read()
"""

_BROKEN_GLUE = """
import sys
from devtools.engine import private_names, process
private_names.EVERY_PRIVATE_NAME = (
    private_names.PrivateName("ministack.services.stepfunctions", "_gone", "starts executions"),
)
private_names.PINNED_VERSIONS["moto"] = "0.0.1"
sys.exit(process.main())
"""


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    """A launcher in its own process, with an engine and a warm Lambda worker."""
    process = subprocess.Popen(
        [sys.executable, "-c", _LAUNCHER, str(APP)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    engine, folder = process.stdout.readline().split()
    assert len(process_group_members(int(engine))) > 1, "the engine and a Lambda worker"
    scratch = Path(folder)
    yield process, int(engine), scratch
    process.kill()
    process.communicate()
    # Only a test that kills both engine and launcher leaves files behind.
    shutil.rmtree(scratch, ignore_errors=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_survives_a_launcher_that_is_killed(
    launcher: Launcher, eventually: Eventually, how: signal.Signals
) -> None:
    process, engine, scratch = launcher

    process.send_signal(how)
    process.wait()

    eventually(lambda: not process_group_members(engine))
    eventually(lambda: not scratch.exists())


def test_no_worker_survives_an_engine_that_is_killed(launcher: Launcher, eventually: Eventually) -> None:
    _, engine, _ = launcher

    os.kill(engine, signal.SIGKILL)

    eventually(lambda: not process_group_members(engine))


def test_stopping_ends_every_process_and_removes_every_file() -> None:
    with LocalEngine.start() as engine:
        scratch = engine._scratch
        assert process_group_members(engine.process_id)

    assert not process_group_members(engine.process_id)
    assert not scratch.exists()
    engine.stop()


def test_the_start_up_check_passes_with_the_pinned_versions() -> None:
    assert private_names.broken_names() == []
    assert len(private_names.EVERY_PRIVATE_NAME) == len(set(private_names.EVERY_PRIVATE_NAME))


def test_the_start_up_check_names_each_broken_name_with_its_use() -> None:
    gone = PrivateName("moto.stepfunctions.parser.backend.execution", "Execution.gone", "runs things")

    problems = private_names.broken_names([gone], {"ministack": "9.9.9", "not-installed": "1"})

    assert problems[0] == "ministack 9.9.9 is needed, 1.5.33 is installed"
    assert problems[1] == "not-installed 1 is needed, no version is installed"
    assert "moto no longer has moto.stepfunctions.parser.backend.execution:Execution.gone (runs things)" in problems[2]


def test_an_engine_with_broken_private_names_ends_at_once_and_says_why() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _BROKEN_GLUE], stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )

    # Standard input stays open: the process must end by itself, not because its launcher ended.
    assert process.wait(timeout=30) == 1
    assert process.stdin
    assert process.stderr
    said = process.stderr.read().decode()
    process.stdin.close()
    assert "ministack no longer has ministack.services.stepfunctions:_gone (starts executions)" in said
    assert "moto 0.0.1 is needed" in said


def test_an_engine_that_does_not_start_reports_its_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(EngineError, match="already in use"):
        LocalEngine.start(port=taken.getsockname()[1])
