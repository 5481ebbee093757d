"""What evidence of a session holds, and what it never holds."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconnect.model.release import VERSION
from reconnect.model.session import Status
from reconnect.model.trail import TrailEntry, note_event, note_request
from reconnect.views.evidence_document import evidence_of
from tests.architecture.modules import ROOT
from tests.fakes.builders import SESSION_ID, a_session
from tests.fakes.clock import NOW
from tests.unit.functions.test_events import SECRETS
from tests.unit.tampering import a_told_session


def evidence(session: Any) -> Any:
    return evidence_of(session, at=NOW, by="user/auditor")


def test_evidence_tells_what_happened_in_the_order_of_time() -> None:
    entries = evidence(a_told_session())["entries"]

    assert [entry["kind"] for entry in entries] == [*["timeline", "request"], *["timeline"] * 5, "event", "receipt"]
    times = [entry["at"] for entry in entries if "at" in entry]
    assert times == sorted(times)


def test_evidence_says_who_asked_and_which_events_were_published() -> None:
    entries = evidence(a_told_session())["entries"]

    assert [(entry["action"], entry["caller"]) for entry in entries if entry["kind"] == "request"] == [
        ("session_opened", "assumed-role/Backend/worker-7")
    ]
    assert [(entry["type"], entry["eventId"]) for entry in entries if entry["kind"] == "event"] == [
        ("SessionSucceeded", f"{SESSION_ID}.9")
    ]


def test_evidence_proves_the_freshness_with_counts_alone() -> None:
    receipt = evidence(a_told_session())["entries"][-1]

    assert (receipt["fresh"], receipt["accounts"]["count"], receipt["transactions"]["count"]) == (True, 1, 3)


def test_evidence_says_for_whom_it_was_made_and_what_it_lacks() -> None:
    header = evidence(a_told_session())["header"]

    assert (header["madeFor"], header["serviceVersion"]) == ("user/auditor", VERSION)
    assert header["endedAt"] == "2026-03-14T09:28:53.589793Z"
    assert len(header["notRecorded"]) == 5


def test_evidence_of_no_session_holds_an_id_of_flinks_or_a_token() -> None:
    shown = json.dumps([evidence(a_session(status, reference="a person's name")) for status in Status])

    assert [secret for secret in [*SECRETS, "a person's name"] if secret in shown] == []


def test_the_version_in_evidence_is_that_of_the_package() -> None:
    assert f'\nversion = "{VERSION}"\n' in Path(ROOT / "pyproject.toml").read_text()


def test_a_long_trail_keeps_its_beginning_and_its_end() -> None:
    session = a_session()
    for number in range(100):
        session = note_request(session, NOW + timedelta(seconds=number), "session_joined", f"user/{number}")

    assert [entry.by for entry in session.trail] == [f"user/{number}" for number in [*range(30), *range(70, 100)]]


def test_only_a_write_that_publishes_has_its_event_in_the_trail() -> None:
    session = replace(a_session(), version=4)

    assert note_event(session) is session
    assert note_event(replace(session, event_type="ReconnectRequired")).trail == (
        TrailEntry(NOW, "ReconnectRequired", version=4),
    )
