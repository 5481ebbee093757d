"""Each test of a contract runs twice: on the fake, and on the adapter over the real table in the local engine."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from local.engine import LocalEngine
from local.engine.template import read_template
from reconnect.adapters.dynamodb_sessions import DynamoDbSessions
from reconnect.adapters.s3_results import S3Results
from reconnect.domain.ports import Results, Sessions
from tests.fakes.clock import Clock
from tests.fakes.results import FakeResults
from tests.fakes.sessions import FakeSessions

Fetch = Callable[[str], bytes]

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


@pytest.fixture
def bucket(contract_engine: LocalEngine) -> str:
    name = f"results-{next(_numbers)}"
    contract_engine.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": contract_engine.credentials.region}
    )
    return name


@pytest.fixture(params=["fake", "s3"])
def results(request: pytest.FixtureRequest) -> Results:
    if request.param == "fake":
        return FakeResults()
    engine: LocalEngine = request.getfixturevalue("contract_engine")
    return S3Results(engine.client("s3"), request.getfixturevalue("bucket"))


@pytest.fixture
def fetch(results: Results) -> Fetch:
    """What anyone gets who has an address, and nothing but the address."""
    if isinstance(results, FakeResults):
        return results.open

    def get(address: str) -> bytes:
        answer = requests.get(address, timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        return answer.content

    return get
