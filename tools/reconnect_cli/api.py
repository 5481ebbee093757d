"""A client of the service's API, as a backend has: JSON over HTTP, signed with AWS credentials."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_TIMEOUT_SECONDS = 30

# Statuses after which the same request may succeed later.
_TEMPORARY = {429, 500, 502, 503, 504}


class ApiProblem(Exception):
    """The API refused a request; the message is its problem details as a sentence."""

    def __init__(self, status: int, body: Any) -> None:
        self.status, self.body = status, body
        super().__init__(_sentence(status, body))

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _TEMPORARY

    @property
    def is_unknown_session(self) -> bool:
        """Whether no session has the id."""
        return isinstance(self.body, dict) and self.body.get("title") == "No such session"


class NoAnswer(Exception):
    """The service did not answer; the message says what to do."""


@dataclass(frozen=True)
class Reply:
    """A reply of the API: its HTTP status and its JSON body."""

    status: int
    body: dict[str, Any]


class Api:
    """A signed client of one deployed service, local or on AWS; it waits `timeout` seconds for each answer."""

    def __init__(self, url: str, credentials: Credentials, region: str, timeout: float = _TIMEOUT_SECONDS) -> None:
        self.url, self._timeout = url, timeout
        self._signer = SigV4Auth(credentials, "execute-api", region)
        self._http = requests.Session()

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return is_loopback(self.url)

    def open_session(self, idempotency_key: str | None = None, **request: Any) -> Reply:
        """`POST /sessions`; the keywords are the fields of its body."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.request("POST", "/sessions", json.dumps(request).encode(), headers)

    def read_session(self, session_id: str) -> dict[str, Any]:
        """`GET /sessions/{sessionId}`."""
        return self.request("GET", f"/sessions/{_part(session_id)}").body

    def read_result(self, session_id: str) -> dict[str, Any]:
        """`GET /sessions/{sessionId}/result`."""
        return self.request("GET", f"/sessions/{_part(session_id)}/result").body

    def cancel_session(self, session_id: str) -> dict[str, Any]:
        """`POST /sessions/{sessionId}/cancel`."""
        return self.request("POST", f"/sessions/{_part(session_id)}/cancel").body

    def erase_login(self, login_id: str, *, delete_card: bool = False) -> dict[str, Any]:
        """`DELETE /logins/{loginId}`."""
        return self.request("DELETE", f"/logins/{_part(login_id)}{'?deleteCard=true' if delete_card else ''}").body

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one signed request; raise NoAnswer without a reply, ApiProblem unless it is a 2xx with a JSON object."""
        headers = {**(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
        url = f"{self.url}{path}"
        signed = AWSRequest(method, url, data=body, headers=headers)
        self._signer.add_auth(signed)
        try:
            response = self._http.request(
                method, url, data=body, headers=dict(signed.headers.items()), timeout=self._timeout
            )
        except requests.Timeout:
            raise NoAnswer(
                f"The service at {self.url} did not answer within {self._timeout:g} seconds. Try again."
            ) from None
        except requests.ConnectionError:
            raise NoAnswer(f"The service does not answer at {self.url}. Is it still running?") from None
        except (requests.RequestException, ValueError) as failure:
            raise NoAnswer(f"The request cannot be sent to {self.url} ({type(failure).__name__}).") from None
        answer = _json(response)
        if not response.ok or not isinstance(answer, dict):
            raise ApiProblem(response.status_code, answer)
        return Reply(response.status_code, answer)


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _part(value: str) -> str:
    """Escape any text as one part of a path."""
    return quote(value, safe="")


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return None


def _sentence(status: int, body: Any) -> str:
    if not isinstance(body, dict):
        return f"{status}: the answer does not come from the service. Is its address the stack's ApiUrl?"
    text = f"{status} {body.get('title', '')}: {body.get('detail') or body.get('message') or 'no details'}"
    if next_allowed_at := body.get("nextAllowedAt"):
        text += f"\n  nextAllowedAt: {next_allowed_at}"
    return "\n".join([text, *(f"  {field}: {sentence}" for field, sentence in body.get("errors", {}).items())])
