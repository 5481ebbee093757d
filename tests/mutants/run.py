"""`python -m tests.mutants.run [suites]`: put each mutant into a copy of the tree, and see which test catches it."""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutants import MUTANTS, Mutant

_ROOT = Path(__file__).parents[2]
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__")
# The quick ones first; all of them together take seconds.
_SUITES = (
    "tests/workflow",
    "tests/unit/domain",
    "tests/unit/adapters",
    "tests/unit/functions",
    "tests/unit/runtime",
    "tests/model",
)
_SURVIVED = "SURVIVED"


def main(suites: tuple[str, ...]) -> int:
    """Print the table; how many mutants nobody caught is the exit code."""
    copies: SimpleQueue[Path] = SimpleQueue()
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        for number in range(workers):
            copies.put(shutil.copytree(_ROOT, Path(folder) / str(number), ignore=_NOT_COPIED, symlinks=True))
        with ThreadPoolExecutor(workers) as pool:
            caught = []
            for mutant, by in zip(MUTANTS, pool.map(lambda each: _catch(each, suites, copies), MUTANTS), strict=True):
                print(f"{mutant.name:<58} {by}", flush=True)
                caught.append(by)
    survivors = caught.count(_SURVIVED)
    print(f"\n{len(caught) - survivors} of {len(caught)} mutants were caught.")
    return survivors


def _catch(mutant: Mutant, suites: tuple[str, ...], copies: "SimpleQueue[Path]") -> str:
    """The first test that fails over this mutant."""
    copy = copies.get()
    file = copy / mutant.file
    sound = file.read_text()
    file.write_text(sound.replace(mutant.old, mutant.new))
    try:
        return _first_failure(copy, suites)
    finally:
        file.write_text(sound)
        copies.put(copy)


def _first_failure(copy: Path, suites: tuple[str, ...]) -> str:
    # The copy comes before whatever is installed, and no compiled file of an earlier mutant is taken for it.
    environment = {
        **os.environ,
        "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'layers' / 'reconnect'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--tb=no", *suites]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return _SURVIVED
    told = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return told[0].partition(" ")[2].partition(" - ")[0] if told else f"no test ran: {done.stdout[-300:]}"


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:]) or _SUITES))
