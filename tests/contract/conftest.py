"""Each test of a contract runs twice: on the fake, and on the adapter over the real table in the local engine."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from local.engine import LocalEngine
from local.engine.template import read_template
from reconnect.adapters.dynamodb_sessions import DynamoDbSessions
from reconnect.domain.ports import Sessions
from tests.fakes.clock import Clock
from tests.fakes.sessions import FakeSessions

TEMPLATE = Path(__file__).parents[2] / "template.yaml"

_numbers = count(1)


@pytest.fixture(scope="session")
def contract_engine() -> Iterator[LocalEngine]:
    with LocalEngine.start() as engine:
        yield engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(contract_engine: LocalEngine) -> str:
    """A table of its own for each test, as the template describes it."""
    resource = read_template(TEMPLATE)["Resources"]["Table"]["Properties"]
    described = {name: resource[name] for name in ("AttributeDefinitions", "KeySchema", "BillingMode")}
    name = f"sessions-{next(_numbers)}"
    contract_engine.client("dynamodb").create_table(TableName=name, **described)
    return name


@pytest.fixture(params=["fake", "dynamodb"])
def sessions(request: pytest.FixtureRequest, clock: Clock) -> Sessions:
    if request.param == "fake":
        return FakeSessions(clock)
    engine: LocalEngine = request.getfixturevalue("contract_engine")
    return DynamoDbSessions(engine.client("dynamodb"), request.getfixturevalue("table"), clock)
