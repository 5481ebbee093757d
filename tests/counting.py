"""Figures of suites that take long: how many of their tests fail."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from devtools.figures import Comparison, Figure

_ROOT = Path(__file__).resolve().parents[1]
_FUZZ = ("tests/model/test_schedules.py", "--hypothesis-profile=fuzz", "-n", "auto")
_CLIENT_FUZZ = ("tests/unit/adapters", "-m", "fuzz", "--hypothesis-profile=fuzz", "--timeout=1800")
_THROTTLED = ("tests/system/test_throttling.py",)


def figures() -> Iterator[Figure]:
    """Run the suites; a suite that runs no test is an error."""
    for name, arguments in (
        ("violations in ten thousand schedules of the model", _FUZZ),
        ("failures in ten thousand replies through the Flinks client", _CLIENT_FUZZ),
        ("failures with 60 sessions at a concurrency limit of 10", _THROTTLED),
    ):
        yield Figure(name, count_failures(*arguments), 0, Comparison.EXACTLY)


def count_failures(*arguments: str) -> int:
    """Run pytest with these arguments, and return how many of its tests failed; ValueError if there were none."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", *arguments, f"--junitxml={report}"]
        subprocess.run(command, cwd=_ROOT, stdout=subprocess.DEVNULL, check=False)
        (suite,) = ElementTree.parse(report).getroot()  # noqa: S314 - written by pytest just now
    if suite.get("tests") == "0":
        raise ValueError(f"no test ran: {' '.join(arguments)}")
    return int(suite.get("failures", 0)) + int(suite.get("errors", 0))
