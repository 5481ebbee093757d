"""A simulated Flinks on a loopback port for your tests; pytest loads this plugin once flinks-simulator is installed.

    def test_a_refresh_without_a_question(flinks_simulator):
        login_id = flinks_simulator.bank.add_login("greatday_nomfa")

        my_client(flinks_simulator.url).refresh(login_id)

        assert flinks_simulator.journal.count("start", login_id=login_id) == 1

One server serves the whole session; every test begins with a fresh bank, an empty journal and the clock at real time.
Override `flinks_settings` for other keys, `flinks_scenarios` for a file or folder with scenarios of your own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

# pytest loads this module in every run, so the simulator is imported only by the tests that use it.
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flinks_simulator import Settings, Simulator


@pytest.fixture(scope="session")
def flinks_settings() -> Settings:
    """Return the simulator's settings; the seed makes every run's ids the same."""
    from flinks_simulator import Settings  # noqa: PLC0415

    return Settings(seed=1)


@pytest.fixture(scope="session")
def flinks_scenarios() -> Path | None:
    """Return the file or folder of your own scenarios."""
    return None


@pytest.fixture(scope="session")
def _flinks_server(flinks_settings: Settings, flinks_scenarios: Path | None) -> Iterator[Simulator]:
    from flinks_simulator import SHIPPED, Simulator, load_scenarios  # noqa: PLC0415

    scenarios = load_scenarios(flinks_scenarios, SHIPPED) if flinks_scenarios else SHIPPED
    with Simulator(settings=flinks_settings, scenarios=scenarios) as simulator:
        yield simulator


@pytest.fixture
def flinks_simulator(_flinks_server: Simulator) -> Simulator:
    """Return a simulated Flinks, reset for this test: `url`, `bank`, `clock`, `journal`."""
    _flinks_server.reset()
    return _flinks_server
