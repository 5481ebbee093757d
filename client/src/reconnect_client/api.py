"""A client of the service's API, as a backend has: JSON over HTTP, signed with AWS credentials."""

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import get_session

ADDRESS_VARIABLE = "RECONNECT_API_URL"

_TIMEOUT_SECONDS = 30
_TOO_MANY_REQUESTS = 429

# Statuses after which the same request may succeed later.
_TEMPORARY = {_TOO_MANY_REQUESTS, 500, 502, 503, 504}
_REGION_IN_ADDRESS = re.compile(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com$")


class ApiProblem(Exception):
    """The API refused a request; the message is its problem details as a sentence.

    `code` is one of the documented codes, None if API Gateway itself refused. `retry_after`: seconds, if the reply
    said so.
    """

    def __init__(self, status: int, body: Any, retry_after: float | None = None) -> None:
        self.status, self.body, self.retry_after = status, body, retry_after
        known = body if isinstance(body, dict) else {}
        self.code: str | None = known.get("code")
        self.next_allowed_at: str | None = known.get("nextAllowedAt")
        super().__init__(_sentence(status, body))

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _TEMPORARY

    @property
    def is_unknown_session(self) -> bool:
        """Whether no session has the id."""
        return self.code == "session_not_found"

    @property
    def is_unknown_batch(self) -> bool:
        """Whether no batch has the id."""
        return self.code == "batch_not_found"


class NoAnswer(Exception):
    """The service did not answer; the message says what to do."""


class Misconfigured(Exception):
    """An address, region or credentials are missing or unusable; the message names which."""


@dataclass(frozen=True)
class Reply:
    """A reply of the API: its HTTP status and its JSON body."""

    status: int
    body: dict[str, Any]


class Api:
    """The endpoints of one deployed service, local or on AWS, each a single signed request; bodies are plain JSON.

    It waits `timeout` seconds for each answer. `Client` adds types, repeats and waiting.
    """

    def __init__(self, url: str, credentials: Credentials, region: str, timeout: float = _TIMEOUT_SECONDS) -> None:
        self.url, self._timeout = url, timeout
        self._signer = SigV4Auth(credentials, "execute-api", region)
        self._http = requests.Session()

    @classmethod
    def from_environment(cls, url: str | None = None) -> Self:
        """Return a client of `url` or RECONNECT_API_URL, with the credentials that AWS' own tools would use.

        Raises Misconfigured, which names what is missing.
        """
        url = (url or os.environ.get(ADDRESS_VARIABLE, "")).rstrip("/")
        if not _is_safe(url):
            raise Misconfigured(f"{ADDRESS_VARIABLE} is {url!r} and must be the stack's ApiUrl, like https://...")
        try:
            session = get_session()
            credentials = session.get_credentials()
            region = os.environ.get("AWS_REGION") or session.get_config_variable("region") or _region_in(url)
        except BotoCoreError as problem:
            raise Misconfigured(f"Your AWS credentials cannot be used: {problem}") from None
        if credentials is None:
            raise Misconfigured("There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret.")
        if region is None:
            raise Misconfigured("There is no AWS region: set AWS_REGION.")
        return cls(url, credentials, region)

    @property
    def is_local(self) -> bool:
        """Whether the service runs on this machine."""
        return is_loopback(self.url)

    @property
    def poll_seconds(self) -> float:
        """How long to wait between two polls of a session; those of a service on this machine cost nothing."""
        return 0.2 if self.is_local else 2.0

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

    def read_evidence(self, session_id: str) -> dict[str, Any]:
        """`GET /sessions/{sessionId}/evidence`."""
        return self.request("GET", f"/sessions/{_part(session_id)}/evidence").body

    def cancel_session(self, session_id: str) -> dict[str, Any]:
        """`POST /sessions/{sessionId}/cancel`."""
        return self.request("POST", f"/sessions/{_part(session_id)}/cancel").body

    def remind_user(self, session_id: str) -> dict[str, Any]:
        """`POST /sessions/{sessionId}/remind`."""
        return self.request("POST", f"/sessions/{_part(session_id)}/remind").body

    def extend_link(self, session_id: str, hours: int) -> dict[str, Any]:
        """`POST /sessions/{sessionId}/extend`."""
        body = json.dumps({"linkLifetimeHours": hours}).encode()
        return self.request("POST", f"/sessions/{_part(session_id)}/extend", body).body

    def list_sessions(self, **filters: Any) -> dict[str, Any]:
        """`GET /sessions`: one page; the keywords are the parameters of its query."""
        query = urlencode({name: value for name, value in filters.items() if value is not None}, quote_via=quote)
        return self.request("GET", f"/sessions{'?' if query else ''}{query}").body

    def find_logins(self, **by: Any) -> dict[str, Any]:
        """`POST /logins/find`; the one keyword is the field of its body."""
        return self.request("POST", "/logins/find", json.dumps(by).encode()).body

    def read_events(self, **query: Any) -> dict[str, Any]:
        """`GET /events`: one page; the keywords are the parameters of its query."""
        asked = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        return self.request("GET", f"/events{'?' if asked else ''}{asked}").body

    def list_institutions(self, window: str = "24h") -> dict[str, Any]:
        """`GET /institutions`; `window` is 24h, 7d or 30d."""
        return self.request("GET", f"/institutions?window={quote(window, safe='')}").body

    def read_institution_health(self, institution_id: str) -> dict[str, Any]:
        """`GET /institutions/{institutionId}/health`."""
        return self.request("GET", f"/institutions/{_part(institution_id)}/health").body

    def plan_batch(self, **request: Any) -> dict[str, Any]:
        """`POST /batches/plan`; the keywords are the fields of its body."""
        return self.request("POST", "/batches/plan", json.dumps(request).encode()).body

    def open_batch(self, idempotency_key: str | None = None, **request: Any) -> dict[str, Any]:
        """`POST /batches`; the keywords are the fields of its body."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.request("POST", "/batches", json.dumps(request).encode(), headers).body

    def list_batches(self, cursor: str | None = None) -> dict[str, Any]:
        """`GET /batches`: one page."""
        query = "" if cursor is None else f"?cursor={quote(cursor, safe='')}"
        return self.request("GET", f"/batches{query}").body

    def read_batch(self, batch_id: str) -> dict[str, Any]:
        """`GET /batches/{batchId}`."""
        return self.request("GET", f"/batches/{_part(batch_id)}").body

    def add_batch_items(self, batch_id: str, **request: Any) -> dict[str, Any]:
        """`POST /batches/{batchId}/items`; the keywords are the fields of its body."""
        return self.request("POST", f"/batches/{_part(batch_id)}/items", json.dumps(request).encode()).body

    def steer_batch(self, batch_id: str, action: str) -> dict[str, Any]:
        """`POST /batches/{batchId}/pause`, `…/resume` or `…/stop`."""
        return self.request("POST", f"/batches/{_part(batch_id)}/{_part(action)}").body

    def cap_batch(self, batch_id: str, institution: str, most: int) -> dict[str, Any]:
        """`POST /batches/{batchId}/caps`."""
        body = json.dumps({"institution": institution, "max": most}).encode()
        return self.request("POST", f"/batches/{_part(batch_id)}/caps", body).body

    def read_batch_report(self, batch_id: str, report_format: str) -> dict[str, Any]:
        """`GET /batches/{batchId}/report`."""
        return self.request("GET", f"/batches/{_part(batch_id)}/report?format={_part(report_format)}").body

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
            raise ApiProblem(response.status_code, answer, _retry_after(response))
        return Reply(response.status_code, answer)


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_safe(url: str) -> bool:
    """Whether LoginIds and links to results can travel there: by TLS, unless it is this machine."""
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
        return is_safe and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _region_in(url: str) -> str | None:
    found = _REGION_IN_ADDRESS.search(urlsplit(url).hostname or "")
    return found[1] if found else None


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


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
