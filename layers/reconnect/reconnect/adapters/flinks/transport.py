"""One HTTP exchange with Flinks: bounded in time, and parsed as JSON or rejected without leaking personal data."""

import json
import re
import time
from io import BytesIO
from typing import Any

import requests
import urllib3

from reconnect.adapters.certificates import make_context
from reconnect.adapters.flinks.connections import ConnectionDropped, make_session
from reconnect.model.addresses import read_origin
from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable
from reconnect.model.frozen import frozen

_CONNECT_TIMEOUT_SECONDS = 5
_SHORTEST_TIMEOUT_SECONDS = 0.001
_CHUNK_BYTES = 64 * 1024
# Ten times the size of a year with 20,000 transactions, and still readable in a function with 512 MB.
_LONGEST_BODY_BYTES = 48 * 1024 * 1024
_EXCERPT_BYTES = 400
_FAILURES = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, TimeoutError, ConnectionDropped)
_EXCERPT_LENGTH = 120

# The only words that are kept of an unreadable body: those of gateways' error pages, and the names of Flinks' fields.
# No numbers: an HTTP status stands before the excerpt, and any other number may be a balance or a bank's code.
# It is compiled at first use, because most environments never read such a body.
_HARMLESS = (
    "access|accounts|apache|authorize|backend|bad|balance|body|center|cloudflare|connection|could|denied|div|doctype|down|"
    "error|exceeded|failed|flinkscode|forbidden|found|gateway|head|hr|html|httpstatuscode|internal|invalid|lastrefresh|"
    "limit|links|login|maintenance|many|message|method|nginx|not|origin|overloaded|page|permanently|request|requestid|"
    "requests|reset|response|server|service|span|temporarily|the|timed|timeout|title|token|too|transactions|unauthorized|"
    "unavailable|unknown|unreachable|upstream|was|web"
)
_KINDS = frozenset(
    {"application/json", "application/problem+json", "application/xml", "text/html", "text/plain", "text/xml"}
)


@frozen
class Answer:
    """One HTTP response: its status, its JSON body, the body's raw bytes, and whether the request was sent twice."""

    http_status: int
    body: Any
    raw: bytes
    was_repeated: bool = False


class FlinksHttp:
    """A connection pool to one Flinks host, by TLS unless it is on this machine; ValueError for other addresses."""

    def __init__(self, base_url: str) -> None:
        self._base_url = read_origin(base_url)
        self._context = make_context()
        self._session = make_session(self._context)

    def exchange(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        timeout: float,
        body: object,
        headers: dict[str, str],
        may_repeat: bool = False,
    ) -> Answer:
        """Send one request, and read the whole response.

        `timeout`, in seconds, bounds the whole exchange once the connection is made: a slow trickle of bytes would
        outlast any time-out between two of them. Errors name only `endpoint`, because paths and bodies hold ids.

        If a kept connection turns out to be dead, a request that may be repeated is sent once more, on a new connection
        and within the same time. Nothing else is retried here: the state machine does it, with jittered waits that cost
        nothing.
        """
        call = {"json": body, "headers": {"Accept": "application/json", **headers}}
        try:
            response, raw, was_repeated = self._send(method, path, call, timeout, may_repeat=may_repeat)
        except _FAILURES as failure:
            raise FlinksUnavailable(f"{endpoint}: {type(failure).__name__}") from None
        if len(raw) > _LONGEST_BODY_BYTES:
            raise FlinksReplyUnreadable(f"{endpoint}: HTTP {response.status_code}, over {_LONGEST_BODY_BYTES} bytes")
        return Answer(response.status_code, _read_json(response, raw, endpoint), raw, was_repeated)

    def _send(
        self, method: str, path: str, call: dict[str, Any], timeout: float, *, may_repeat: bool
    ) -> tuple[requests.Response, bytes, bool]:
        connect_timeout = min(_CONNECT_TIMEOUT_SECONDS, timeout)
        deadline = time.monotonic() + connect_timeout + timeout
        try:
            return *self._send_once(method, path, call, timeout, deadline), False
        except ConnectionDropped:
            # The other kept connections may be as dead. Those in use end with their calls.
            self._session = make_session(self._context)
            if not may_repeat:
                raise
        left = deadline - connect_timeout - time.monotonic()
        return *self._send_once(method, path, call, max(left, _SHORTEST_TIMEOUT_SECONDS), deadline), True

    def _send_once(
        self, method: str, path: str, call: dict[str, Any], timeout: float, deadline: float
    ) -> tuple[requests.Response, bytes]:
        with self._session.request(
            method,
            f"{self._base_url}{path}",
            **call,
            timeout=(min(_CONNECT_TIMEOUT_SECONDS, timeout), timeout),
            allow_redirects=False,
            stream=True,
        ) as response:
            return response, _read_body(response, deadline)


def _read_body(response: requests.Response, deadline: float) -> bytes:
    """Read the body until it is complete, late or too long; it is in memory once, without a second copy in pieces."""
    body = BytesIO()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        if body.tell() > _LONGEST_BODY_BYTES:
            break
        body.write(chunk)
        if time.monotonic() > deadline:
            raise TimeoutError
    return body.getvalue()


def _read_json(response: requests.Response, raw: bytes, endpoint: str) -> Any:
    try:
        # Amounts remain text, digit for digit.
        return json.loads(raw, parse_float=str)
    # Not only JSONDecodeError: a number of 5,000 digits is a ValueError, endless nesting a RecursionError.
    except (ValueError, RecursionError):
        written = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        kind = written if written in _KINDS else "no known content type"
        raise FlinksReplyUnreadable(
            f"{endpoint}: HTTP {response.status_code}, {kind}, not JSON: {excerpt(raw)}"
        ) from None


def excerpt(raw: bytes) -> str:
    """The harmless words at the beginning of an unreadable body, with an ellipsis for all else."""
    text = raw[:_EXCERPT_BYTES].decode("ascii", "replace")
    words = (word if _is_harmless(word) else "…" for word in re.split(r"[\s<>/{}\[\]\":,;!]+", text) if word)
    return re.sub("…( …)+", "…", " ".join(words))[:_EXCERPT_LENGTH]


def _is_harmless(word: str) -> bool:
    return bool(re.fullmatch(_HARMLESS, word, re.IGNORECASE | re.ASCII))
