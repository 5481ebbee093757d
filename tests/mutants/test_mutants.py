"""The list of mutants does not rot: each still fits the code that it would break."""

from pathlib import Path

import pytest

from tests.mutants.mutants import MUTANTS
from tests.mutants.run import Fate, read_fate

_ROOT = Path(__file__).parents[2]


def test_each_mutant_changes_text_that_occurs_exactly_once() -> None:
    times = {mutant.name: (_ROOT / mutant.file).read_text().count(mutant.old) for mutant in MUTANTS}

    assert {name: count for name, count in times.items() if count != 1} == {}
    assert [mutant.name for mutant in MUTANTS if mutant.old == mutant.new] == []


@pytest.mark.parametrize(
    ("told", "fate", "is_caught"),
    [
        ("FAILED tests/a.py::test_b[x-1] - assert 1 == 2\n", Fate("tests/a.py::test_b[x-1]", "assert"), True),
        ("FAILED tests/a.py::test_b - AssertionError: x\n", Fate("tests/a.py::test_b", "AssertionError"), True),
        ("FAILED tests/a.py::test_b\n", Fate("tests/a.py::test_b", ""), True),
        ("FAILED tests/a.py::test_b - AttributeError: x\n", Fate("tests/a.py::test_b", "AttributeError"), False),
        ("FAILED tests/a.py::test_b - NameError: x\n", Fate("tests/a.py::test_b", "NameError"), False),
        ("FAILED tests/a.py::test_b - TypeError: x\n", Fate("tests/a.py::test_b", "TypeError"), False),
        ("..\nERROR tests/a.py - SyntaxError: x\n", Fate("tests/a.py", "SyntaxError"), False),
    ],
)
def test_a_mutant_that_could_never_run_is_not_caught_by_its_death(told: str, fate: Fate, is_caught: bool) -> None:
    assert read_fate(told) == fate
    assert read_fate(told).is_caught is is_caught


def test_a_run_without_a_test_catches_nothing() -> None:
    assert not Fate(None).is_caught
    with pytest.raises(ValueError, match="no test ran"):
        read_fate("no such suite\n")


def test_there_are_mutants_enough_and_no_two_of_one_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
