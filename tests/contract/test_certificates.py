"""The certificates that we trust: loaded once for all connections to Flinks, and always checked."""

import shutil
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import certifi
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reconnect.adapters.certificates import make_context
from reconnect.adapters.flinks.transport import FlinksHttp
from reconnect.model.errors import FlinksUnavailable


class _Answers(BaseHTTPRequestHandler):
    """Answers in HTTP/1.0, so that each request needs a connection of its own."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Be silent."""


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The certificate of a server named localhost, which is its own authority; its key is beside it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    (tmp_path / "authority.pem").write_bytes(certificate.public_bytes(encoding))
    return tmp_path / "authority.pem"


@pytest.fixture
def port(authority: Path) -> Iterator[int]:
    """The port of a TLS server on loopback with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key.pem"))
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def trust(monkeypatch: pytest.MonkeyPatch, authority: Path) -> None:
    """Let requests trust this authority only, as if it had come with the package."""
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(authority))


def _ask(http: FlinksHttp) -> None:
    http.exchange("GET", "/", endpoint="Institutions", timeout=10, body=None, headers={})


def test_the_authorities_are_loaded_once_for_all_connections(
    authority: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, authority)
    http = FlinksHttp(f"https://localhost:{port}")
    _ask(http)

    authority.write_text("no certificate any more")

    _ask(http)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["unknown authority", "other name"])
def test_a_server_that_cannot_prove_who_it_is_gets_no_request(
    authority: Path, port: int, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if host == "127.0.0.1":
        trust(monkeypatch, authority)

    with pytest.raises(FlinksUnavailable):
        _ask(FlinksHttp(f"https://{host}:{port}"))


def test_authorities_named_in_the_environment_are_not_trusted(
    authority: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(authority))

    with pytest.raises(FlinksUnavailable):
        _ask(FlinksHttp(f"https://localhost:{port}"))


def test_another_file_of_authorities_is_loaded_too(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    shutil.copy(certifi.where(), own)
    context = make_context()

    context.load_verify_locations(str(own))
    own.unlink()

    context.load_verify_locations(str(own))
    assert context.cert_store_stats()["x509_ca"] > 100
    with pytest.raises(FileNotFoundError):
        context.load_verify_locations(str(tmp_path / "missing.pem"))
