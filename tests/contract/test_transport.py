"""What travels to Flinks on real connections: nothing from the environment, and nothing of another login."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from tests.fakes.keys import FakeFlinksKeys

SECRET = "a-secret-key"


class _Sticky(BaseHTTPRequestHandler):
    """Sets a cookie with every answer, as load balancers do, and keeps the headers of every request."""

    seen: ClassVar[list[dict[str, str]]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Set-Cookie", f"sticky=customer-{len(self.seen)}; Path=/")
        self.end_headers()
        self.wfile.write(b'{"Token": "a-token"}')

    def log_message(self, *_: object) -> None:
        """Be silent."""


class _Server:
    """A server on loopback; `seen` holds the headers of its requests, with names in lower case."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        handler = type("Handler", (_Sticky,), {"seen": self.seen})
        self._server = HTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def flinks() -> Iterator[_Server]:
    server = _Server()
    yield server
    server.stop()


@pytest.fixture
def proxy() -> Iterator[_Server]:
    server = _Server()
    yield server
    server.stop()


def a_client(url: str) -> FlinksClient:
    settings = FlinksSettings(url, "a-customer", AuthorizeMode.ASYNC, StatusCall.POST, 10, 10)
    return FlinksClient(settings, lambda: FakeFlinksKeys(FlinksCredentials(SECRET)), lambda _: None)


def test_a_proxy_of_the_environment_sees_no_request(
    flinks: _Server, proxy: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv(name.lower(), proxy.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")

    a_client(flinks.url).generate_authorize_token()

    assert proxy.seen == []
    assert [each["flinks-auth-key"] for each in flinks.seen] == [SECRET]


def test_a_netrc_file_adds_no_password(flinks: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    a_client(flinks.url).generate_authorize_token()

    assert "authorization" not in flinks.seen[0]


def test_a_cookie_for_one_login_is_not_sent_with_anothers_request(flinks: _Server) -> None:
    client = a_client(flinks.url)

    client.start_authorize("a-login", "a-token")
    client.start_authorize("another-login", "another-token")

    assert [each.get("cookie") for each in flinks.seen] == [None, None]


@pytest.mark.parametrize(
    "url",
    [
        "http://flinks.example",
        "http://127.0.0.1.example.com",
        "http://localhost@flinks.example",
        "https://a:b@localhost",
    ],
)
def test_a_client_for_an_address_without_tls_cannot_be_made(url: str) -> None:
    with pytest.raises(ValueError, match="must be https://HOST"):
        a_client(url)
