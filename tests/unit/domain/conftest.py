"""The parts of one domain test's world, and the world."""

import pytest

from tests.fakes.clock import Clock
from tests.fakes.sessions import FakeLogins, FakeSessions
from tests.unit.domain.world import World


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins() -> FakeLogins:
    return FakeLogins()


@pytest.fixture
def sessions(logins: FakeLogins) -> FakeSessions:
    return FakeSessions(logins)


@pytest.fixture
def counted() -> list[str]:
    """The names of the metrics that were counted."""
    return []


@pytest.fixture
def world(clock: Clock, logins: FakeLogins, sessions: FakeSessions, counted: list[str]) -> World:
    return World(clock, logins, sessions, counted)
