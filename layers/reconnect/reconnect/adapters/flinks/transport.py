"""One HTTP exchange with Flinks: bounded in time, and read as JSON or refused without telling anyone's data."""

import json
import re
import time
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import requests
import urllib3

from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable

_CONNECT_TIMEOUT_SECONDS = 5
_CHUNK_BYTES = 64 * 1024
# Ten times what a year of 20,000 transactions takes, and what a function of 512 MB can still read.
_LONGEST_BODY_BYTES = 48 * 1024 * 1024
_EXCERPT_BYTES = 400

# Words that can be nobody's: those of gateways' error pages, the names of Flinks' fields, an HTTP status.
_HARMLESS = re.compile(
    "html|head|title|body|h1|h2|p|center|hr|div|span|bad|gateway|service|unavailable|temporarily|time|out|timeout|"
    "forbidden|denied|error|not|found|internal|server|request|the|is|a|of|cloudflare|nginx|apache|httpstatuscode|"
    "flinkscode|message|links|login|lastrefresh|requestid|accounts|transactions|balance|token|[1-5][0-9][0-9]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, the JSON body, and the bytes it was read from."""

    http_status: int
    body: Any
    raw: bytes


class FlinksHttp:
    """One connection pool to one Flinks."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()

    def exchange(
        self, method: str, path: str, *, endpoint: str, timeout: float, body: object, headers: dict[str, str]
    ) -> Answer:
        """Ask once, and read the whole answer.

        `timeout`, in seconds, bounds the whole exchange, once the connection stands: a reply that drips would outlast
        any time-out between two bytes. Errors name `endpoint` and nothing else,
        because paths and bodies hold ids. Nothing is repeated here: what may be repeated the state machine repeats,
        with jittered pauses that cost nothing.
        """
        deadline = time.monotonic() + _CONNECT_TIMEOUT_SECONDS + timeout
        try:
            with self._session.request(
                method,
                f"{self._base_url}{path}",
                json=body,
                headers={"Accept": "application/json", **headers},
                timeout=(_CONNECT_TIMEOUT_SECONDS, timeout),
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
    """The body as it comes in, until it has taken too long or grown too long; it is held once, not in pieces too."""
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
        # Amounts stay text, digit for digit.
        return json.loads(raw, parse_float=str)
    # Not only JSONDecodeError: a number of 5,000 digits is a ValueError, endless nesting a RecursionError.
    except (ValueError, RecursionError):
        kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
        raise FlinksReplyUnreadable(
            f"{endpoint}: HTTP {response.status_code}, {kind}, not JSON: {excerpt(raw)}"
        ) from None


def excerpt(raw: bytes) -> str:
    """How an unreadable body begins; each word that could be somebody's is an ellipsis."""
    text = raw[:_EXCERPT_BYTES].decode("utf-8", "replace")
    words = re.sub(r"[\w@.+-]+", lambda word: word[0] if _HARMLESS.fullmatch(word[0]) else "…", text)
    return re.sub(r"(\W*…)+", "…", " ".join(words.split()))[:120]
