"""The operator's commands against the deployed stack: lost requests and missed events come back."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devtools.service import Service
from tests.system.commands import RECONNECT
from tests.system.support import open_session, wait_for_end, wait_for_session_of
from tests.system.test_command_line import environment

__all__ = ["environment"]

LOGIN_ID = "5e115eb7-94b4-4b19-9a0a-1d0d71b000aa"


@pytest.fixture
def operator(service: Service, environment: dict[str, str]) -> dict[str, str]:
    return environment | {"AWS_ENDPOINT_URL": service.engine.endpoint_url}


def run(operator: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([RECONNECT, *arguments], env=operator, capture_output=True, text=True, check=False)


def lost(operator: dict[str, str], service: Service) -> list[dict[str, Any]]:
    ran = run(operator, "requests", "list", "--stack", service.stack.name, "--json")
    assert ran.returncode == 0, ran.stderr
    assert LOGIN_ID not in ran.stdout
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_lost_requests_are_explained_and_put_back(service: Service, operator: dict[str, str]) -> None:
    queue, url = service.engine.client("sqs"), service.stack.outputs["LostRequestsUrl"]
    detail = {"loginId": LOGIN_ID, "correlationId": "put-back-1"}
    good = {"id": "put-back-event-1", "detail-type": "RefreshRequested", "source": "my.app", "detail": detail}
    bad = {"requestContext": {}, "requestPayload": good, "responsePayload": {"errorType": "InvalidRequest"}}
    for body in (good, bad):
        queue.send_message(QueueUrl=url, MessageBody=json.dumps(body))

    before = lost(operator, service)
    ran = run(operator, "requests", "put-back", "--all", "--stack", service.stack.name)

    assert sorted(each["canBePutBack"] for each in before) == [False, True]
    assert (ran.returncode, ran.stdout) == (0, "1 put back, 1 left\n"), ran.stderr
    [left] = lost(operator, service)
    assert left["why"] == "the request itself is at fault: InvalidRequest"
    assert wait_for_session_of(service, "put-back-1")
    queue.purge_queue(QueueUrl=url)


def test_a_message_that_is_not_there_is_no_success(service: Service, operator: dict[str, str]) -> None:
    ran = run(operator, "requests", "put-back", "no-such-message", "--stack", service.stack.name)

    assert (ran.returncode, "not in the queue" in ran.stderr) == (1, True)


def test_archived_events_are_published_again_with_their_ids(
    service: Service, operator: dict[str, str], tmp_path: Path
) -> None:
    session_id = open_session(service, "greatday_nomfa")
    wait_for_end(service, session_id)
    now = datetime.now(UTC)
    span = ["--from", (now - timedelta(hours=1)).isoformat(), "--to", (now + timedelta(minutes=1)).isoformat()]
    errors = tmp_path / "errors"
    with errors.open("w") as to, subprocess.Popen(
        [RECONNECT, "listen", "--bus", service.stack.outputs["EventBusName"], "--json", "--type", "SessionSucceeded"],
        env=operator, stdout=subprocess.PIPE, stderr=to, text=True,
    ) as listener:  # fmt: skip
        assert listener.stdout is not None
        while "Listening" not in errors.read_text():
            assert listener.poll() is None, errors.read_text()
        ran = run(operator, "events", "replay", *span, "--stack", service.stack.name)
        assert ran.returncode == 0, ran.stderr
        event: dict[str, Any] = {}
        # The first delivery may still be under way.
        while event.get("replay-name") is None or event["detail"]["sessionId"] != session_id:
            event = json.loads(listener.stdout.readline())
        listener.terminate()
        listener.communicate(timeout=30)

    evidence = service.api.read_evidence(session_id)
    assert event["detail"]["eventId"] in [entry.get("eventId") for entry in evidence["entries"]]


def test_evidence_of_a_session_is_exported_and_verified(
    service: Service, environment: dict[str, str], tmp_path: Path
) -> None:
    session_id = open_session(service, "greatday_nomfa")
    wait_for_end(service, session_id)

    exported = run(
        environment, "evidence", session_id, "--to", str(tmp_path / "e.json"), "--page", str(tmp_path / "e.html")
    )
    verified = run(environment, "evidence", "verify", str(tmp_path / "e.json"))

    assert (exported.returncode, verified.returncode) == (0, 0), exported.stderr + verified.stderr
    entries = json.loads((tmp_path / "e.json").read_text())["entries"]
    assert {entry["kind"] for entry in entries} == {"timeline", "request", "event", "receipt"}
