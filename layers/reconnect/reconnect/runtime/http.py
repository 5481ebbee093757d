"""The HTTP API's payload 2.0 in and out, and errors as RFC 9457 problem details."""

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import (
    AttemptOpen,
    CoolingDown,
    ErasureUnfinished,
    FlinksReplyUnreadable,
    FlinksUnavailable,
    IdempotencyConflict,
    InvalidRequest,
    LockoutGuarded,
    ReconnectError,
    RecordUnreadable,
    RequestTooLarge,
    ResultExpired,
    ResultMissing,
    ResultNotErased,
    SecretsUnavailable,
    SessionChanged,
    SessionNotFound,
    SignatureInvalid,
    StateInvalid,
    StoreUnavailable,
    TooManyCallers,
    TooSoon,
    WorkflowUnavailable,
)
from reconnect.model.timestamps import to_iso
from reconnect.runtime.aws import service
from reconnect.runtime.observability import logger

MAX_BODY_BYTES = 16 * 1024
_KEY = re.compile("[ -~]{1,255}")

HttpReply = dict[str, Any]
HttpHandler = Callable[[dict[str, Any], LambdaContext], HttpReply]

_NO_STORE = {"Cache-Control": "no-store"}
_NO_MORE: dict[str, str] = {}

# The errors that a caller can do something about: status, title, and what to do.
_PROBLEMS: dict[type[ReconnectError], tuple[int, str, str]] = {
    InvalidRequest: (400, "Invalid request", "Mend the fields named in `errors` and send it again."),
    SessionNotFound: (404, "No such session", "No session has this id. Check it, or open a new session."),
    ResultMissing: (
        404,
        "No result yet",
        "This session has read no data. While it is live, ask again once it is SUCCEEDED; if it has ended, read its "
        "failureCode and open another.",
    ),
    ResultExpired: (410, "Result expired", "The data has passed its retention and is removed. Open a new session."),
    ResultNotErased: (503, "Busy", "Some data is not deleted yet. Send the same request again."),
    ErasureUnfinished: (503, "Busy", "Some data is not deleted yet. Send the same request again."),
    StateInvalid: (404, "No such link", "The link is incomplete or has expired. Ask the app for a new one."),
    SignatureInvalid: (401, "Not signed", "The body must be signed with the webhook secret that Flinks gave you."),
    FlinksUnavailable: (503, "Flinks is busy", "Nothing was lost. Send the same request again."),
    FlinksReplyUnreadable: (503, "Flinks is busy", "Nothing was lost. Send the same request again."),
    RequestTooLarge: (413, "Body too large", f"A body may have {MAX_BODY_BYTES} bytes at most."),
    IdempotencyConflict: (409, "Key used before", "This Idempotency-Key came with another body. Use a new key."),
    TooManyCallers: (
        409,
        "Too many callers",
        "The live session of this login names a hundred callers and takes no other correlationId. Nothing was changed. "
        "Send the request without correlationId to join it, and read the session by its id.",
    ),
    CoolingDown: (429, "Cooldown", "This login was just refreshed. Read that session, or ask again at nextAllowedAt."),
    LockoutGuarded: (
        429,
        "Lockout guard",
        "The bank refused several answers in a row. Nothing was begun, so that it does not lock the account. Ask again "
        "at nextAllowedAt.",
    ),
    AttemptOpen: (
        429,
        "Attempt still open",
        "An earlier attempt may still be open at the bank, and two at once collide. Nothing was begun. Ask again at "
        "nextAllowedAt.",
    ),
    SessionChanged: (503, "Busy", "Nothing was lost. Send the same request again."),
    StoreUnavailable: (503, "Busy", "Nothing was lost. Send the same request again."),
    SecretsUnavailable: (503, "Busy", "Nothing was lost. Send the same request again."),
    RecordUnreadable: (
        503,
        "Record unreadable",
        "A record of this login or session is of a newer version of the service, or damaged. It was left as it is. "
        "Send the same request again once the service runs a version that reads it; its log says which.",
    ),
    WorkflowUnavailable: (503, "Busy", "Your request is recorded. Send it again and it joins itself."),
}


def reply_json(status: int, body: dict[str, Any]) -> HttpReply:
    """A JSON reply that no cache keeps."""
    return _reply(status, "application/json", body)


def read_json(event: dict[str, Any]) -> object:
    """The request's JSON body; raise RequestTooLarge or InvalidRequest."""
    raw = read_bytes(event)
    if len(raw) > MAX_BODY_BYTES:
        raise RequestTooLarge(f"{len(raw)} bytes")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidRequest({"body": 'is not JSON; send an object such as {"loginId": "..."}'}) from None


def read_bytes(event: dict[str, Any]) -> bytes:
    """The request's body as it was sent; raise InvalidRequest if it is not what it is marked as."""
    body: str = event.get("body") or ""
    return _from_base64(body) if event.get("isBase64Encoded") else body.encode()


def read_idempotency_key(event: dict[str, Any]) -> str | None:
    """The caller's Idempotency-Key, if any; raise InvalidRequest if it cannot be one."""
    key: str | None = event["headers"].get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest({"Idempotency-Key": "must have 1 to 255 printable ASCII characters"})
    return f"api/{key}"


def read_flag(event: dict[str, Any], name: str) -> bool:
    """A query parameter that is true or false, or absent; raise InvalidRequest if it is anything else."""
    value = (event.get("queryStringParameters") or {}).get(name, "false")
    if value not in {"true", "false"}:
        raise InvalidRequest({name: "must be true or false"})
    return bool(value == "true")


def _from_base64(body: str) -> bytes:
    """API Gateway encodes a body whose content type it does not know as text."""
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise InvalidRequest({"body": "is marked as base64 and is not"}) from None


def answers_problems(handler: HttpHandler) -> HttpHandler:
    """Answer the errors that a caller can act on as problem details; let every other one escape as a 500. A HEAD gets
    the headers that a GET would get, and no body.
    """

    def answer(event: dict[str, Any], context: LambdaContext) -> HttpReply:
        try:
            reply = handler(event, context)
        except tuple(_PROBLEMS) as problem:
            service().count("RequestRefused")
            if isinstance(problem, RecordUnreadable):
                # No caller can mend it: whoever deploys must see what it was.
                service().count("RecordUnreadable")
                logger.error("record_unreadable", extra={"unreadable": str(problem)})
            reply = _problem(problem)
        return {**reply, "body": ""} if is_head(event) else reply

    return answer


def is_head(event: Mapping[str, Any]) -> bool:
    """Whether somebody, such as a mail gateway, only checks that an address is good."""
    return str(event.get("routeKey", "")).startswith("HEAD ")


def _problem(problem: ReconnectError) -> HttpReply:
    status, title, detail = next(told for known, told in _PROBLEMS.items() if isinstance(problem, known))
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if isinstance(problem, InvalidRequest):
        body["errors"] = problem.errors
    if isinstance(problem, TooSoon | TooManyCallers | RecordUnreadable):
        body["code"] = problem.code
    if isinstance(problem, TooSoon):
        body["nextAllowedAt"] = to_iso(problem.next_allowed_at)
        seconds = math.ceil((problem.next_allowed_at - service().ports.clock()).total_seconds())
        return _reply(status, "application/problem+json", body, {"Retry-After": str(max(1, seconds))})
    return _reply(status, "application/problem+json", body)


def _reply(status: int, content_type: str, body: dict[str, Any], headers: Mapping[str, str] = _NO_MORE) -> HttpReply:
    return {
        "statusCode": status,
        "headers": {"Content-Type": content_type, **_NO_STORE, **headers},
        "body": json.dumps(body),
    }
