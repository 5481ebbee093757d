"""The requests and replies of the console's server, apart from its sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

_JSON = "application/json"

# The page loads its own style and script, calls its own server, and does nothing else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Request:
    """A request as it arrived; the names of its headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, as it was sent: nothing in it is decoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query; of one that is there twice, the last."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object in the body; raise ValueError if there is none."""
        try:
            found = json.loads(self.body)
        except RecursionError:
            raise ValueError("too deep") from None
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found


@dataclass(frozen=True)
class Reply:
    """A reply; every one also gets the headers in `HEADERS`."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(content: Mapping[str, Any], status: int = HTTPStatus.OK) -> Reply:
    """Return a reply with a JSON object."""
    return Reply(status, json.dumps(content, ensure_ascii=False).encode(), _JSON)


def refusal(status: int, code: str, sentence: str, **headers: str) -> Reply:
    """Return a refusal; `code` is for programs, `sentence` for the operator."""
    reply = json_reply({"code": code, "sentence": sentence}, status)
    return Reply(reply.status, reply.body, reply.content_type, headers)
