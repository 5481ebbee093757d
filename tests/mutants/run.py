"""`python -m tests.mutants.run [-k WORDS] [suites]`: put each mutant into a copy of the tree; see which test catches.

With -k only those whose name has these words. A mutant that dies of its own clumsiness shows nothing: any test that
runs the line kills it, whatever it checks.
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
# Where imports of ours are found.
_IMPORT_ROOTS = (".", "layers/reconnect", "tools", "simulator/src")
# The quick ones first; all of them together take seconds.
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
    "tests/model",
)
# How code ends that never could have run.
_CLUMSY = ("AttributeError", "NameError", "SyntaxError", "TypeError")


@dataclass(frozen=True, slots=True)
class Fate:
    """The first test that fails over a mutant, and the error that it fails with; no test if it survives."""

    test: str | None
    error: str = ""

    @property
    def is_caught(self) -> bool:
        """Whether a test saw what is broken, and not only that something is."""
        return self.test is not None and self.error not in _CLUMSY

    def __str__(self) -> str:
        if self.test is None:
            return "SURVIVED"
        return self.test if self.is_caught else f"DIED OF {self.error} in {self.test}"


def main(suites: tuple[str, ...], words: str = "") -> int:
    """Print the table; how many mutants nobody caught is the exit code."""
    mutants = [mutant for mutant in MUTANTS if words in mutant.name]
    copies: SimpleQueue[Path] = SimpleQueue()
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        for number in range(workers):
            copies.put(shutil.copytree(_ROOT, Path(folder) / str(number), ignore=_NOT_COPIED, symlinks=True))
        with ThreadPoolExecutor(workers) as pool:
            fates = []
            for mutant, fate in zip(mutants, pool.map(lambda each: _catch(each, suites, copies), mutants), strict=True):
                print(f"{mutant.name:<58} {fate}", flush=True)
                fates.append(fate)
    caught = sum(fate.is_caught for fate in fates)
    print(f"\n{caught} of {len(fates)} mutants were caught.")
    return len(fates) - caught


def _catch(mutant: Mutant, suites: tuple[str, ...], copies: "SimpleQueue[Path]") -> Fate:
    """What becomes of this mutant."""
    copy = copies.get()
    file = copy / mutant.file
    sound = file.read_text()
    file.write_text(sound.replace(mutant.old, mutant.new))
    try:
        return _first_failure(copy, suites)
    finally:
        file.write_text(sound)
        copies.put(copy)


def _first_failure(copy: Path, suites: tuple[str, ...]) -> Fate:
    # The copy comes before whatever is installed, and no compiled file of an earlier mutant is taken for it.
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(copy / root) for root in _IMPORT_ROOTS),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Pytest cuts its summary to the terminal's width, and the error stands at the end.
        "COLUMNS": "1000",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--tb=no", *suites]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return Fate(None) if done.returncode == 0 else read_fate(done.stdout)


def read_fate(told: str) -> Fate:
    """What the summary of a run that failed says of its first failure; raise ValueError if no test ran."""
    for line in told.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            test, _, reason = line.partition(" ")[2].partition(" - ")
            return Fate(test, re.split(r"\W", reason, maxsplit=1)[0])
    raise ValueError(f"no test ran: {told[-300:]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.mutants.run")
    parser.add_argument("-k", dest="words", default="")
    parser.add_argument("suites", nargs="*", default=_SUITES)
    given = parser.parse_args()
    sys.exit(main(tuple(given.suites), given.words))
