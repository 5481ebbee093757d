"""Changes single bytes of evidence and counts how many changes are found."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from devtools.figures.figure import Comparison, Figure
from reconnect.model.hash_chain import Changed, check, to_file
from reconnect.model.session import Actor, Session, Status
from reconnect.model.trail import TrailEntry
from reconnect.views.evidence_document import erasure_document, evidence_of
from tests.fakes.builders import SESSION_ID, a_receipt, a_session
from tests.fakes.clock import NOW

TRIES = 10_000


def a_told_session() -> Session:
    """A session whose record has everything that evidence shows."""
    session = a_session(Status.FETCHING, receipt=a_receipt(), correlation_ids=frozenset({"order-1"}))
    for seconds, cause in enumerate(("link_opened", "clicked", "redirected", "OPERATION_PENDING"), start=5):
        session = session.note(at=NOW + timedelta(seconds=seconds), actor=Actor.USER, cause=cause)
    ended = session.end(
        Status.SUCCEEDED, at=NOW + timedelta(minutes=2), cause="ACCOUNTS_FRESH", failure=None, event_type="any"
    )
    return replace(
        ended,
        trail=(
            TrailEntry(NOW, "session_opened", by="assumed-role/Backend/worker-7"),
            TrailEntry(NOW + timedelta(minutes=2), "SessionSucceeded", version=9),
        ),
    )


def files() -> list[bytes]:
    """The evidence of a session, and the receipt of an erasure."""
    erasure = erasure_document(
        sessions=[SESSION_ID],
        results=2,
        was_known=True,
        card=None,
        at=NOW,
        by="user/support",
        request="WxYzAbCdEfGhIjk=",
    )
    return [to_file(evidence_of(a_told_session(), at=NOW, by="user/auditor")), to_file(erasure)]


def tamperings(count: int) -> Iterator[bytes]:
    """Files with one byte replaced, removed or added; the same ones in each run."""
    chosen, originals = random.Random(17), files()  # noqa: S311 - no secret
    for number in range(count):
        original = originals[number % len(originals)]
        at, byte = chosen.randrange(len(original)), chosen.randrange(256)
        match number % 4:
            case 0:
                yield original[:at] + original[at + 1 :]
            case 1:
                yield original[:at] + bytes([byte]) + original[at:]
            case _:
                yield original[:at] + bytes([original[at] ^ (byte or 1)]) + original[at + 1 :]


def found(tampered: bytes) -> bool:
    """Whether the check refuses a file."""
    try:
        check(tampered)
    except Changed:
        return True
    return False


def figures() -> Iterable[Figure]:
    """Measure how many of ten thousand changes are found."""
    yield Figure(
        f"tamperings of evidence found, of {TRIES:,}", sum(map(found, tamperings(TRIES))), TRIES, Comparison.EXACTLY
    )
