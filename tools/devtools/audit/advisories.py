"""Known vulnerabilities of the pinned packages, as pip-audit knows them."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from devtools.audit.packages import BILLS
from devtools.audit.scanners import TOOLS, ScannerMissing

# Known to be vulnerable since 2019. An index that is only a mirror knows of none, and pip-audit then reports none.
_CONTROL = "urllib3==1.24.1\n"
_SECONDS = 300


def is_reachable() -> bool:
    """Whether an advisory database answers, and knows what everybody knows."""
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder, "control.txt")
        control.write_text(_CONTROL)
        return bool(_vulnerable("--no-deps", "--requirement", control))


def vulnerabilities() -> list[str]:
    """Each known vulnerability of a pinned package, as "package version: id"."""
    found = {each for path in BILLS.values() for each in _vulnerable("--require-hashes", "--requirement", path)}
    return sorted(found)


def _vulnerable(*arguments: str | Path) -> list[str]:
    program = TOOLS / "pip-audit"
    if not program.exists():
        raise ScannerMissing(program.name)
    command = [program, "--disable-pip", "--format", "json", "--progress-spinner", "off", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
        report: dict[str, Any] = json.loads(done.stdout)
    except (ValueError, subprocess.TimeoutExpired):
        # No answer, so no report.
        return []
    return [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in report["dependencies"]
        for vulnerability in package.get("vulns", [])
    ]
