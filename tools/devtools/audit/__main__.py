"""`python -m devtools.audit`: everything that `make audit` checks, and what it could not check.

Returns 0 if all is clean, 1 for a finding without a waiver, a forbidden licence or a known vulnerability, and 3 if
nothing was found but something could not be checked.
"""

import sys
from collections import Counter
from collections.abc import Iterator

from devtools.audit import advisories
from devtools.audit.packages import BILLS, SBOM, write_bill
from devtools.audit.scanners import ScannerMissing, scan
from devtools.audit.waivers import read_waivers, unused_rules, unwaived
from devtools.engine.settings import REPOSITORY

CLEAN, FOUND, UNCHECKED = 0, 1, 3


def main(arguments: list[str]) -> int:
    """Print the audit; with "sbom" only the bills of materials are written."""
    checks = [_bills] if arguments == ["sbom"] else [_scanners, _bills, _advisories]
    problems: list[str] = []
    unchecked: list[str] = []
    for check in checks:
        for line in check(problems, unchecked):
            print(line, flush=True)
    for problem in problems:
        print(f"FOUND: {problem}")
    for gap in unchecked:
        print(f"NOT CHECKED: {gap}")
    return FOUND if problems else UNCHECKED if unchecked else CLEAN


def _scanners(problems: list[str], unchecked: list[str]) -> Iterator[str]:
    found, waivers = scan(), read_waivers()
    yield "The template, as a deployer who sets every protective parameter deploys it:"
    for scanner, findings in found.items():
        if findings is None:
            unchecked.append(f"{scanner} is not installed, so its rules")
            continue
        left = unwaived(findings, waivers)
        yield f"  {scanner:12} {len(findings):4} findings, {len(findings) - len(left):4} waived, {len(left):4} left"
        problems += [f"{each.rule} {each.resource}" for each in left]
    findings = [each for some in found.values() for each in some or []]
    for waiver in waivers:
        kept = sum(each.rule in waiver.rules for each in findings)
        yield f"  waived: {waiver.name}, {len(waiver.rules)} rules, {kept} findings"
    if None not in found.values():
        problems += [f"a waiver of {rule}, which finds nothing" for rule in unused_rules(findings, waivers)]


def _bills(problems: list[str], unchecked: list[str]) -> Iterator[str]:
    for name in BILLS:
        try:
            packages = write_bill(name)
        except ScannerMissing as missing:
            unchecked.append(f"{missing} is not installed, so licences")
            return
        path = (SBOM / f"{name}.cdx.json").relative_to(REPOSITORY)
        yield f"{path}: {len(packages)} packages, {sum(package.hashes > 0 for package in packages)} with hashes"
        licences = Counter(package.licence for package in packages)
        yield "  " + "; ".join(f"{licence} {count}" for licence, count in sorted(licences.items()))
        for each in packages:
            if not each.is_allowed:
                problems.append(f"{each.name} {each.version} has the licence {each.licence}")
            if not each.hashes:
                problems.append(f"{each.name} {each.version} has no hash")


def _advisories(problems: list[str], unchecked: list[str]) -> Iterator[str]:
    try:
        if not advisories.is_reachable():
            unchecked.append("no advisory database could be reached, so known vulnerabilities of the packages")
            return
        vulnerabilities = advisories.vulnerabilities()
    except ScannerMissing as missing:
        unchecked.append(f"{missing} is not installed, so known vulnerabilities")
        return
    yield f"Known vulnerabilities of the pinned packages: {len(vulnerabilities)}"
    problems += vulnerabilities


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
