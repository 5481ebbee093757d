"""The certificates that we trust: loaded once, and always checked."""

import shutil
from pathlib import Path
from ssl import CERT_REQUIRED

import certifi

from reconnect.adapters.certificates import make_context


def test_a_file_of_authorities_is_loaded_once(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    shutil.copy(certifi.where(), own)
    context = make_context()

    context.load_verify_locations(str(own))
    own.unlink()

    context.load_verify_locations(str(own))
    assert context.cert_store_stats()["x509_ca"] > 100


def test_certificates_and_host_names_are_checked() -> None:
    context = make_context()

    assert (context.verify_mode, context.check_hostname) == (CERT_REQUIRED, True)
