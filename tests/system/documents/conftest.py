"""Tells in a line at the end of the run what the generated requests found."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from schemathesis import __version__ as version


@dataclass
class Tally:
    """What was sent to the doors, and what was wrong with the answers."""

    seed: int | None = None
    statuses: dict[int, int] = field(default_factory=dict)
    endpoints: set[str] = field(default_factory=set)
    server_errors: int = 0
    violations: int = 0
    seconds: float = 0.0


_TALLY = pytest.StashKey[Tally]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Iterator[Tally]:
    yield pytestconfig.stash.setdefault(_TALLY, Tally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally = config.stash.get(_TALLY, None)
    if tally is None:
        return
    statuses = ", ".join(f"{status}: {number}" for status, number in sorted(tally.statuses.items()))
    terminalreporter.section(f"schemathesis {version}")
    terminalreporter.line(
        f"{sum(tally.statuses.values())} generated requests to {len(tally.endpoints)} endpoints in "
        f"{tally.seconds:.0f} s, "
        f"the same each run: {tally.server_errors} server errors, {tally.violations} schema violations"
    )
    terminalreporter.line(f"answers by status: {statuses}")
