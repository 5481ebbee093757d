"""Throttles at the account's concurrency limit: synchronous callers are refused, queued events wait.

Step Functions and other callers of Invoke get 429 TooManyRequestsException, as AWS documents. What an HTTP API returns
then is not documented; 503 is its status for an unreachable integration.
"""

import json
import threading
from contextvars import ContextVar
from typing import Any

from devtools.engine import private_names
from devtools.engine.replacing import set_attribute

_HTTP_API_REFUSAL = {
    "statusCode": 503,
    "headers": {"Content-Type": "application/json"},
    "body": json.dumps({"message": "Service Unavailable"}),
}

_is_queued: ContextVar[bool] = ContextVar("is_queued", default=False)


def install() -> None:
    """Make ministack's limit throttle as AWS does. The limit is the account's default or the launcher's."""
    _keep_queued_events()
    _throttle_http_api()


def _keep_queued_events() -> None:
    """AWS keeps an asynchronous event for hours while it is throttled; the engine would count that as a failure."""
    acquire_at_once = private_names.ACQUIRE_SLOT.load()
    release_at_once = private_names.RELEASE_SLOT.load()
    invoke_in_background = private_names.INVOKE_ASYNC.load()
    released = threading.Condition()

    def acquire_slot(*function: Any) -> tuple[str | None, str | None]:
        with released:
            while True:
                slot, limit = acquire_at_once(*function)
                if slot is not None or not _is_queued.get():
                    return slot, limit
                released.wait()

    def release_slot(slot: str) -> None:
        with released:
            release_at_once(slot)
            released.notify_all()

    def invoke_async(*call: Any) -> None:
        # The thread that this starts copies the context.
        queued = _is_queued.set(True)
        try:
            invoke_in_background(*call)
        finally:
            _is_queued.reset(queued)

    set_attribute(private_names.ACQUIRE_SLOT, acquire_slot)
    set_attribute(private_names.RELEASE_SLOT, release_slot)
    set_attribute(private_names.INVOKE_ASYNC, invoke_async)


def _throttle_http_api() -> None:
    answer_of = private_names.API_ANSWER.load()

    def api_answer(result: dict[str, Any]) -> Any:
        return (dict(_HTTP_API_REFUSAL), None) if result.get("throttle") else answer_of(result)

    set_attribute(private_names.API_ANSWER, api_answer)
