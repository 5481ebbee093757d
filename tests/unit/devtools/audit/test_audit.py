"""The audit: what it scans, what it waives, and what it says about what it could not check."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from devtools.audit import __main__ as audit
from devtools.audit import advisories
from devtools.audit.deployed import PROTECTED, decided, policies, transformed
from devtools.audit.packages import BILLS, Package
from devtools.audit.scanners import SCANNERS, Finding
from devtools.audit.waivers import MOST, Waiver, read_waivers, unused_rules, unwaived
from devtools.engine.settings import REPOSITORY
from devtools.engine.template import read_template, without_loops

TEMPLATE = without_loops(read_template(REPOSITORY / "template.yaml"))
A_WAIVER = Waiver("a", "because", frozenset({"checkov:CKV_1", "checkov:CKV_2"}))


def test_there_are_at_most_five_waivers_each_with_its_reason() -> None:
    waivers = read_waivers()

    assert len(waivers) <= MOST == 5
    assert all(len(waiver.reason.split()) >= 15 and waiver.rules for waiver in waivers)
    assert all(rule.partition(":")[0] in SCANNERS for waiver in waivers for rule in waiver.rules)


def test_no_rule_is_waived_twice_and_none_of_cfn_lint() -> None:
    rules = sorted(rule for waiver in read_waivers() for rule in waiver.rules)

    assert all(one != other for one, other in pairwise(rules))
    assert [rule for rule in rules if rule.startswith("cfn-lint:")] == []


def test_no_waiver_stands_in_the_template_itself() -> None:
    text = (REPOSITORY / "template.yaml").read_text()

    assert not any(word in text for word in ("checkov:", "cdk_nag", "cfn-lint", "rules_to_suppress"))


def test_what_is_scanned_has_every_protection_and_no_open_condition() -> None:
    scanned = str(decided(TEMPLATE))

    assert PROTECTED.keys() <= TEMPLATE["Parameters"].keys()
    assert "Fn::If" not in scanned
    assert "AWS::NoValue" not in scanned
    assert str(PROTECTED["KmsKeyArn"]) in scanned


def test_every_protection_is_accepted_by_its_parameter() -> None:
    for name, value in PROTECTED.items():
        parameter = TEMPLATE["Parameters"][name]
        assert value in parameter.get("AllowedValues", [value])
        assert parameter.get("MinValue", value) <= value <= parameter.get("MaxValue", value)


def test_every_role_is_scanned_with_plain_arns() -> None:
    roles = {name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::IAM::Role"}
    found = policies(transformed())

    assert found.keys() == roles
    assert "Fn::" not in str(found)
    assert "'Ref'" not in str(found)
    assert "${" not in str(found)


def test_a_finding_is_left_unless_its_rule_is_waived() -> None:
    waived, new = Finding("checkov:CKV_1", "Table"), Finding("checkov:CKV_3", "Table")

    assert unwaived([waived, new], [A_WAIVER]) == [new]
    assert unused_rules([waived, new], [A_WAIVER]) == ["checkov:CKV_2"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """An audit in which all is well, to be changed."""
    found: dict[str, Any] = {
        "scan": {name: [Finding(rule, "Table") for rule in A_WAIVER.rules] for name in SCANNERS},
        "packages": [Package("a", "1", "MIT", 2)],
        "reachable": True,
        "vulnerabilities": [],
    }
    monkeypatch.setattr(audit, "scan", lambda: found["scan"])
    monkeypatch.setattr(audit, "read_waivers", lambda: [A_WAIVER])
    monkeypatch.setattr(audit, "write_bill", lambda _: found["packages"])
    monkeypatch.setattr(advisories, "is_reachable", lambda: found["reachable"])
    monkeypatch.setattr(advisories, "vulnerabilities", lambda: found["vulnerabilities"])
    yield found


def test_a_clean_audit_returns_0(world: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert world["reachable"]
    assert audit.main([]) == audit.CLEAN == 0
    assert all(f"{name}.cdx.json" in capsys.readouterr().out for name in list(BILLS)[:1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scan": {"checkov": [Finding("checkov:CKV_9", "Table")]}}, "checkov:CKV_9 Table"),
        ({"scan": {"checkov": []}}, "a waiver of checkov:CKV_1"),
        ({"packages": [Package("a", "1", "GPL-3.0-only", 2)]}, "a 1 has the licence GPL-3.0-only"),
        ({"packages": [Package("a", "1", "MIT", 0)]}, "a 1 has no hash"),
        ({"vulnerabilities": ["a 1: PYSEC-1"]}, "a 1: PYSEC-1"),
    ],
)
def test_what_was_found_is_named_and_returns_1(
    world: dict[str, Any], capsys: pytest.CaptureFixture[str], change: dict[str, Any], said: str
) -> None:
    world.update(change)

    assert audit.main([]) == audit.FOUND == 1
    assert f"FOUND: {said}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reachable": False}, "no advisory database could be reached"),
        ({"scan": {"cdk-nag": None}}, "cdk-nag is not installed"),
    ],
)
def test_what_could_not_be_checked_is_named_and_returns_3(
    world: dict[str, Any], capsys: pytest.CaptureFixture[str], change: dict[str, Any], said: str
) -> None:
    world.update(change)

    assert audit.main([]) == audit.UNCHECKED == 3
    assert f"NOT CHECKED: {said}" in capsys.readouterr().out
