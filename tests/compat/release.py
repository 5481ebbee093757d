"""A released version, kept so that today's code can be tested against it: its code, its workflow and its model.

`python -m tests.compat.release <version> <commit>` keeps one: `releases/release-<version>.zip`, the same bytes each
time, and the items that it writes, in `golden/<version>.json`.
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

# What runs in Lambda, and what the model of the platform needs to play it.
_KEPT = (
    *("functions", "layers/reconnect/reconnect", DEFINITION, "template.yaml"),
    *("tools/devtools/engine/errors.py", "tools/devtools/engine/template.py"),
    *("tests/fakes", "tests/model", "tests/workflow/definition.py", "tests/workflow/evaluating.py"),
    *("tests/template/template.py", "tests/compat"),
)
# A release from before these tests is played and read by today's, which then know its code.
_OURS = ("tests/compat/golden.py", "tests/compat/paths.py", "tests/compat/records.py")
_LEFT_OUT = ("tests/compat/golden/", "tests/compat/releases/")
_EPOCH = (1980, 1, 1, 0, 0, 0)

# Nothing of today's may be found where the release has nothing of that name.
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
    """A released version that was unpacked into `folder`."""

    version: str
    folder: Path

    def run(self, module: str, *arguments: str | Path) -> str:
        """What one of its own modules prints, with its own code and no other of ours."""
        todays = "|".join(map(str, [ROOT, ROOT / "layers" / "reconnect", ROOT / "tools"]))
        command = [sys.executable, "-c", _RUN, str(self.folder), todays, module, *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == 0, f"release {self.version} broke:\n{done.stderr}"
        return done.stdout


def versions() -> list[str]:
    """The versions that are kept, the newest last."""
    kept = [path.stem.removeprefix("release-") for path in RELEASES.glob("release-*.zip")]
    return sorted(kept, key=lambda version: [int(part) for part in version.split(".")])


def definition_of(version: str) -> dict[str, Any]:
    """A release's state machine."""
    with zipfile.ZipFile(RELEASES / f"release-{version}.zip") as kept:
        found: dict[str, Any] = json.loads(kept.read(DEFINITION))
    return found


def unpack(version: str, folder: Path, *, definition: str | None = None) -> Release:
    """Unpack a release; `definition`: the state machine that its functions are to work under, instead of their own."""
    with zipfile.ZipFile(RELEASES / f"release-{version}.zip") as kept:
        kept.extractall(folder)
    if definition is not None:
        (folder / DEFINITION).write_text(definition)
    return Release(version, folder)


def keep(version: str, commit: str) -> None:
    """Keep a release, and what it writes."""
    RELEASES.mkdir(exist_ok=True)
    files = {path: _git("show", f"{commit}:{path}") for path in _paths_of(commit)}
    for path in _OURS:
        files.setdefault(path, (ROOT / path).read_bytes())
    (RELEASES / f"release-{version}.zip").write_bytes(_zipped(files))
    with TemporaryDirectory() as folder:
        unpack(version, Path(folder)).run("tests.compat.golden", "write", GOLDEN / f"{version}.json")


def _paths_of(commit: str) -> Iterable[str]:
    """The files that are kept: no tests, no golden items, no other releases."""
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
