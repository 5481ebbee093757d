"""The HTTP API's payload 2.0 in and out, and errors as RFC 9457 problem details."""

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from reconnect.model.errors import (
    BatchTooLarge,
    InvalidRequest,
    NoSuchEndpoint,
    ReconnectError,
    RecordUnreadable,
    RemindedRecently,
    RequestTooLarge,
    TooSoon,
)
from reconnect.model.timestamps import to_iso
from reconnect.runtime.aws import service
from reconnect.runtime.observability import report_failure
from reconnect.runtime.problems import MAX_BATCH_BYTES, MAX_BODY_BYTES, PROBLEMS, TYPE
from reconnect.runtime.security_headers import with_security_headers

_SERVER_ERROR = 500
_KEY = re.compile("[ -~]{1,255}")

HttpReply = dict[str, Any]
HttpHandler = Callable[[dict[str, Any], LambdaContext], HttpReply]

_NO_MORE: dict[str, str] = {}


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
        except tuple(PROBLEMS) as problem:
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
    status, code, title, detail = next(answer for known, answer in PROBLEMS.items() if isinstance(problem, known))
    body: dict[str, Any] = {
        "type": f"{TYPE}{code}",
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
