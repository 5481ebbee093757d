"""`reconnect console` as an operator starts it, on the deployed stack: it reads, it acts if allowed, and it stops."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from devtools.service import Service
from reconnect.model.hash_chain import check
from tests.system.commands import RECONNECT, operators_environment
from tests.system.support import a_login, wait_for_end, wait_until


@dataclass
class Operator:
    """An operator with a running console, whose address their browser has opened."""

    process: "subprocess.Popen[str]"
    said: list[str]

    def __post_init__(self) -> None:
        self.http = requests.Session()
        [self.address] = [line for line in self.said if line.startswith("http")]
        self.page = self.http.get(self.address, timeout=30).url

    def asks(self, path: str) -> Any:
        return self.http.get(f"{self.page}{path}", timeout=30)

    def posts(self, path: str, fields: Any) -> Any:
        origin = re.match(r"http://[^/]+", self.page)
        assert origin
        return self.http.post(f"{self.page}{path}", json=fields, headers={"Origin": origin[0]}, timeout=30)


@pytest.fixture
def console(service: Service, tmp_path: Path) -> Iterator[Callable[..., Operator]]:
    """Return `console("--allow-actions")`: an operator with a console of the service."""
    # A browser that only prints what it shall open.
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "opened $1"\n')
    browser.chmod(0o700)
    environment = {**operators_environment(service), "BROWSER": str(browser), "PYTHONUNBUFFERED": "1"}
    with ExitStack() as running:

        def start(*arguments: str) -> Operator:
            process = running.enter_context(
                subprocess.Popen(
                    [RECONNECT, "console", *arguments],
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            running.callback(process.kill)
            assert process.stdout
            return Operator(process, [process.stdout.readline().rstrip() for _ in range(3)])

        yield start


def test_an_operator_finds_reads_and_ends_a_session(service: Service, console: Callable[..., Operator]) -> None:
    login_id, order = a_login(service, "Greatday"), f"order-{uuid4().hex}"
    session_id = service.api.open_session(loginId=login_id, correlationId=order).body["sessionId"]
    waiting = wait_until(service, session_id, "AWAITING_USER")
    operator = console("--allow-actions", "--no-open")

    [found] = operator.posts("api/find", {"correlationId": order}).json()["logins"]
    listed = operator.asks("api/sessions?needs=user").json()["sessions"]
    shown = operator.asks(f"api/sessions/{session_id}")
    assert [each["sessionId"] for each in found["sessions"]] == [session_id]
    assert session_id in [each["sessionId"] for each in listed]
    assert shown.json()["status"] == "AWAITING_USER"
    assert [each for each in (login_id, waiting["link"], waiting["connectUrl"]) if each in shown.text] == []
    assert check(operator.asks(f"api/sessions/{session_id}/evidence").content)["entries"]

    assert operator.posts(f"api/sessions/{session_id}/extend", {"linkLifetimeHours": 720}).status_code == 200
    assert operator.posts(f"api/sessions/{session_id}/cancel", {}).status_code == 200
    assert wait_for_end(service, session_id)["status"] == "CANCELLED"
    refused = operator.posts(f"api/sessions/{session_id}/remind", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "user_not_needed")


def test_an_operator_finds_a_batch_whose_id_was_lost(service: Service, console: Callable[..., Operator]) -> None:
    now = datetime.now(UTC)
    times = {"startAt": (now + timedelta(hours=1)).isoformat(), "deadline": (now + timedelta(hours=2)).isoformat()}
    login_id, label = a_login(service, "Greatday"), f"night-{uuid4().hex}"
    service.api.open_batch(**times, maxPerInstitution=2, label=label, loginIds=[login_id])
    operator = console("--no-open")

    listed = operator.asks("api/batches").json()["batches"]
    [found] = [each for each in listed if each["label"] == label]
    shown = operator.asks(f"api/batches/{found['batchId']}")

    assert (found["status"], found["totals"]["queued"]) == ("RUNNING", 1)
    assert [each["queued"] for each in shown.json()["institutions"]] == [1]
    assert login_id not in shown.text
    assert operator.asks("api/batches?cursor=forged").json()["code"] == "cursor_invalid"
    service.api.steer_batch(found["batchId"], "stop")


def test_a_console_opens_the_browser_and_changes_nothing(service: Service, console: Callable[..., Operator]) -> None:
    session_id = service.api.open_session(loginId=a_login(service, "Greatday")).body["sessionId"]
    wait_until(service, session_id, "AWAITING_USER")
    operator = console()

    refused = operator.posts(f"api/sessions/{session_id}/cancel", {})

    assert (refused.status_code, refused.json()["code"]) == (403, "console_read_only")
    assert service.api.read_session(session_id)["status"] == "AWAITING_USER"
    assert operator.process.stdout
    assert operator.process.stdout.readline() == f"opened {operator.address}\n"


def test_ctrl_c_ends_it_at_once_and_without_a_word(console: Callable[..., Operator]) -> None:
    operator = console("--no-open")
    assert operator.asks("api/about").json()["allowsActions"] is False

    operator.process.send_signal(signal.SIGINT)

    said, error = operator.process.communicate(timeout=30)
    assert (operator.process.returncode, said, error) == (0, "", "")
    with pytest.raises(requests.ConnectionError):
        operator.asks("api/about")


def test_only_this_machine_can_reach_it(console: Callable[..., Operator]) -> None:
    operator = console("--no-open")
    port = operator.page.split(":")[2].split("/")[0]

    rebound = requests.get(f"http://127.0.0.1:{port}/", headers={"Host": f"evil.test:{port}"}, timeout=30)

    assert operator.page.startswith("http://127.0.0.1:")
    assert (rebound.status_code, rebound.json()["code"]) == (421, "console_other_host")
    assert "Server" not in rebound.headers
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.2:{port}/", timeout=30)
