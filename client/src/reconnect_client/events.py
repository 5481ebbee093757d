"""Reads the events that the service publishes on Amazon EventBridge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SOURCE = "reconnect"


class NotOurEvent(ValueError):
    """An event of another source, or without a field that every event has."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. A repeat has the same `event_id`; `sequence` orders the events of a session.

    An event about a batch has a `batch_id`, no `session_id`, and the sequence 0.
    """

    name: str
    event_id: str
    session_id: str | None
    sequence: int
    detail: Mapping[str, Any]
    batch_id: str | None = None


def parse_event(event: Mapping[str, Any]) -> Event:
    """Return an event in EventBridge's envelope, as a Lambda function or a queue gets it; raise NotOurEvent.

    EventBridge signs nothing: whoever may put events on the bus can forge one, so only a read through the API decides.
    """
    name, detail = event.get("detail-type"), event.get("detail")
    if event.get("source") != _SOURCE or not isinstance(name, str) or not isinstance(detail, Mapping):
        raise NotOurEvent("the event is not one of the Reconnect service")
    match detail:
        case {"eventId": str(event_id), "sessionId": str(session_id), "sequence": int(sequence)}:
            return Event(name, event_id, session_id, sequence, detail)
        case {"eventId": str(event_id), "batchId": str(batch_id)}:
            return Event(name, event_id, None, 0, detail, batch_id)
    raise NotOurEvent("the event has no eventId, or neither a batchId nor a sessionId and a sequence")
