"""The world of one domain test: a clock, a store, a Flinks, a workflow and a bus, all in memory."""

from collections.abc import Callable

import pytest

from tests.fakes.clock import Clock
from tests.fakes.events import FakeEvents
from tests.fakes.sessions import FakeClaims, FakeLogins, FakeSessions
from tests.fakes.workflow import FakeWorkflow


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins() -> FakeLogins:
    return FakeLogins()


@pytest.fixture
def claims(clock: Clock) -> FakeClaims:
    return FakeClaims(clock)


@pytest.fixture
def sessions(logins: FakeLogins) -> FakeSessions:
    return FakeSessions(logins)


@pytest.fixture
def workflow() -> FakeWorkflow:
    return FakeWorkflow()


@pytest.fixture
def events() -> FakeEvents:
    return FakeEvents()


@pytest.fixture
def counted() -> list[str]:
    """The names of the metrics that were counted."""
    return []


@pytest.fixture
def no_jitter() -> Callable[[], float]:
    return lambda: 0.0
