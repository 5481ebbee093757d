"""The service's API as a backend calls it: JSON over HTTP, signed with AWS credentials."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_TIMEOUT_SECONDS = 30


class ApiProblem(Exception):
    """The API refused a request; the message is its problem details as a sentence."""

    def __init__(self, status: int, body: Any) -> None:
        self.status, self.body = status, body
        super().__init__(_sentence(status, body))


@dataclass(frozen=True)
class Reply:
    """A reply of the API: its HTTP status and its JSON body."""

    status: int
    body: dict[str, Any]


class Api:
    """A signed client of one deployed service, local or on AWS."""

    def __init__(self, url: str, credentials: Credentials, region: str) -> None:
        self.url = url
        self._signer = SigV4Auth(credentials, "execute-api", region)
        self._http = requests.Session()

    def open_session(self, idempotency_key: str | None = None, **request: Any) -> Reply:
        """`POST /sessions`; the keywords are the fields of its body."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.request("POST", "/sessions", json.dumps(request).encode(), headers)

    def read_session(self, session_id: str) -> dict[str, Any]:
        """`GET /sessions/{sessionId}`."""
        return self.request("GET", f"/sessions/{session_id}").body

    def read_result(self, session_id: str) -> dict[str, Any]:
        """`GET /sessions/{sessionId}/result`."""
        return self.request("GET", f"/sessions/{session_id}/result").body

    def cancel_session(self, session_id: str) -> dict[str, Any]:
        """`POST /sessions/{sessionId}/cancel`."""
        return self.request("POST", f"/sessions/{session_id}/cancel").body

    def erase_login(self, login_id: str, *, delete_card: bool = False) -> dict[str, Any]:
        """`DELETE /logins/{loginId}`."""
        return self.request("DELETE", f"/logins/{login_id}{'?deleteCard=true' if delete_card else ''}").body

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one signed request; raise ApiProblem unless it is answered with a 2xx."""
        headers = {**(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
        url = f"{self.url}{path}"
        signed = AWSRequest(method, url, data=body, headers=headers)
        self._signer.add_auth(signed)
        response = self._http.request(
            method, url, data=body, headers=dict(signed.headers.items()), timeout=_TIMEOUT_SECONDS
        )
        answer = _json(response)
        if not response.ok:
            raise ApiProblem(response.status_code, answer)
        return Reply(response.status_code, answer)


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return {"detail": f"an answer that is not JSON ({len(response.content)} bytes)"}


def _sentence(status: int, body: Any) -> str:
    details = body if isinstance(body, dict) else {}
    text = f"{status} {details.get('title', '')}: {details.get('detail') or details.get('message') or 'no details'}"
    if next_allowed_at := details.get("nextAllowedAt"):
        text += f"\n  nextAllowedAt: {next_allowed_at}"
    return "\n".join([text, *(f"  {field}: {sentence}" for field, sentence in details.get("errors", {}).items())])
