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
    BatchTooLarge,
    CoolingDown,
    CursorInvalid,
    ErasureUnfinished,
    FlinksReplyUnreadable,
    FlinksUnavailable,
    IdempotencyConflict,
    InstitutionNotFound,
    InvalidRequest,
    LockoutGuarded,
    LoginNotFound,
    NoSuchEndpoint,
    ReconnectError,
    RecordUnreadable,
    RemindedRecently,
    RequestTooLarge,
    ResultExpired,
    ResultMissing,
    ResultNotErased,
    SecretsUnavailable,
    SessionChanged,
    SessionEnded,
    SessionNotFound,
    SignatureInvalid,
    StateInvalid,
    StoreUnavailable,
    TooManyCallers,
    TooSoon,
    UserNotNeeded,
    WorkflowUnavailable,
)
from reconnect.model.timestamps import to_iso
from reconnect.runtime.aws import service
from reconnect.runtime.observability import report_failure
from reconnect.runtime.security_headers import with_security_headers

MAX_BODY_BYTES = 16 * 1024
MAX_BATCH_BYTES = 64 * 1024
_SERVER_ERROR = 500
_KEY = re.compile("[ -~]{1,255}")

HttpReply = dict[str, Any]
HttpHandler = Callable[[dict[str, Any], LambdaContext], HttpReply]

_NO_MORE: dict[str, str] = {}

# What comes before a code in a problem's `type` (RFC 9457): a name, not an address.
_TYPE = "urn:reconnect:problems:"

# The errors that a caller can act on: status, code for programs, title, and what to do. Codes never change.
_PROBLEMS: dict[type[ReconnectError], tuple[int, str, str, str]] = {
    InvalidRequest: (
        400,
        "invalid_request",
        "Invalid request",
        "Fix the fields listed in `errors` and send the request again.",
    ),
    NoSuchEndpoint: (404, "endpoint_not_found", "No such endpoint", "Check the method and the path."),
    SessionNotFound: (
        404,
        "session_not_found",
        "No such session",
        "No session has this id. Check the id, or open a new session.",
    ),
    LoginNotFound: (404, "login_not_found", "No such login", "Nothing is known of it. Check what you searched for."),
    InstitutionNotFound: (
        404,
        "institution_not_found",
        "No such institution",
        "None of its sessions ended within 30 days. Check the id in the list of institutions.",
    ),
    CursorInvalid: (400, "cursor_invalid", "Cursor invalid", "Begin the list again without a cursor."),
    UserNotNeeded: (409, "user_not_needed", "User not needed", "Nothing was sent. Read the session for its next step."),
    SessionEnded: (409, "session_ended", "Session ended", "Its link cannot be extended. Open a new session."),
    RemindedRecently: (
        429,
        "reminded_recently",
        "Reminded recently",
        "The user was just sent the link. Nothing was sent again. Retry after nextAllowedAt.",
    ),
    ResultMissing: (
        404,
        "result_missing",
        "No result yet",
        "This session has no data. If it is live, try again once it is SUCCEEDED. If it has ended, see its failureCode "
        "and open a new session.",
    ),
    ResultExpired: (
        410,
        "result_expired",
        "Result expired",
        "The data was deleted after its retention period. Open a new session.",
    ),
    ResultNotErased: (503, "erasure_unfinished", "Busy", "Some data is not deleted yet. Send the same request again."),
    ErasureUnfinished: (
        503,
        "erasure_unfinished",
        "Busy",
        "Some data is not deleted yet. Send the same request again.",
    ),
    StateInvalid: (
        404,
        "link_invalid",
        "No such link",
        "The link is incomplete or has expired. Request a new one from the app.",
    ),
    SignatureInvalid: (401, "not_signed", "Not signed", "Sign the body with the webhook secret that Flinks issued."),
    FlinksUnavailable: (503, "flinks_busy", "Flinks is busy", "Nothing was lost. Send the same request again."),
    FlinksReplyUnreadable: (503, "flinks_busy", "Flinks is busy", "Nothing was lost. Send the same request again."),
    BatchTooLarge: (
        413,
        "batch_too_large",
        "Batch too large",
        f"The body must not exceed {MAX_BATCH_BYTES} bytes. Send a longer list in parts.",
    ),
    RequestTooLarge: (413, "request_too_large", "Body too large", f"The body must not exceed {MAX_BODY_BYTES} bytes."),
    IdempotencyConflict: (
        409,
        "idempotency_key_reused",
        "Idempotency key reused",
        "This Idempotency-Key was used with another body. Use a new one.",
    ),
    TooManyCallers: (
        409,
        "too_many_callers",
        "Too many callers",
        "The live session of this login already has a hundred correlation ids. Nothing was changed. To join the "
        "session, send the request without correlationId.",
    ),
    CoolingDown: (
        429,
        "cooldown",
        "Cooldown",
        "This login was just refreshed. Read that session, or retry after nextAllowedAt.",
    ),
    LockoutGuarded: (
        429,
        "lockout_guard",
        "Lockout guard",
        "The bank rejected several answers in a row. No attempt was started, to avoid locking the account. Retry after "
        "nextAllowedAt.",
    ),
    AttemptOpen: (
        429,
        "open_attempt",
        "Attempt still open",
        "An earlier attempt may still be open at the bank, and two attempts would collide. No attempt was started. "
        "Retry after nextAllowedAt.",
    ),
    SessionChanged: (503, "busy", "Busy", "Nothing was lost. Send the same request again."),
    StoreUnavailable: (503, "busy", "Busy", "Nothing was lost. Send the same request again."),
    SecretsUnavailable: (503, "busy", "Busy", "Nothing was lost. Send the same request again."),
    RecordUnreadable: (
        503,
        "record_unreadable",
        "Record unreadable",
        "A stored record of this login or session is damaged or comes from a newer version of the service. It was left "
        "unchanged. Retry once the service runs a version that can read it; the service's log names the record.",
    ),
    WorkflowUnavailable: (
        503,
        "workflow_unavailable",
        "Busy",
        "Your request was recorded. Retry it to get the same session.",
    ),
}


