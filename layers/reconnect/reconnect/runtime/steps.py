"""The shape in which workflow steps answer the state machine, and in which it carries what they saw."""

from datetime import datetime
from typing import Any

from reconnect.domain.looks import Seen, add_look
from reconnect.domain.pacing import Step
from reconnect.domain.read_session import when
from reconnect.runtime.ports import now


def seen_so_far(event: dict[str, Any]) -> tuple[Seen, ...]:
    """What the looks of this execution found; one that began under an older definition brings nothing."""
    return tuple(_seen_in(text) for text in event.get("seen", "").split(",") if text)


def wait_try_of(event: dict[str, Any]) -> str | None:
    """Which try of a waiting state this is, so that a later one sorts behind: when the state was entered (ISO 8601, of
    one length) and how often it was repeated since. None for an execution that began under an older definition.
    """
    entered_at = event.get("enteredAt")
    return f"{entered_at} {event.get('retryCount', 0):03}" if entered_at else None


def step_reply(step: Step, seen: tuple[Seen, ...], *, is_first: bool = False) -> dict[str, Any]:
    """What the state machine routes on; nothing personal, because it stays in the execution's history.

    `seen` is one text and no array, for JSONata may take an array of one for its element. `is_first`: the step began
    an attempt.
    """
    return {
        "outcome": step.outcome,
        "code": step.code,
        "waitSeconds": step.wait_seconds,
        "maxRetries": step.max_retries,
        "seen": ",".join(_text_of(each) for each in add_look(seen, now(), step.code, is_first=is_first)),
    }


def _text_of(seen: Seen) -> str:
    return f"{when(seen.at)} {seen.looks} {seen.code}"


def _seen_in(text: str) -> Seen:
    at, looks, code = text.split(" ", 2)
    return Seen(datetime.fromisoformat(at), code, int(looks))
