"""Snapshots of released versions, against which today's code is tested: code, workflow and model.

`python -m tests.compat.release <version> <commit>` stores one: `releases/release-<version>.zip`, which is
reproducible, and the items that it writes, in `golden/<version>.json`.
"""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]
RELEASES = Path(__file__).parent / "releases"
GOLDEN = Path(__file__).parent / "golden"
DEFINITION = "statemachine/reconnect.asl.json"

# The code that runs in Lambda, and the files that the model needs to run it.
_KEPT = (
    *("functions", "layers/reconnect/reconnect", DEFINITION, "template.yaml"),
    *("tools/devtools/engine/errors.py", "tools/devtools/engine/template.py"),
    *("tests/fakes", "tests/model", "tests/workflow/definition.py", "tests/workflow/evaluating.py"),
    *("tests/template/template.py", "tests/compat"),
)
# A release that is older than these modules is stored with today's, which still fit its code.
_OURS = ("tests/compat/golden.py", "tests/compat/paths.py", "tests/compat/records.py")
_LEFT_OUT = ("tests/compat/golden/", "tests/compat/releases/")
_EPOCH = (1980, 1, 1, 0, 0, 0)

# Removes today's code from the path, so that a module missing in the release is not taken from there.
_RUN = """
import runpy, sys
root, todays = sys.argv[1], sys.argv[2].split("|")
others = [each for each in sys.path if each and each not in todays]
sys.path[:] = [root, f"{root}/layers/reconnect", f"{root}/tools", *others]
sys.argv[:] = sys.argv[3:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Release:
    """A released version, unpacked into `folder`."""

    version: str
    folder: Path

    def run(self, module: str, *arguments: str | Path) -> str:
        """Run one of its modules with its own code only, and return what it prints."""
        todays = "|".join(map(str, [ROOT, ROOT / "layers" / "reconnect", ROOT / "tools"]))
        command = [sys.executable, "-c", _RUN, str(self.folder), todays, module, *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, f"release {self.version} broke:\n{done.stderr}"
        return done.stdout


def versions() -> list[str]:
    """Return the stored versions, the newest last."""
    kept = [path.stem.removeprefix("release-") for path in RELEASES.glob("release-*.zip")]
    return sorted(kept, key=lambda version: [int(part) for part in version.split(".")])


def definition_of(version: str) -> dict[str, Any]:
    """Return a release's state machine."""
    with zipfile.ZipFile(RELEASES / f"release-{version}.zip") as kept:
        found: dict[str, Any] = json.loads(kept.read(DEFINITION))
    return found


def unpack(version: str, folder: Path, *, definition: str | None = None) -> Release:
    """Unpack a release; `definition` replaces its own state machine."""
    with zipfile.ZipFile(RELEASES / f"release-{version}.zip") as kept:
        kept.extractall(folder)
    if definition is not None:
        (folder / DEFINITION).write_text(definition)
    return Release(version, folder)


def keep(version: str, commit: str) -> None:
    """Store a release's snapshot and golden items."""
    RELEASES.mkdir(exist_ok=True)
    files = {path: _git("show", f"{commit}:{path}") for path in _paths_of(commit)}
    for path in _OURS:
        files.setdefault(path, (ROOT / path).read_bytes())
    (RELEASES / f"release-{version}.zip").write_bytes(_zipped(files))
    with TemporaryDirectory() as folder:
        unpack(version, Path(folder)).run("tests.compat.golden", "write", GOLDEN / f"{version}.json")


def _paths_of(commit: str) -> Iterable[str]:
    """Return the files to store: no tests, no golden items, no other releases."""
    listed = _git("ls-tree", "-r", "--name-only", commit, "--", *_KEPT).decode().splitlines()
    return [path for path in listed if not Path(path).match("test_*") and not path.startswith(_LEFT_OUT)]


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), files[path], zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607


if __name__ == "__main__":
    keep(*sys.argv[1:])
