"""The list of mutants is up to date: each one still fits the code that it changes."""

from pathlib import Path

import pytest

from tests.mutants.mutants import MUTANTS
from tests.mutants.run import Result, read_result

_ROOT = Path(__file__).parents[2]


def test_each_mutant_changes_text_that_occurs_exactly_once() -> None:
    times = {mutant.name: (_ROOT / mutant.file).read_text().count(mutant.old) for mutant in MUTANTS}

    assert {name: count for name, count in times.items() if count != 1} == {}
    assert [mutant.name for mutant in MUTANTS if mutant.old == mutant.new] == []


@pytest.mark.parametrize(
    ("output", "result", "is_caught"),
    [
        ("FAILED tests/a.py::test_b[x-1] - assert 1 == 2\n", Result("tests/a.py::test_b[x-1]", "assert"), True),
        ("FAILED tests/a.py::test_b - AssertionError: x\n", Result("tests/a.py::test_b", "AssertionError"), True),
        ("FAILED tests/a.py::test_b\n", Result("tests/a.py::test_b", ""), True),
        ("FAILED tests/a.py::test_b - AttributeError: x\n", Result("tests/a.py::test_b", "AttributeError"), False),
        ("FAILED tests/a.py::test_b - NameError: x\n", Result("tests/a.py::test_b", "NameError"), False),
        ("FAILED tests/a.py::test_b - TypeError: x\n", Result("tests/a.py::test_b", "TypeError"), False),
        ("..\nERROR tests/a.py - SyntaxError: x\n", Result("tests/a.py", "SyntaxError"), False),
    ],
)
def test_a_mutant_that_cannot_run_does_not_count_as_caught(output: str, result: Result, is_caught: bool) -> None:
    assert read_result(output) == result
    assert read_result(output).is_caught is is_caught


def test_a_survivor_is_not_caught_and_a_run_without_tests_is_an_error() -> None:
    assert not Result(None).is_caught
    with pytest.raises(ValueError, match="no test ran"):
        read_result("no such suite\n")


def test_there_are_enough_mutants_with_unique_names() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
