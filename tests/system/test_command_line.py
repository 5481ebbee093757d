"""The `reconnect` command as a person uses it, each time in a new process."""

import csv
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.service import Service
from flinks_simulator import ready_login_id
from reconnect_cli.dev_files import DEV_FILE, running_here
from tests.system.commands import RECONNECT, operators_environment, run
from tests.system.support import a_login, open_session, wait_for_end, wait_until


@pytest.fixture
def environment(service: Service) -> dict[str, str]:
    return operators_environment(service)


def test_a_session_can_be_opened_and_followed_to_its_end(service: Service, environment: dict[str, str]) -> None:
    ran = run("start", a_login(service, "greatday_nomfa"), "--watch", environment=environment)

    assert ran.returncode == 0
    assert "SUCCEEDED" in ran.stdout
    assert "3 accounts" in ran.stdout


@pytest.mark.parametrize("form", ["json", "csv", "parquet"])
def test_a_result_can_be_fetched_as_files(
    service: Service, environment: dict[str, str], tmp_path: Path, form: str
) -> None:
    session_id = open_session(service, "greatday_nomfa")
    receipt = wait_for_end(service, session_id)["receipt"]

    ran = run("result", session_id, "--format", form, "--to", str(tmp_path), environment=environment)

    assert ran.returncode == 0, ran.stderr
    files = [Path(line) for line in ran.stdout.splitlines()]
    assert {file.suffix for file in files} == {f".{form}"}
    if form == "csv":
        rows = [list(csv.DictReader(file.open(newline=""))) for file in files]
        assert [len(table) for table in rows] == [receipt["accounts"]["count"], receipt["transactions"]["count"]]


def test_deleted_data_is_reported_with_what_to_do(service: Service, environment: dict[str, str]) -> None:
    session_id = open_session(service, "greatday_nomfa")
    wait_for_end(service, session_id)
    s3, bucket = service.engine.client("s3"), service.stack.outputs["ResultsBucketName"]
    for stored in s3.list_objects_v2(Bucket=bucket, Prefix=f"results/{session_id}/")["Contents"]:
        s3.delete_object(Bucket=bucket, Key=stored["Key"])

    ran = run("result", session_id, environment=environment)

    assert ran.returncode == 1
    assert "was deleted" in ran.stderr
    assert "Open a new session" in ran.stderr


def test_a_missing_result_is_reported_with_what_to_do(service: Service, environment: dict[str, str]) -> None:
    session_id = open_session(service, "test_disabled_account")
    wait_for_end(service, session_id)

    ran = run("result", session_id, environment=environment)

    assert ran.returncode == 4
    assert "No result yet" in ran.stderr
    assert not Path(session_id).exists()


def test_a_session_can_ask_for_a_year_of_some_accounts_with_identity(
    service: Service, environment: dict[str, str]
) -> None:
    account_id = "a4b1c2d3-1111-4222-8333-444455556666"
    asked = ("--days-of-transactions", "Days365", "--with-identity", "--account", account_id)

    ran = run("start", a_login(service, "Greatday"), *asked, "--json", environment=environment)

    opened = service.api.read_session(json.loads(ran.stdout)["sessionId"])
    assert opened["options"] == {
        "summaryOnly": False,
        "daysOfTransactions": "Days365",
        "withIdentity": True,
        "accounts": [account_id],
    }


def test_following_a_session_that_fails_exits_with_three_and_says_why(
    service: Service, environment: dict[str, str]
) -> None:
    ran = run("start", a_login(service, "test_disabled_account"), "--watch", environment=environment)

    assert ran.returncode == 3
    assert "DISABLED_LOGIN" in ran.stdout
    assert "Contact the bank" in ran.stdout


def test_a_session_that_waits_for_its_user_is_shown_with_the_connect_url(
    service: Service, environment: dict[str, str]
) -> None:
    session_id = open_session(service, "Greatday", language="fr")
    waiting = wait_until(service, session_id, "AWAITING_USER")

    text = run("show", session_id, environment=environment)
    as_json = run("show", session_id, "--json", environment=environment)

    assert waiting["link"] in text.stdout
    assert waiting["connectUrl"] in text.stdout
    assert "question" in text.stdout
    # Polling goes on meanwhile, and the timeline counts the polls.
    assert {**json.loads(as_json.stdout), "timeline": None} == {**waiting, "timeline": None}


def test_a_refused_request_names_each_invalid_field(environment: dict[str, str]) -> None:
    ran = run("start", "nonsense", environment=environment)

    assert ran.returncode == 4
    assert "loginId: must be a Flinks LoginId" in ran.stderr


def test_without_a_service_the_command_says_how_to_start_one(environment: dict[str, str]) -> None:
    ran = run("show", "0" * 32, environment={**environment, "RECONNECT_API_URL": ""})

    assert ran.returncode == 1
    assert "make dev" in ran.stderr


def test_the_simulator_refuses_a_taken_port_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        ran = run("simulator", "--port", str(port), environment=dict(os.environ))

    assert ran.returncode == 1
    assert f"Port {port} is taken" in ran.stderr


@pytest.fixture
def dev(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """`reconnect dev` with an extra scenario, once it reports that it is ready."""
    own = tmp_path / "own.yaml"
    own.write_text("name: my_bank\ndescription: It refuses\nbehaviour:\n  refusal: NEW_ACCOUNT\n")
    process = subprocess.Popen(
        [RECONNECT, "dev", "--simulator-port", "0", "--scenarios", str(own)],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    output = ""
    while "signed by curl" not in output:
        line = process.stdout.readline()
        assert line, f"it ended early with this output:\n{output}"
        output += line
    assert [name for name in ("bus ", "stateMachine arn:", "table ") if f"    {name}" not in output] == []
    yield process
    process.kill()
    process.wait()


def test_make_dev_serves_the_command_line_and_leaves_nothing_behind(
    dev: "subprocess.Popen[str]",
) -> None:
    started = run("start", ready_login_id("my_bank"), "--watch", environment=dict(os.environ))
    running = _children_of(dev.pid)

    dev.send_signal(signal.SIGTERM)
    output, _ = dev.communicate(timeout=30)

    assert "ended the session: NEW_ACCOUNT" in started.stdout
    assert running
    assert "stopped" in output
    assert dev.returncode == 0
    assert running_here(DEV_FILE) == []
    assert [pid for pid in running if Path(f"/proc/{pid}").exists()] == []


def _children_of(pid: int) -> list[str]:
    return [
        stat.parent.name
        for stat in Path("/proc").glob("[0-9]*/stat")
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[1] == str(pid)
    ]
