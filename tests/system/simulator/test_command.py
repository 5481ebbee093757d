"""`flinks-simulator` as a user runs it, in its own process."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from devtools.service import PROJECT
from flinks_simulator import SHIPPED

COMMAND = [sys.executable, "-m", "flinks_simulator"]
RUN: dict[str, Any] = {"cwd": PROJECT, "text": True, "encoding": "utf-8"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    ran: subprocess.CompletedProcess[str] = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, timeout=60, check=False, **RUN
    )
    return ran


def test_every_scenario_is_listed_on_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ndescription: What I need\n")

    ran = run("--list", "--scenarios", str(tmp_path))

    lines = ran.stdout.splitlines()
    assert ran.returncode == 0
    assert [line.split()[0] for line in lines[1:]] == [*SHIPPED, "mine"]
    assert lines[-1].endswith("What I need")


def test_a_wrong_scenario_file_stops_the_command_with_file_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\ndescription: What I need\nbehaviour:\n  asks: maybe\n")

    ran = run("--port", "0", "--scenarios", str(file))

    assert ran.returncode == 1
    assert f"Error: {file}:4: behaviour: asks: wanted true or false, found 'maybe'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_each_request_is_a_line_and_an_interrupt_stops_it_cleanly() -> None:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--seed", "7"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **RUN
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[3]
    while not process.stdout.readline().startswith("More behaviours"):
        pass

    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{url}/simulator/clock", timeout=10)
    line = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, complaints = process.communicate(timeout=30)

    assert line == "GET /simulator/clock 200\n"
    assert (process.returncode, rest, complaints) == (0, "stopped\n", "")
