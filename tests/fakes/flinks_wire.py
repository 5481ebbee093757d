"""Flinks without a socket: transports for `requests` that answer from memory."""

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from reconnect.adapters.flinks.client import FlinksClient

BASE_URL = "https://flinks.test"


class ToSimulator(BaseAdapter):
    """Pass each request to the simulator's application."""

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
        return _response(request, answer.status_code, answer.data, dict(answer.headers))

    def close(self) -> None:
        pass


class Canned(BaseAdapter):
    """Give every request the same answer, or raise the same error, and record the requests."""

    def __init__(self, body: bytes | Exception = b"{}", status: int = 200, **headers: str) -> None:
        super().__init__()
        self._body, self._status = body, status
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.requests: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        self.requests.append(request)
        self.options.append(options)
        if isinstance(self._body, Exception):
            raise self._body
        return _response(request, self._status, self._body, self._headers)

    def close(self) -> None:
        pass


def wired(client: FlinksClient, transport: BaseAdapter) -> FlinksClient:
    """The client with only this transport."""
    session = client._http._session
    session.adapters.clear()
    session.mount(BASE_URL, transport)
    return client


def _response(
    request: requests.PreparedRequest, status: int, body: bytes, headers: dict[str, str]
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.url = request.url or ""
    response.request = request
    response.headers.update(headers)
    response.raw = HTTPResponse(BytesIO(body), headers=headers, preload_content=False)
    return response
