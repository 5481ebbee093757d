"""What the schedules survived, told at the end of the run."""

from collections.abc import Iterator

import pytest

from tests.model.acting import Acting
from tests.model.promises import TALLY, Promise
from tests.model.world import World


@pytest.fixture
def acting(request: pytest.FixtureRequest) -> Iterator[Acting]:
    """A world with the template's settings, or with those that a test is parametrized with."""
    world = World(**getattr(request, "param", {}))
    leave = world.installed()
    yield Acting(world)
    world.scheduler.bury()
    leave()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each promise: how often it was put to the test, and kept."""
    if not TALLY.schedules:
        return
    write = terminalreporter.write_line
    write("")
    write(f"{TALLY.schedules:,} schedules of {TALLY.steps:,} steps: {TALLY.runs:,} runs made {TALLY.points:,} calls")
    if terminalreporter.config.getoption("hypothesis_profile", None) != "fuzz":
        return
    write(f"{'promise':<48} kept, times")
    for promise in Promise:
        write(f"{promise:<48} {TALLY.kept[promise]:>11,}")
    write(f"{'how sessions ended':<48} sessions")
    for ending, times in TALLY.endings.most_common():
        write(f"{ending:<48} {times:>11,}")
    write(f"{'what was announced':<48} times")
    for event_type, times in TALLY.published.most_common():
        write(f"{event_type:<48} {times:>11,}")
