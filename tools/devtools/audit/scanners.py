"""The scanners of the template, each run as its own program."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.audit.deployed import policies, transformed
from devtools.engine.settings import REPOSITORY

# `make audit` installs both.
TOOLS = REPOSITORY / ".local" / "audit" / "bin"
CDK_NAG = REPOSITORY / ".local" / "cdk-nag"


class ScannerMissing(Exception):
    """A scanner is not installed; its findings are unknown."""


@dataclass(frozen=True, order=True)
class Finding:
    """What a scanner found: its rule as "scanner:id", and the resource."""

    rule: str
    resource: str


Scan = Callable[[Path, dict[str, Any]], Iterator[Finding]]


def scan() -> dict[str, list[Finding] | None]:
    """The findings of each scanner, waived or not; None for a scanner that is not installed."""
    template = transformed()
    found: dict[str, list[Finding] | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "template.json")
        path.write_text(json.dumps(template))
        for name, scanner in SCANNERS.items():
            try:
                found[name] = sorted(scanner(path, template))
            except ScannerMissing:
                found[name] = None
    return found


def _cfn_lint(_path: Path, _template: dict[str, Any]) -> Iterator[Finding]:
    # As it is written: with decided conditions some parameters have no use left. The tests lint the transformed one.
    program = Path(sys.executable).with_name("cfn-lint")
    for match in json.loads(_output(program, "--format", "json", REPOSITORY / "template.yaml") or "[]"):
        yield Finding(f"cfn-lint:{match['Rule']['Id']}", "/".join(map(str, match["Location"]["Path"] or [])))


def _checkov(path: Path, _template: dict[str, Any]) -> Iterator[Finding]:
    report = json.loads(
        _output(TOOLS / "checkov", "--file", path, "--framework", "cloudformation", "--output", "json", "--quiet")
    )
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        raise RuntimeError("checkov could not read the template")
    for check in report["results"]["failed_checks"]:
        yield Finding(f"checkov:{check['check_id']}", check["resource"].rpartition(".")[2])


def _parliament(path: Path, template: dict[str, Any]) -> Iterator[Finding]:
    folder = path.with_name("policies")
    folder.mkdir()
    for role, policy in policies(template).items():
        (folder / f"{role}.json").write_text(json.dumps(policy))
    for line in _output(TOOLS / "parliament", "--directory", folder, "--json").splitlines():
        found = json.loads(line)
        yield Finding(f"parliament:{found['issue']}", Path(found["location"]["filepath"]).stem)


def _cdk_nag(path: Path, _template: dict[str, Any]) -> Iterator[Finding]:
    if not (CDK_NAG / "node_modules").is_dir():
        raise ScannerMissing("cdk-nag")
    report = json.loads(_output(Path(shutil.which("node") or "node"), CDK_NAG / "scan.js", path, path.with_name("cdk")))
    reports = [each for each in report["pluginReports"] if "violations" in each]
    if len(reports) < _PACKS:
        raise RuntimeError("cdk-nag did not report on all of its packs")
    for each in reports:
        for violation in each["violations"]:
            rule = violation["ruleName"]
            # Its own lint of the template is cfn-lint's, on another copy.
            if rule.partition("-")[0] not in {"AwsSolutions", "Serverless", "CdkNagValidationFailure"}:
                continue
            for construct in violation["violatingConstructs"]:
                yield Finding(f"cdk-nag:{rule}", construct["constructPath"].rpartition("/")[2])


_PACKS = 2
SCANNERS: dict[str, Scan] = {
    "cfn-lint": _cfn_lint,
    "checkov": _checkov,
    "parliament": _parliament,
    "cdk-nag": _cdk_nag,
}


def _output(program: Path, *arguments: str | Path) -> str:
    """What a program prints. They return an error when they find something, so only silence is a failure."""
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ScannerMissing(program.name) from None
    if done.returncode and not done.stdout:
        raise RuntimeError(f"{program.name}: {done.stderr[-500:]}")
    return done.stdout
