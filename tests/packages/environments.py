"""Empty virtual environments with one of our wheels and its declared requirements, and nothing else.

No network: the requirements are linked from this environment, whose packages are pinned.
"""

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from functools import cached_property
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


@dataclass(frozen=True)
class Wheel:
    """A built wheel."""

    path: Path

    @cached_property
    def metadata(self) -> Message:
        """Its metadata."""
        with zipfile.ZipFile(self.path) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            return HeaderParser().parsestr(archive.read(name).decode())

    @cached_property
    def files(self) -> set[str]:
        """The paths it installs, without its metadata."""
        with zipfile.ZipFile(self.path) as archive:
            return {name for name in archive.namelist() if ".dist-info/" not in name}

    @property
    def requirements(self) -> list[Requirement]:
        """Its declared requirements, including extras."""
        return [Requirement(text) for text in self.metadata.get_all("Requires-Dist", [])]


@dataclass(frozen=True)
class Environment:
    """A virtual environment in its own folder."""

    folder: Path

    def run(
        self, command: str, *arguments: str, cwd: Path | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run one of its programs with these environment variables, without our own."""
        return subprocess.run(
            [self.folder / "bin" / command, *arguments],
            cwd=cwd or self.folder,
            env={"PATH": os.defpath, "HOME": str(self.folder), "NO_PROXY": "127.0.0.1", "COLUMNS": "200", **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def build(project: Path, folder: Path) -> Wheel:
    """Build a project's wheel with the installed build backend."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(project))
    [path] = folder.glob("*.whl")
    return Wheel(path)


def install(
    folder: Path, *wheels: Wheel, extras: frozenset[str] = frozenset(), also: Sequence[Requirement] = ()
) -> Environment:
    """Make an environment with these wheels, these extras, and their requirements; and with what is `also` required."""
    venv.create(folder, with_pip=False, symlinks=True)
    _pip("--python", str(folder / "bin" / "python"), "install", "--no-deps", *(str(wheel.path) for wheel in wheels))
    [site_packages] = folder.glob("lib/python*/site-packages")
    needed: dict[str, Distribution] = {}
    for wheel in wheels:
        for requirement in wheel.requirements:
            _gather(requirement, extras, needed)
    for requirement in also:
        _gather(requirement, frozenset(), needed)
    for package in needed.values():
        for name in _top_level(package):
            (site_packages / name).symlink_to(Path(str(package.locate_file(name))))
    return Environment(folder)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--isolated", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run([*command, "--no-index"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _gather(requirement: Requirement, extras: frozenset[str], needed: dict[str, Distribution]) -> None:
    """Add a requirement and, recursively, its own requirements, as an installer would."""
    if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
        return
    package = distribution(requirement.name)
    assert requirement.specifier.contains(package.version), f"{requirement} is not met by {package.version}"
    if package.name.lower() in needed:
        return
    needed[package.name.lower()] = package
    for text in package.requires or []:
        _gather(Requirement(text), frozenset(requirement.extras), needed)


def _top_level(package: Distribution) -> Iterator[str]:
    """The names of a package in site-packages, without scripts and caches."""
    yield from {file.parts[0] for file in package.files or [] if file.parts[0] not in {"..", "__pycache__"}}
