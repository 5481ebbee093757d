"""Each test of a contract runs twice: on the fake, and on the adapter over the real table in the local engine."""

from collections.abc import Iterator
from itertools import count

import pytest

from local.engine import LocalEngine
from reconnect.domain.ports import Claims, Logins, Sessions
from tests.contract.stores import InDynamoDb, InMemory, Store
from tests.fakes.clock import Clock
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.template.template import RESOURCES

_numbers = count(1)


@pytest.fixture(scope="session")
def contract_engine() -> Iterator[LocalEngine]:
    with LocalEngine.start() as engine:
        yield engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dynamodb(contract_engine: LocalEngine, clock: Clock) -> InDynamoDb:
    """A table of its own for each test, as the template describes it."""
    resource = RESOURCES["Table"]["Properties"]
    same = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    # CloudFormation has no switch for the stream; naming what it shows turns it on.
    stream = {"StreamEnabled": True, **resource["StreamSpecification"]}
    described = {"StreamSpecification": stream, **{part: resource[part] for part in same}}
    name = f"sessions-{next(_numbers)}"
    contract_engine.client("dynamodb").create_table(TableName=name, **described)
    return InDynamoDb(contract_engine, name, clock)


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Store:
    if request.param == "fake":
        logins = FakeLogins()
        return InMemory(FakeSessions(logins), logins, FakeClaims(clock))
    in_dynamodb: InDynamoDb = request.getfixturevalue("dynamodb")
    return in_dynamodb


@pytest.fixture
def sessions(store: Store) -> Sessions:
    return store.sessions


@pytest.fixture
def logins(store: Store) -> Logins:
    return store.logins


@pytest.fixture
def claims(store: Store) -> Claims:
    return store.claims
