"""One HTTP call to Flinks, from this machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests

from reconnect_cli.preflight.answers import Answer
from reconnect_client.api import is_loopback

_CONNECT_SECONDS = 5
SHORT_SECONDS = 30
# /Authorize may work for 210 seconds before it answers 202 [D TIMEOUT].
LONG_SECONDS = 215


class Unreachable(Exception):
    """Flinks did not answer; the message says why and what to do, and holds nothing of the request."""


@dataclass(frozen=True)
class Call:
    """One request; `path` begins with a slash, `timeout` is in seconds."""

    method: str
    url: str
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = SHORT_SECONDS


Exchange = Callable[[Call], Answer]


def over_http(call: Call) -> Answer:
    """Send the call and return the answer; raise Unreachable."""
    with requests.Session() as session:
        # A proxy of the environment is for other machines; a .netrc is for none of these calls.
        session.trust_env = not is_loopback(call.url)
        session.auth = _as_it_is
        sent_at = datetime.now(UTC)
        try:
            with session.request(
                call.method,
                call.url,
                json=call.body,
                headers={"Accept": "application/json, text/html", **call.headers},
                timeout=(_CONNECT_SECONDS, call.timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                received_at = datetime.now(UTC)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, response.content, sent_at, received_at)
        except (requests.RequestException, ValueError) as failure:
            raise Unreachable(_explain(failure)) from None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _explain(failure: Exception) -> str:
    if isinstance(failure, requests.ConnectionError) and "resolve" in str(failure):
        return "its name is unknown here: check the instance"
    kinds = (text for kind, text in _REASONS if isinstance(failure, kind))
    return next(kinds, f"the call cannot be sent ({type(failure).__name__})")


_REASONS = (
    (requests.exceptions.SSLError, "its certificate cannot be verified: a proxy that opens TLS may stand between"),
    (requests.exceptions.ProxyError, "the proxy of HTTPS_PROXY does not let this machine through"),
    (requests.Timeout, "it does not answer in time: a firewall may stand between"),
    (requests.exceptions.InvalidHeader, "a key has a character that no header may have, such as a line break"),
    (requests.ConnectionError, "it refuses the connection: is the address right, and is it running?"),
)
