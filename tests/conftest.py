"""Settings of all tests: a hundred generated examples each, or ten thousand in `make fuzz`, without a deadline.

The plugins provide the deployed service, which system and browser tests share, and the summary of a run.
"""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# A shell that starts the tests in the background makes them, and every program that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.deployed", "tests.summary"]

# Powertools reads these when it is imported, in whichever test that happens first.
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Reconnect")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "reconnect")

settings.register_profile("usual", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=10_000)
settings.load_profile("usual")

_TESTS = Path(__file__).parent
# Of these a worker takes whole files: what a file deploys is then deployed once.
_BY_FILE = ("tests/system/", "tests/browser/", "tests/contract/")


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Sends the next test, or the next whole file, to the worker that is free."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if nodeid.startswith(_BY_FILE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return _Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs an engine. Workers begin with what takes long, so that none is left with it at the end."""
    for item in items:
        is_on_the_engine = item.path.relative_to(_TESTS).parts[0] in {"system", "browser"}
        if is_on_the_engine or "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)
    if len({item.nodeid for item in items}) < len(items):
        ids = Counter(item.nodeid for item in items)
        twice = ", ".join(name for name, times in ids.items() if times > 1)
        raise pytest.UsageError(f"A parallel run would leave out all but one of the tests named {twice}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)
