"""A world of the model for each test."""

from collections.abc import Iterator

import pytest

from tests.model.acting import Acting
from tests.model.world import World


@pytest.fixture
def acting(request: pytest.FixtureRequest) -> Iterator[Acting]:
    """A world with the template's settings, or with those that a test is parametrized with."""
    world = World(**getattr(request, "param", {}))
    leave = world.installed()
    yield Acting(world)
    world.scheduler.bury()
    leave()
