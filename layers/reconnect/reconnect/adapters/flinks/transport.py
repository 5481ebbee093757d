"""One HTTP exchange with Flinks: bounded in time, and parsed as JSON or rejected without leaking personal data."""

import json
import re
import time
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from reconnect.adapters.certificates import make_context
from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable

_CONNECT_TIMEOUT_SECONDS = 5
_CHUNK_BYTES = 64 * 1024
# Ten times the size of a year with 20,000 transactions, and still readable in a function with 512 MB.
_LONGEST_BODY_BYTES = 48 * 1024 * 1024
_EXCERPT_BYTES = 400

# Words that cannot be personal: those of gateways' error pages, the names of Flinks' fields, an HTTP status.
_HARMLESS = re.compile(
    "html|head|title|body|h1|h2|p|center|hr|div|span|bad|gateway|service|unavailable|temporarily|time|out|timeout|"
    "forbidden|denied|error|not|found|internal|server|request|the|is|a|of|cloudflare|nginx|apache|httpstatuscode|"
    "flinkscode|message|links|login|lastrefresh|requestid|accounts|transactions|balance|token|[1-5][0-9][0-9]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response: its status, its JSON body, and the body's raw bytes."""

    http_status: int
    body: Any
    raw: bytes


class _Adapter(HTTPAdapter):
    """Requests' own, with one TLS context for all connections."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=make_context(), **options)


class FlinksHttp:
    """A connection pool to one Flinks host."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        self._session.mount("https://", _Adapter())

    def exchange(
        self, method: str, path: str, *, endpoint: str, timeout: float, body: object, headers: dict[str, str]
    ) -> Answer:
        """Send one request, and read the whole response.

        `timeout`, in seconds, bounds the whole exchange once the connection is made: a slow trickle of bytes would
        outlast any time-out between two of them. Errors name only `endpoint`, because paths and bodies hold ids.
        Nothing is retried here: the state machine does it, with jittered waits that cost nothing.
        """
        connect_timeout = min(_CONNECT_TIMEOUT_SECONDS, timeout)
        deadline = time.monotonic() + connect_timeout + timeout
        try:
            with self._session.request(
                method,
                f"{self._base_url}{path}",
                json=body,
                headers={"Accept": "application/json", **headers},
                timeout=(connect_timeout, timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                raw = _read_body(response, deadline)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as failure:
            raise FlinksUnavailable(f"{endpoint}: {type(failure).__name__}") from None
        if len(raw) > _LONGEST_BODY_BYTES:
            raise FlinksReplyUnreadable(f"{endpoint}: HTTP {response.status_code}, over {_LONGEST_BODY_BYTES} bytes")
        return Answer(response.status_code, _read_json(response, raw, endpoint), raw)


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
        kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
        raise FlinksReplyUnreadable(
            f"{endpoint}: HTTP {response.status_code}, {kind}, not JSON: {excerpt(raw)}"
        ) from None


def excerpt(raw: bytes) -> str:
    """The beginning of an unreadable body, with an ellipsis for each word that could be personal."""
    text = raw[:_EXCERPT_BYTES].decode("utf-8", "replace")
    words = re.sub(r"[\w@.+-]+", lambda word: word[0] if _HARMLESS.fullmatch(word[0]) else "…", text)
    return re.sub(r"(\W*…)+", "…", " ".join(words.split()))[:120]
