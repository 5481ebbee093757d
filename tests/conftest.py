"""Settings of all tests: a hundred generated examples each, or ten thousand in `make fuzz`, without a deadline.

The plugins provide the deployed service, which system and browser tests share, and the summary of a run.
"""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# A shell that starts the tests in the background makes them, and every program that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.deployed", "tests.summary"]

settings.register_profile("usual", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=10_000)
settings.load_profile("usual")

_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests that need an engine and give each of their files to one worker; workers run slow tests first."""
    for item in items:
        is_on_the_engine = item.path.relative_to(_TESTS).parts[0] in {"system", "browser"}
        if is_on_the_engine or "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)
        if item.get_closest_marker("engine"):
            # Its stacks and module fixtures are then deployed once, not once for each worker.
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(_TESTS))))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)
