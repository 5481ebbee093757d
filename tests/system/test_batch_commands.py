"""A night of a dozen logins by the command line, on the deployed service: plan, run, steer, report."""

import csv
import io
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devtools.service import Service
from tests.system.commands import operators_environment
from tests.system.commands import run as run_reconnect
from tests.system.support import a_login

FRESH, ASKED = 6, 3


@pytest.fixture
def environment(service: Service) -> dict[str, str]:
    return operators_environment(service)


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_reconnect("batch", *arguments, environment=environment, seconds=240)


def as_json(environment: dict[str, str], *arguments: str) -> Any:
    ran = run(environment, *arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def a_file(service: Service, path: Path) -> list[str]:
    """A file with logins that need nobody, some whose bank asks, a repeated one and a wrong line; their references."""
    names = ["greatday_nomfa"] * FRESH + ["Greatday"] * ASKED
    references = [f"night:{number}" for number in range(len(names))]
    rows = [f"{a_login(service, name)},{each}" for name, each in zip(names, references, strict=True)]
    path.write_text("\n".join(["login_id,correlation_id", *rows, rows[0], "nonsense,night:x"]))
    return references


def test_a_file_of_logins_is_refreshed_by_a_deadline_and_reported(
    service: Service, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "night.csv"
    references = a_file(service, file)
    by = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    options = (str(file), "--by", by, "--max-per-institution", "4")

    ran = run(environment, "run", *options, "--watch", "--json")

    views = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, ran.stderr
    assert views[0]["feasible"]
    totals = views[-1]["totals"]
    assert (views[-1]["status"], totals["items"], totals["succeeded"], totals["parked"]) == (
        "FINISHED",
        9,
        FRESH,
        ASKED,
    )
    assert max(each["totals"]["live"] for each in views[1:]) <= 4
    batch_id = views[-1]["batchId"]
    report = run(environment, "report", batch_id, "--format", "csv")
    lines = list(csv.DictReader(io.StringIO(report.stdout)))
    assert sorted(line["correlation_id"] for line in lines) == references
    assert sorted(line["state"] for line in lines) == ["ENDED"] * FRESH + ["PARKED"] * ASKED
    again = run(environment, "run", *options, "--json", "--force")
    assert json.loads(again.stdout.splitlines()[-1])["batchId"] == batch_id


def test_a_batch_is_paused_limited_and_stopped_while_it_runs(
    service: Service, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "night.csv"
    a_file(service, file)
    now = datetime.now(UTC)
    times = ("--by", (now + timedelta(hours=2)).isoformat(), "--start-at", (now + timedelta(hours=1)).isoformat())
    sent = run(environment, "run", str(file), *times, "--max-per-institution", "4", "--json")
    batch_id = json.loads(sent.stdout.splitlines()[-1])["batchId"]

    paused = as_json(environment, "pause", batch_id)
    resumed = as_json(environment, "resume", batch_id)
    [key] = [each["key"] for each in resumed["institutions"]]
    limited = as_json(environment, "cap", batch_id, key, "0")
    as_json(environment, "stop", batch_id)
    ended = run(environment, "watch", batch_id, "--json")

    assert (paused["status"], resumed["status"]) == ("PAUSED", "RUNNING")
    assert [each["cap"] for each in limited["institutions"]] == [0]
    last = json.loads(ended.stdout.splitlines()[-1])
    assert (ended.returncode, last["status"], last["totals"]["notStarted"]) == (9, "STOPPED", 9)
