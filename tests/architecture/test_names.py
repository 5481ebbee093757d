"""Test names are sentences that fit on a line of a report."""

import ast

from tests.architecture.modules import ROOT

_LONGEST = 80
_TESTS = ROOT / "tests"
# Whose names are shortened next.
_LATER = ("template/", "unit/reconnect_cli/", "unit/devtools/", "unit/simulator/", "workflow/", "schemas/")


def test_no_test_name_is_longer_than_a_line_of_a_report() -> None:
    names = [
        (str(path.relative_to(_TESTS)), node.name)
        for path in sorted(_TESTS.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]

    assert len(names) > 1000
    assert [each for each in names if len(each[1]) > _LONGEST and not each[0].startswith(_LATER)] == []
