"""Consumes the service's events from a queue: only real ones, each once, those of a session in order."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from botocore.session import get_session

from reconnect_client import Event, NotOurEvent, parse_event

# The version of the events' schemas that this code was written for.
_VERSION = 1

# The last event of each session. One row answers both questions: a repeat is not newer, and a late one is older.
_TABLE = """
CREATE TABLE IF NOT EXISTS refreshes
  (session_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, event TEXT NOT NULL, status TEXT NOT NULL)
"""
_KEEP_NEWER = """
INSERT INTO refreshes VALUES (?, ?, ?, ?) ON CONFLICT (session_id) DO UPDATE
  SET sequence = excluded.sequence, event = excluded.event, status = excluded.status
  WHERE excluded.sequence > refreshes.sequence
"""


class NotAccepted(Exception):
    """An event that this code cannot judge; it stays in the queue, and goes to the queue of refused events."""


def accept(envelope: Mapping[str, Any], account: str) -> Event:
    """Return an event of the service in EventBridge's envelope; raise NotAccepted for any other.

    EventBridge sets `account` itself, so nobody outside it can forge an event; `source` is the sender's own word.
    """
    if envelope.get("account") != account:
        raise NotAccepted("the event comes from another AWS account")
    try:
        event = parse_event(envelope)
    except NotOurEvent as other:
        raise NotAccepted(str(other)) from None
    if event.detail.get("version") != _VERSION:
        raise NotAccepted(f"{event.name} has another version than {_VERSION}")
    if event.session_id is None:
        raise NotAccepted(f"{event.name} is about no session")
    return event


class Refreshes:
    """What the events said, by session."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with closing(self._connect()) as database, database:
            database.execute(_TABLE)

    def take(self, event: Event) -> bool:
        """Store an event; return False for a repeat, and for one that is older than what is known.

        What an event causes, such as a mail with `link`, belongs into this transaction as a row that another process
        sends. After it, a crash would lose it; before it, a repeat would send it twice.
        """
        with closing(self._connect()) as database, database:
            row = (event.session_id, event.sequence, event.name, event.detail["status"])
            return database.execute(_KEEP_NEWER, row).rowcount == 1

    def last_event(self, session_id: str) -> str | None:
        """Return the name of the last event of a session."""
        with closing(self._connect()) as database:
            row = database.execute("SELECT event FROM refreshes WHERE session_id = ?", (session_id,)).fetchone()
        return row and str(row[0])

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=10)


def consume(queue_url: str, account: str, refreshes: Refreshes) -> None:
    """Take the events of a queue, without end. A message leaves the queue only after it was stored."""
    sqs: Any = get_session().create_client("sqs")
    while True:
        answer = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=20, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            try:
                event = accept(json.loads(message["Body"]), account)
            except (ValueError, NotAccepted) as refused:
                print(f"event refused: {type(refused).__name__}", flush=True)
                continue
            is_news = refreshes.take(event)
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            # Neither the link nor anything else of `detail` belongs into a log.
            print(f"event {event.event_id} {event.name} {'taken' if is_news else 'known'}", flush=True)
