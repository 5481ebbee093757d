"""A world of the model for each test."""

from collections.abc import Iterator

import pytest

from tests.model.acting import Acting
from tests.model.world import World


@pytest.fixture
def acting(request: pytest.FixtureRequest) -> Iterator[Acting]:
    """A world with the template's settings, changed by those in the test's parameter."""
    world = World(**getattr(request, "param", {}))
    leave = world.installed()
    yield Acting(world)
    world.scheduler.kill_all()
    leave()
