"""The certificates that we trust: loaded once, and only those that are needed."""

import shutil
from pathlib import Path
from ssl import CERT_REQUIRED

import certifi
import pytest
from botocore import httpsession

import build_layer
from reconnect.adapters import certificates


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(certifi.where(), tmp_path / "cacert.pem")
    build_layer.split_authorities(tmp_path)
    monkeypatch.setattr(certificates, "DIRECTORY", tmp_path / "authorities")
    return tmp_path / "authorities"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="The names of the files come from the openssl command.")
def test_with_one_file_an_authority_none_is_read_before_it_is_needed(directory: Path) -> None:
    context = certificates.make_context()

    context.load_verify_locations(cafile=certifi.where())

    assert context.cert_store_stats()["x509_ca"] == 0
    assert len(list(directory.iterdir())) == Path(certifi.where()).read_text().count("-----BEGIN")


def test_without_them_all_are_loaded_from_the_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "DIRECTORY", tmp_path / "authorities")
    context = certificates.make_context()

    context.load_verify_locations(cafile=certifi.where())

    assert context.cert_store_stats()["x509_ca"] > 100


def test_a_file_is_loaded_once(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    shutil.copy(certifi.where(), own)
    context = certificates.make_context()

    context.load_verify_locations(str(own))
    own.unlink()

    context.load_verify_locations(str(own))


def test_all_aws_clients_share_one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSLContext", "create_urllib3_context"):
        monkeypatch.setattr(httpsession, name, getattr(httpsession, name))

    certificates.share_among_aws_clients()
    certificates.share_among_aws_clients()

    first, second = httpsession.create_urllib3_context(), httpsession.create_urllib3_context()
    assert first is second
    assert isinstance(first, certificates.SharedContext)
    # The host name is compared by urllib3, as with any context of botocore.
    assert first.verify_mode is CERT_REQUIRED
