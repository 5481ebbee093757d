"""`reconnect listen` sends events only where they may go."""

import pytest
from click.testing import CliRunner

from reconnect_cli.cli import main
from reconnect_cli.listen.forwarding import may_receive


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://backend.test/events", True),
        ("http://127.0.0.1:8000/events", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("http://backend.test/events", False),
        ("http://127.0.0.1.backend.test", False),
        ("http://localhost@backend.test", False),
        ("file:///tmp/events", False),
        ("https://", False),
        ("http://[", False),
    ],
)
def test_events_leave_this_machine_only_over_https(address: str, may: bool) -> None:
    assert may_receive(address) is may


def test_an_address_without_https_is_refused_before_anything_is_made() -> None:
    ran = CliRunner().invoke(main, ["listen", "--bus", "any", "--forward-to", "http://backend.test"])

    assert (ran.exit_code, "https" in ran.output) == (2, True)


def test_a_service_elsewhere_needs_its_bus_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONNECT_API_URL", "https://api.test")

    ran = CliRunner().invoke(main, ["listen"])

    assert (ran.exit_code, "--bus" in ran.output) == (1, True)
