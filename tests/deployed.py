"""One engine, one simulator, and the real template deployed with waits of zero, for all tests that need them."""

from collections.abc import Callable, Iterator

import pytest

from devtools.engine import LocalEngine
from devtools.service import Service, deploy_service
from flinks_simulator import Settings, Simulator

# Tests wait only for the engine itself: the workflow's waits come from its steps' replies, and those come from
# these parameters. One second is the shortest timeout of a Step Functions callback.
FAST = {
    "PollIntervalSeconds": "0",
    "StartWindowSeconds": "0",
    "PollWindowSeconds": "0",
    "FetchIntervalSeconds": "0",
    "TryLaterSeconds": "0",
    "BackstopIntervalSeconds": "1",
    "UnattendedIntervalSeconds": "1",
    "CooldownSeconds": "0",
    # Tests of banks that refuse share one bank with all others.
    "BankOutageHours": "0",
    "QuietHours": "0-0",
    "FlinksTimeoutSeconds": "2",
    "FlinksLongTimeoutSeconds": "2",
}


@pytest.fixture(scope="session")
def engine() -> Iterator[LocalEngine]:
    with LocalEngine.start() as engine:
        yield engine


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator(settings=Settings(require_connect_token=True)) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def deploy(engine: LocalEngine, simulator: Simulator) -> Callable[..., Service]:
    """Deploys the real template with the test's parameters, once per name."""
    deployed: dict[str, Service] = {}

    def deploy_once(name: str, **parameters: str) -> Service:
        if name not in deployed:
            deployed[name] = deploy_service(engine, simulator, name, {**FAST, **parameters})
        return deployed[name]

    return deploy_once


@pytest.fixture(scope="session")
def service(deploy: Callable[..., Service]) -> Service:
    """The service with its default parameters, except shorter waits."""
    return deploy("reconnect")
