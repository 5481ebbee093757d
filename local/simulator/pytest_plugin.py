"""A Flinks on a loopback port for your tests, with `pytest_plugins = ["local.simulator.pytest_plugin"]`.

    def test_a_refresh_without_a_question(flinks_simulator):
        login_id = flinks_simulator.bank.add_login("greatday_nomfa")

        my_client(flinks_simulator.url).refresh(login_id)

        assert flinks_simulator.journal.count("start", login_id=login_id) == 1

One server serves the whole session; every test begins with a fresh bank, an empty journal and the clock at real time.
Override `flinks_settings` for other keys, `flinks_scenarios` for a file or folder with scenarios of your own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.simulator.scenarios import SHIPPED, load_scenarios
from local.simulator.server import Simulator
from local.simulator.settings import Settings


@pytest.fixture(scope="session")
def flinks_settings() -> Settings:
    """What the simulator is told; the seed makes every run's ids the same."""
    return Settings(seed=1)


@pytest.fixture(scope="session")
def flinks_scenarios() -> Path | None:
    """Where your own scenarios are."""
    return None


@pytest.fixture(scope="session")
def _flinks_server(flinks_settings: Settings, flinks_scenarios: Path | None) -> Iterator[Simulator]:
    scenarios = load_scenarios(flinks_scenarios, SHIPPED) if flinks_scenarios else SHIPPED
    with Simulator(settings=flinks_settings, scenarios=scenarios) as simulator:
        yield simulator


@pytest.fixture
def flinks_simulator(_flinks_server: Simulator) -> Simulator:
    """A simulated Flinks as at its beginning: `url`, `bank`, `clock`, `journal`."""
    _flinks_server.reset()
    return _flinks_server
