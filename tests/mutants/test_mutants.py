"""The list of mutants does not rot: each still fits the code that it would break."""

from pathlib import Path

import pytest

from tests.mutants.mutants import MUTANTS, Mutant

_ROOT = Path(__file__).parents[2]

mutants = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@mutants
def test_what_a_mutant_changes_stands_in_the_code_exactly_once(mutant: Mutant) -> None:
    text = (_ROOT / mutant.file).read_text()

    assert text.count(mutant.old) == 1
    assert mutant.old != mutant.new


def test_there_are_mutants_enough_and_no_two_of_one_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
