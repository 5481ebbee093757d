"""`python -m tests.mutants.run [-k WORDS] [suites]`: apply each mutant to a copy of the tree, and print its test.

With -k only mutants whose name contains the words are run. A mutant that fails with an error such as AttributeError
proves nothing: any test that runs the line would fail.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutants import MUTANTS, Mutant

_ROOT = Path(__file__).parents[2]
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__")
# The folders of our packages.
_IMPORT_ROOTS = (".", "layers/reconnect", "tools", "simulator/src")
# In this order: quick suites first.
_SUITES = (
    "tests/workflow",
    "tests/unit/model",
    "tests/unit/rules",
    "tests/unit/usecases",
    "tests/unit/views",
    "tests/unit/page",
    "tests/unit/adapters",
    "tests/unit/functions",
    "tests/unit/runtime",
    "tests/unit/preflight",
    "tests/unit/smoke",
    "tests/model",
)
# Errors that show that the mutant itself cannot run.
_INVALID = ("AttributeError", "NameError", "SyntaxError", "TypeError")


@dataclass(frozen=True, slots=True)
class Result:
    """The first test that fails with a mutant, and its error; no test if the mutant survives."""

    test: str | None
    error: str = ""

    @property
    def is_caught(self) -> bool:
        """Whether a test detected the bug itself, not only code that cannot run."""
        return self.test is not None and self.error not in _INVALID

    def __str__(self) -> str:
        if self.test is None:
            return "SURVIVED"
        return self.test if self.is_caught else f"INVALID: {self.error} in {self.test}"


def main(suites: tuple[str, ...], words: str = "") -> int:
    """Print the table, and return the number of mutants that were not caught, which is the exit code."""
    mutants = [mutant for mutant in MUTANTS if words in mutant.name]
    copies: SimpleQueue[Path] = SimpleQueue()
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        for number in range(workers):
            copies.put(shutil.copytree(_ROOT, Path(folder) / str(number), ignore=_NOT_COPIED, symlinks=True))
        with ThreadPoolExecutor(workers) as pool:
            results = []
            caught_by = pool.map(lambda each: _catch(each, suites, copies), mutants)
            for mutant, result in zip(mutants, caught_by, strict=True):
                print(f"{mutant.name:<58} {result}", flush=True)
                results.append(result)
    caught = sum(result.is_caught for result in results)
    print(f"\n{caught} of {len(results)} mutants were caught.")
    return len(results) - caught


def _catch(mutant: Mutant, suites: tuple[str, ...], copies: "SimpleQueue[Path]") -> Result:
    """Run the suites with this mutant."""
    copy = copies.get()
    file = copy / mutant.file
    original = file.read_text()
    file.write_text(original.replace(mutant.old, mutant.new))
    try:
        return _first_failure(copy, suites)
    finally:
        file.write_text(original)
        copies.put(copy)


def _first_failure(copy: Path, suites: tuple[str, ...]) -> Result:
    # The copy comes before installed packages, and no compiled file of an earlier mutant is used.
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(copy / root) for root in _IMPORT_ROOTS),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Pytest cuts its summary to the terminal's width, and the error is at the end.
        "COLUMNS": "1000",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--tb=no", *suites]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return Result(None) if done.returncode == 0 else read_result(done.stdout)


def read_result(output: str) -> Result:
    """Read the first failure from the output of a failed run; raise ValueError if no test ran."""
    for line in output.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            test, _, reason = line.partition(" ")[2].partition(" - ")
            return Result(test, re.split(r"\W", reason, maxsplit=1)[0])
    raise ValueError(f"no test ran: {output[-300:]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.run")
    parser.add_argument("-k", dest="words", default="", help="run only mutants whose name contains these words")
    parser.add_argument("suites", nargs="*", default=_SUITES, help="test folders, instead of the default ones")
    given = parser.parse_args()
    sys.exit(main(tuple(given.suites), given.words))
