"""The pytest fixture as another project uses it, in its own pytest run."""

import subprocess
import sys
from pathlib import Path

THEIR_TESTS = """
from pathlib import Path
import pytest
import requests
from flinks_simulator import Settings


@pytest.fixture(scope="session")
def flinks_settings():
    return Settings(seed=1, x_api_key="their-key")


@pytest.fixture(scope="session")
def flinks_scenarios():
    return Path(__file__).with_name("theirs.yaml")


@pytest.mark.parametrize("round", [1, 2])
def test_every_test_begins_with_a_fresh_flinks(flinks_simulator, round):
    assert len(flinks_simulator.journal) == 0
    assert flinks_simulator.clock.ahead.total_seconds() == 0
    flinks_simulator.clock.advance(hours=1)

    url = f"{flinks_simulator.url}/v3/{flinks_simulator.bank.settings.customer_id}/BankingServices"
    key = {"flinks-auth-key": flinks_simulator.bank.settings.secret}
    assert requests.post(f"{url}/GenerateAuthorizeToken", headers=key, timeout=10).status_code == 200

    assert flinks_simulator.journal.count("token") == 1


def test_their_own_scenario_and_key_are_used(flinks_simulator):
    assert flinks_simulator.bank.find_login(flinks_simulator.bank.add_login("theirs")).behaviour.asks
    assert flinks_simulator.bank.settings.x_api_key == "their-key"
"""


def test_a_projects_own_tests_can_use_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(THEIR_TESTS)
    (tmp_path / "theirs.yaml").write_text("name: theirs\ndescription: Theirs\nbehaviour: {asks: true}\n")

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={"NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "3 passed" in ran.stdout, ran.stdout + ran.stderr
