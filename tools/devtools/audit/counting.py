"""The figures of `make audit`."""

from collections.abc import Iterator

from devtools.audit.packages import BILLS, write_bill
from devtools.audit.scanners import scan
from devtools.audit.waivers import MOST, read_waivers, unwaived
from devtools.figures import Comparison, Figure


def figures() -> Iterator[Figure]:
    """Findings without a waiver by scanner, the waivers, and licences that may not come in.

    A scanner that is not installed has no figure; `make audit` says so.
    """
    waivers = read_waivers()
    yield Figure("waivers of scanners' findings", len(waivers), MOST)
    yield Figure("rules that they waive", sum(len(waiver.rules) for waiver in waivers))
    for scanner, findings in scan().items():
        if findings is not None:
            yield Figure(f"findings of {scanner} without a waiver", len(unwaived(findings, waivers)), 0)
            if scanner != "cfn-lint":
                yield Figure(f"findings of {scanner} with a waiver", len(findings) - len(unwaived(findings, waivers)))
    packages = [package for name in BILLS for package in write_bill(name)]
    yield Figure("packages whose licence is unknown or reaches ours", sum(not each.is_allowed for each in packages), 0)
    with_hashes = sum(each.hashes > 0 for each in packages) / len(packages)
    yield Figure("share of pinned packages with hashes", with_hashes, 1, Comparison.EXACTLY)
