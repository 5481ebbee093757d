"""What a scanner finds and we keep, each with its reason: waivers.toml, beside the template."""

import tomllib
from dataclasses import dataclass

from devtools.audit.scanners import Finding
from devtools.engine.settings import REPOSITORY

# More would mean that the rules are not ours.
MOST = 5


@dataclass(frozen=True)
class Waiver:
    """A decision to keep what these rules find; a rule is "scanner:id"."""

    name: str
    reason: str
    rules: frozenset[str]


def read_waivers() -> list[Waiver]:
    """The waivers of the repository."""
    written = tomllib.loads((REPOSITORY / "waivers.toml").read_text())
    return [Waiver(each["name"], each["reason"], frozenset(each["rules"])) for each in written["waiver"]]


def unwaived(findings: list[Finding], waivers: list[Waiver]) -> list[Finding]:
    """The findings that no waiver keeps."""
    kept = {rule for waiver in waivers for rule in waiver.rules}
    return [finding for finding in findings if finding.rule not in kept]


def unused_rules(findings: list[Finding], waivers: list[Waiver]) -> list[str]:
    """The rules that are waived and find nothing."""
    found = {finding.rule for finding in findings}
    return sorted(rule for waiver in waivers for rule in waiver.rules - found)
