"""Each test of a contract runs twice: on the fake, and on the adapter over the real table in the local engine."""

from collections.abc import Callable
from itertools import count

import pytest
import requests

from devtools.engine import LocalEngine
from reconnect.adapters.s3_results import S3Results
from reconnect.ports import Budgets, Claims, Directories, Logins, Results, Sessions
from tests.contract.stores import InDynamoDb, InMemory, Store
from tests.fakes.budgets import FakeBudgets
from tests.fakes.clock import Clock
from tests.fakes.directories import FakeDirectories
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.template.template import RESOURCES

Fetch = Callable[[str], bytes]

_numbers = count(1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dynamodb(engine: LocalEngine, clock: Clock) -> InDynamoDb:
    """A table of its own for each test, as the template describes it."""
    resource = RESOURCES["Table"]["Properties"]
    same = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    # CloudFormation turns the stream on when its view type is set; DynamoDB needs a switch as well.
    stream = {"StreamEnabled": True, **resource["StreamSpecification"]}
    described = {"StreamSpecification": stream, **{part: resource[part] for part in same}}
    name = f"contract-sessions-{next(_numbers)}"
    engine.client("dynamodb").create_table(TableName=name, **described)
    return InDynamoDb(engine, name, clock)


@pytest.fixture(params=["fake", pytest.param("dynamodb", marks=pytest.mark.engine)])
def store(request: pytest.FixtureRequest, clock: Clock) -> Store:
    if request.param == "fake":
        logins = FakeLogins()
        return InMemory(FakeSessions(logins), logins, FakeClaims(clock), FakeBudgets(), FakeDirectories(None))
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


@pytest.fixture
def budgets(store: Store) -> Budgets:
    return store.budgets


@pytest.fixture
def directories(store: Store) -> Directories:
    return store.directories


@pytest.fixture
def unique_name() -> str:
    return f"contract-{next(_numbers)}"


@pytest.fixture
def bucket(engine: LocalEngine) -> str:
    name = f"contract-results-{next(_numbers)}"
    engine.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": engine.credentials.region}
    )
    return name


@pytest.fixture(params=["fake", pytest.param("s3", marks=pytest.mark.engine)])
def results(request: pytest.FixtureRequest) -> Results:
    if request.param == "fake":
        return FakeResults()
    engine: LocalEngine = request.getfixturevalue("engine")
    return S3Results(engine.client("s3"), request.getfixturevalue("bucket"))


@pytest.fixture
def fetch(results: Results) -> Fetch:
    """What a client gets that has only the address."""
    if isinstance(results, FakeResults):
        return results.open

    def get(address: str) -> bytes:
        answer = requests.get(address, timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        return answer.content

    return get
