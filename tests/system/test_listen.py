"""`reconnect listen` against the deployed service: events as they come, forwarded, and nothing left behind."""

import json
import signal
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from devtools.service import Service
from tests.system.commands import RECONNECT
from tests.system.support import open_session, wait_for_end
from tests.system.test_command_line import environment

__all__ = ["environment"]


@pytest.fixture
def consumer() -> Iterator[tuple[str, "Queue[dict[str, Any]]"]]:
    """The address of a consumer that refuses its first post, and what it received."""
    received: Queue[dict[str, Any]] = Queue()

    class Consumer(BaseHTTPRequestHandler):
        is_first = True

        def do_POST(self) -> None:
            received.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(503 if Consumer.is_first else 204)
            self.end_headers()
            Consumer.is_first = False

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Consumer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/events", received
    server.shutdown()
    server.server_close()


def test_events_are_shown_and_forwarded_until_ctrl_c(
    service: Service,
    environment: dict[str, str],
    consumer: tuple[str, "Queue[dict[str, Any]]"],
    tmp_path: Path,
) -> None:
    address, received = consumer
    bus = service.stack.outputs["EventBusName"]
    errors = tmp_path / "errors"
    with errors.open("w") as to, subprocess.Popen(
        [RECONNECT, "listen", "--bus", bus, "--json", "--type", "SessionSucceeded", "--forward-to", address],
        env=environment | {"AWS_ENDPOINT_URL": service.engine.endpoint_url},
        stdout=subprocess.PIPE,
        stderr=to,
        text=True,
    ) as listener:  # fmt: skip
        assert listener.stdout is not None
        while "Listening" not in errors.read_text():
            assert listener.poll() is None, errors.read_text()
        sessions = [open_session(service, "greatday_nomfa") for _ in range(2)]
        for each in sessions:
            wait_for_end(service, each)
        shown = [json.loads(listener.stdout.readline()) for _ in sessions]
        forwarded = [received.get(timeout=30) for _ in sessions]
        listener.send_signal(signal.SIGINT)
        listener.communicate(timeout=30)

    assert listener.returncode == 0
    assert {event["detail"]["sessionId"] for event in shown} == set(sessions)
    assert forwarded == shown
    assert f"Not forwarded (HTTP 503): event {shown[0]['detail']['eventId']}." in errors.read_text()
    assert _left_behind(service, bus) == []


def _left_behind(service: Service, bus: str) -> list[str]:
    rules = service.engine.client("events").list_rules(EventBusName=bus, NamePrefix="reconnect-listen-")["Rules"]
    queues = service.engine.client("sqs").list_queues(QueueNamePrefix="reconnect-listen-").get("QueueUrls", [])
    return [*(rule["Name"] for rule in rules), *queues]