def reply_json(status: int, body: dict[str, Any]) -> HttpReply:
    """Return a JSON reply."""
    return _reply(status, "application/json", body)


def read_json(event: dict[str, Any]) -> object:
    """Return the request's JSON body; raise RequestTooLarge or InvalidRequest."""
    raw = read_bytes(event)
    if len(raw) > MAX_BODY_BYTES:
        raise RequestTooLarge(f"{len(raw)} bytes")
    return _decode(raw)


def read_batch_json(event: dict[str, Any]) -> object:
    """Return the JSON body of a request with a list of logins; raise BatchTooLarge or InvalidRequest."""
    raw = read_bytes(event)
    if len(raw) > MAX_BATCH_BYTES:
        raise BatchTooLarge(f"{len(raw)} bytes")
    return _decode(raw)


def _decode(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidRequest({"body": 'is not JSON; send an object such as {"loginId": "..."}'}) from None


def read_bytes(event: dict[str, Any]) -> bytes:
    """Return the request's body as it was sent; raise InvalidRequest if it cannot be decoded.

    API Gateway encodes those whose content type it does not treat as text.
    """
    body: str = event.get("body") or ""
    try:
        return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except ValueError:
        raise InvalidRequest({"body": "cannot be decoded: it is no UTF-8, or no base64 though it says so"}) from None


def read_idempotency_key(event: dict[str, Any]) -> str | None:
    """Return the caller's Idempotency-Key, if any; raise InvalidRequest if it is not a valid key."""
    key: str | None = event["headers"].get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest({"Idempotency-Key": "must have 1 to 255 printable ASCII characters"})
    return f"api/{key}"


def read_flag(event: dict[str, Any], name: str) -> bool:
    """Return a query parameter as a flag, false if it is absent; raise InvalidRequest if it is not true or false."""
    value = (event.get("queryStringParameters") or {}).get(name, "false")
    if value not in {"true", "false"}:
        raise InvalidRequest({name: "must be true or false"})
    return bool(value == "true")


def read_query(event: dict[str, Any]) -> dict[str, str]:
    """Return the query's parameters; one that was given more than once has its values with commas between."""
    return dict(event.get("queryStringParameters") or {})


def answers_problems(handler: HttpHandler) -> HttpHandler:
    """Answer the errors that a caller can act on as problem details; let all others escape as a 500.

    Every reply gets the security headers. A HEAD request gets the headers of a GET and no body.
    """

    def answer(event: dict[str, Any], context: LambdaContext) -> HttpReply:
        try:
            reply = handler(event, context)
        except tuple(_PROBLEMS) as problem:
            service().count("RequestRefused")
            if isinstance(problem, RecordUnreadable):
                service().count("RecordUnreadable")
            reply = _problem(problem)
            if reply["statusCode"] >= _SERVER_ERROR:
                report_failure(problem)
        reply = with_security_headers(reply)
        return {**reply, "body": ""} if is_head(event) else reply

    return answer


def is_head(event: Mapping[str, Any]) -> bool:
    """Return whether the request only checks an address, as mail gateways do."""
    return method_of(event) == "HEAD"


def method_of(event: Mapping[str, Any]) -> str:
    """Return the request's method, as its route names it; only `$default`, the route of all other paths, does not."""
    method, _, path = str(event.get("routeKey", "")).partition(" ")
    return method if path else str(event.get("requestContext", {}).get("http", {}).get("method", ""))


def reply_no_endpoint() -> HttpReply:
    """Answer a method and path that no endpoint has. It is not counted as refused: scanners guess paths."""
    return _problem(NoSuchEndpoint("no such endpoint"))


def _problem(problem: ReconnectError) -> HttpReply:
    status, code, title, detail = next(answer for known, answer in _PROBLEMS.items() if isinstance(problem, known))
    body: dict[str, Any] = {
        "type": f"{_TYPE}{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if isinstance(problem, InvalidRequest):
        body["errors"] = problem.errors
    if isinstance(problem, TooSoon | RemindedRecently):
        body["nextAllowedAt"] = to_iso(problem.next_allowed_at)
        seconds = math.ceil((problem.next_allowed_at - service().ports.clock()).total_seconds())
        return _reply(status, "application/problem+json", body, {"Retry-After": str(max(1, seconds))})
    return _reply(status, "application/problem+json", body)


def _reply(status: int, content_type: str, body: dict[str, Any], headers: Mapping[str, str] = _NO_MORE) -> HttpReply:
    return {
        "statusCode": status,
        "headers": {"Content-Type": content_type, **headers},
        "body": json.dumps(body),
    }
