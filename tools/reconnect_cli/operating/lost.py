"""The messages of the queue LostRequests: what each one is, why it is there, and how it is put back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# The request itself is at fault: it would be refused again.
_NEVER = frozenset({"InvalidRequest", "IdempotencyConflict"})


@dataclass(frozen=True)
class LostRequest:
    """A request that was not taken. `request` is what open_session takes from its queue; None if nothing can be taken.

    `why` names no login. `is_final`: it would be refused again.
    """

    message_id: str
    lost_at: datetime
    why: str
    source: str = "-"
    correlation_id: str | None = None
    request: Mapping[str, Any] | None = None
    is_final: bool = False

    @classmethod
    def read(cls, message: Mapping[str, Any]) -> "LostRequest":
        """Return what an SQS message is; one of an unknown form is kept, and explained as such."""
        sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
        message_id, lost_at = message["MessageId"], datetime.fromtimestamp(sent, UTC)
        body = _object_in(message["Body"])
        code = message.get("MessageAttributes", {}).get("ERROR_CODE", {}).get("StringValue")
        event, why, is_final = _explain(body, code)
        if event is None or not isinstance(event.get("detail"), dict) or not isinstance(event.get("id"), str):
            return cls(message_id, lost_at, "it has no form that this version knows", is_final=True)
        correlation_id = event["detail"].get("correlationId")
        return cls(
            message_id,
            lost_at,
            why,
            source=str(event.get("source", "-")),
            correlation_id=correlation_id if isinstance(correlation_id, str) else None,
            # The event's id stays: it is the request's idempotency key, so a request that was taken after all opens
            # nothing more. `wasKnown` stays, so that a login that was erased meanwhile is not opened anew.
            request={name: event[name] for name in ("id", "detail", "wasKnown") if name in event},
            is_final=is_final,
        )


def _explain(body: Mapping[str, Any] | None, code: str | None) -> tuple[Mapping[str, Any] | None, str, bool]:
    """Return the event in a message's body, why it is there, and whether it would be refused again."""
    match body:
        case {"requestPayload": dict(event), **rest}:
            answer = rest.get("responsePayload")
            error = str(answer.get("errorType", "")) if isinstance(answer, dict) else ""
            is_final = error in _NEVER
            fault = "the request itself is at fault" if is_final else "open_session failed three times"
            return event, f"{fault}: {error or 'no error is named'}", is_final
        case {"detail-type": str(), "detail": dict()}:
            return body, f"open_session could not be invoked for an hour: {code or 'no reason is given'}", False
        case {"detail": dict()}:
            return body, "it had to wait, and then open_session failed for an hour", False
    return None, "", True


def _object_in(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
