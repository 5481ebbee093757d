"""On a machine without a browser, the run reports that the page was not tested."""

import os
import subprocess
import sys

import pytest

from devtools.service import PROJECT

_ONE_TEST = "tests/browser/test_screens.py::test_every_stage_is_among_the_screens"


@pytest.mark.parametrize(("ci", "exit_code"), [("", 0), ("true", 1)], ids=["at_a_desk", "in_ci"])
def test_without_a_browser_its_tests_are_reported_as_skipped_or_fail_in_ci(ci: str, exit_code: int) -> None:
    environment = {**os.environ, "PATH": "/nonexistent", "RECONNECT_BROWSER": "", "CI": ci}

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", _ONE_TEST],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == exit_code, ran.stdout
    assert "No Chromium was found. Install one (apt-get install chromium)" in ran.stdout
    assert ("1 tests of the page were skipped" in ran.stdout) is (not ci)
