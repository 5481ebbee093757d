"""What the simulator's tests share: a clock to advance, a Flinks customer, and a browser without sockets."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from werkzeug.test import TestResponse

from flinks_simulator.bank import Bank
from flinks_simulator.browser import SimulatedUser
from flinks_simulator.clock import VirtualClock


class Clock(VirtualClock):
    """A clock that stays still until it is advanced."""

    def __init__(self) -> None:
        super().__init__(lambda: datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=UTC))

    @property
    def now(self) -> datetime:
        return self()


class Customer:
    """A Flinks customer, who gets a new token for each call that needs one."""

    def __init__(self, client: FlaskClient, bank: Bank) -> None:
        self.client = client
        self.bank = bank
        self.base = f"/v3/{bank.settings.customer_id}/BankingServices"

    def mint_token(self, secret: str | None = None) -> TestResponse:
        key = self.bank.settings.secret if secret is None else secret
        return self.client.post(f"{self.base}/GenerateAuthorizeToken", headers={"flinks-auth-key": key})

    def post(self, operation: str, body: Any, token: str | None = None) -> TestResponse:
        headers = {"flinks-auth-key": token} if token else {}
        return self.client.post(f"{self.base}/{operation}", json=body, headers=headers)

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"{self.base}/{path}")

    def start(self, login_id: str) -> TestResponse:
        body = {"LoginId": login_id, "MostRecentCached": False, "Save": True}
        return self.post("AuthorizeAsync", body, self.bank.issue_token())

    def poll(self, request_id: str) -> TestResponse:
        return self.post("AuthorizeAsync", {"RequestId": request_id})

    def authorize(self, login_id: str, *, cached: bool) -> TestResponse:
        body = {"LoginId": login_id, "MostRecentCached": cached, "Save": True}
        return self.post("Authorize", body, self.bank.issue_token())

    def start_until_asked(self, login_id: str) -> str:
        request_id: str = self.start(login_id).get_json()["RequestId"]
        for _ in range(self.bank.settings.pending_polls):
            assert self.poll(request_id).status_code == 202
        assert self.poll(request_id).status_code == 203
        return request_id

    def start_until_verdict(self, login_id: str) -> TestResponse:
        request_id = self.start(login_id).get_json()["RequestId"]
        while (reply := self.poll(request_id)).status_code == 202:
            assert reply.get_json()["FlinksCode"] == "OPERATION_PENDING"
        return reply

    def read_last_refresh(self, login_id: str) -> str:
        request_id = self.authorize(login_id, cached=True).get_json()["RequestId"]
        summary = self.post("GetAccountsSummary", {"RequestId": request_id}).get_json()
        last_refresh: str = summary["Login"]["LastRefresh"]
        return last_refresh

    def connect_url(self, request_id: str, **parameters: str) -> str:
        return f"http://connect.test/v2/?{urlencode({'requestId': request_id, **parameters})}"


def scenario(name: str) -> pytest.MarkDecorator:
    """Give the test a fresh `login_id` of a shipped scenario; each scenario needs such a test."""
    return pytest.mark.parametrize("login_id", [name], indirect=True)


def open_browser(client: FlaskClient) -> SimulatedUser:
    """Make a user whose requests go to the application without sockets."""
    session = requests.Session()
    session.mount("http://connect.test", _ToApplication(client))
    return SimulatedUser(session)


class _ToApplication(BaseAdapter):
    def __init__(self, client: FlaskClient) -> None:
        super().__init__()
        self._client = client

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        answer = self._client.open(
            parts.path,
            method=request.method,
            query_string=parts.query,
            data=request.body,
            headers=dict(request.headers),
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.url = request.url or ""
        response.headers.update(answer.headers)
        response.encoding = "utf-8"
        response.raw = BytesIO(answer.data)
        return response

    def close(self) -> None:
        pass
