"""The bills of materials: what ships and what we develop with, in CycloneDX, with licences and hashes."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from devtools.audit.scanners import TOOLS, ScannerMissing
from devtools.engine.settings import REPOSITORY

SBOM = REPOSITORY / ".local" / "sbom"
# The pinned requirements of each bill.
BILLS = {
    "layer": REPOSITORY / "layers" / "reconnect" / "requirements.txt",
    "development": REPOSITORY / "tools" / "requirements.txt",
}
# Licences that would reach our own code, or a service that is offered over a network.
_REACHING = re.compile(r"\bA?GPL|Affero|GNU General Public|SSPL|BUSL|Commons Clause", re.IGNORECASE)
UNKNOWN = "unknown"
# These declare none in their metadata, or are installed on Windows only.
_OTHERWISE_KNOWN = {"axe-playwright-python": "MIT", "colorama": "BSD-3-Clause", "pywin32": "PSF-2.0"}


@dataclass(frozen=True)
class Package:
    """One package of a bill; `hashes` counts its files' SHA-256, of which an installation must match one."""

    name: str
    version: str
    licence: str
    hashes: int

    @property
    def is_allowed(self) -> bool:
        """Whether its licence is known and leaves our own licence alone."""
        return is_allowed(self.licence)


def is_allowed(licence: str) -> bool:
    """Whether a licence is known and leaves our own alone."""
    return licence != UNKNOWN and not _REACHING.search(licence)


def write_bill(name: str) -> list[Package]:
    """Write a bill as CycloneDX JSON into `SBOM`, and return its packages."""
    program = TOOLS / "cyclonedx-py"
    if not program.exists():
        raise ScannerMissing(program.name)
    arguments = ["requirements", str(BILLS[name]), "--output-format", "JSON", "--output-reproducible"]
    written = json.loads(subprocess.run([program, *arguments], capture_output=True, check=True).stdout)
    written["metadata"]["component"] = _ours()
    packages = [_with_licence(component) for component in written["components"]]
    SBOM.mkdir(parents=True, exist_ok=True)
    Path(SBOM, f"{name}.cdx.json").write_text(json.dumps(written, indent=2) + "\n")
    return packages


def licence_of(name: str) -> str:
    """The licence of a package as it declares it: its SPDX expression, its classifiers or its own words.

    "unknown" if it declares none, or is not installed here.
    """
    if name in _OTHERWISE_KNOWN:
        return _OTHERWISE_KNOWN[name]
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return UNKNOWN
    return next(filter(None, _declared(found)), UNKNOWN)


def _ours() -> dict[str, Any]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return {
        "bom-ref": project["name"],
        "type": "library",
        "name": project["name"],
        "version": project["version"],
        "licenses": [{"license": {"id": project["license"]}}],
    }


def _with_licence(component: dict[str, Any]) -> Package:
    """Add its licence to a component, and return it as a package."""
    licence = licence_of(component["name"])
    component["licenses"] = [{"license": {"name": licence}}]
    hashes = sum(len(reference.get("hashes", [])) for reference in component.get("externalReferences", []))
    return Package(component["name"], component["version"], licence, hashes)


def _declared(found: Distribution) -> Iterable[str]:
    classifiers = {
        each.rpartition(" :: ")[2] for each in _fields(found, "Classifier") if each.startswith("License :: ")
    }
    yield from _fields(found, "License-Expression")
    yield ", ".join(sorted(classifiers - {"OSI Approved"}))
    # Some put the licence's whole text here.
    yield from (text.strip().partition("\n")[0] for text in _fields(found, "License"))


def _fields(found: Distribution, name: str) -> list[str]:
    return [str(each) for each in found.metadata.get_all(name) or []]
