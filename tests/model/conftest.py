"""What the schedules survived, told at the end of the run."""

import pytest

from tests.model.checks import TALLY, Promise


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
    for announcement, times in TALLY.announced.most_common():
        write(f"{announcement:<48} {times:>11,}")
