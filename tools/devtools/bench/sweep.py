"""The sweeper under a crowd of due reminders, in simulated time: it needs no engine, and its figures are exact."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def measure() -> Iterator[str]:
    """600 reminders due at once: the runs until all are out, and what they ask of Flinks and Step Functions."""
    # In a process of its own: it uses the fakes of the tests, which tools do not import.
    command = [sys.executable, "-m", "tests.unit.sweeping"]
    yield from subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
