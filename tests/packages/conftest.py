"""The wheels, built once, and an environment for each."""

import pytest

from tests.architecture.modules import ROOT
from tests.packages.environments import Environment, Wheel, build, install


@pytest.fixture(scope="session")
def reconnect_wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    return build(ROOT, tmp_path_factory.mktemp("reconnect-wheel"))


@pytest.fixture(scope="session")
def simulator_wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    return build(ROOT / "simulator", tmp_path_factory.mktemp("simulator-wheel"))


@pytest.fixture(scope="session")
def client_wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    return build(ROOT / "client", tmp_path_factory.mktemp("client-wheel"))


@pytest.fixture(scope="session")
def backend(client_wheel: Wheel, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A caller's environment with the client and nothing else of ours."""
    return install(tmp_path_factory.mktemp("backend"), client_wheel)


@pytest.fixture(scope="session")
def operator(reconnect_wheel: Wheel, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the command line, without simulator and checkout."""
    return install(tmp_path_factory.mktemp("operator"), reconnect_wheel)


@pytest.fixture(scope="session")
def stranger(simulator_wheel: Wheel, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A project that tests its own code with pytest and the simulator."""
    return install(tmp_path_factory.mktemp("stranger"), simulator_wheel, extras=frozenset({"pytest"}))
