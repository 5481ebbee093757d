"""The HTTP API's payload 2.0 in and out, and errors as RFC 9457 problem details."""

import base64
import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.domain.errors import (
    FlinksReplyUnreadable,
    FlinksUnavailable,
    InvalidRequest,
    ReconnectError,
    RequestTooLarge,
    ResultExpired,
    ResultMissing,
    SessionChanged,
    SessionNotFound,
    SignatureInvalid,
    StateInvalid,
    WorkflowUnavailable,
)
from reconnect.runtime.observability import count

MAX_BODY_BYTES = 16 * 1024

HttpReply = dict[str, Any]
HttpHandler = Callable[[dict[str, Any], LambdaContext], HttpReply]

_NO_STORE = {"Cache-Control": "no-store"}

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
    StateInvalid: (404, "No such link", "The link is incomplete or has expired. Ask the app for a new one."),
    SignatureInvalid: (401, "Not signed", "The body must be signed with the webhook secret that Flinks gave you."),
    FlinksUnavailable: (503, "Flinks is busy", "Nothing was lost. Send the same request again."),
    FlinksReplyUnreadable: (503, "Flinks is busy", "Nothing was lost. Send the same request again."),
    RequestTooLarge: (413, "Body too large", f"A body may have {MAX_BODY_BYTES} bytes at most."),
    SessionChanged: (503, "Busy", "Nothing was lost. Send the same request again."),
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


def _from_base64(body: str) -> bytes:
    """API Gateway encodes a body whose content type it does not know as text."""
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise InvalidRequest({"body": "is marked as base64 and is not"}) from None


def answers_problems(handler: HttpHandler) -> HttpHandler:
    """Answer the errors that a caller can act on as problem details; let every other one escape as a 500."""

    def answer(event: dict[str, Any], context: LambdaContext) -> HttpReply:
        try:
            return handler(event, context)
        except tuple(_PROBLEMS) as problem:
            count("RequestRefused")
            return _problem(problem)

    return answer


def _problem(problem: ReconnectError) -> HttpReply:
    status, title, detail = _PROBLEMS[type(problem)]
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if isinstance(problem, InvalidRequest):
        body["errors"] = problem.errors
    return _reply(status, "application/problem+json", body)


def _reply(status: int, content_type: str, body: dict[str, Any]) -> HttpReply:
    return {
        "statusCode": status,
        "headers": {"Content-Type": content_type, **_NO_STORE},
        "body": json.dumps(body),
    }
