"""What is counted in suites, code and benches."""

import ast
from pathlib import Path

import pytest

from devtools.bench.load import Round, figures_of
from devtools.bench.page import figures as page_figures
from tests.architecture.counting import patched_private_names
from tests.counting import count_failures

_SUITE = "def test_good(): pass\ndef test_bad(): assert False\ndef test_worse(): raise OSError\n"


def test_each_failing_test_of_a_suite_counts(tmp_path: Path) -> None:
    suite = tmp_path / "test_suite.py"
    suite.write_text(_SUITE)

    assert count_failures(str(suite), "--rootdir", str(tmp_path)) == 2


def test_a_suite_without_tests_is_no_success(tmp_path: Path) -> None:
    suite = tmp_path / "test_suite.py"
    suite.write_text(_SUITE)

    with pytest.raises(ValueError, match="no test ran"):
        count_failures(str(suite), "--rootdir", str(tmp_path), "-k", "nothing")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("monkeypatch.setattr(module, '_clock', now)", ["_clock"]),
        ("patch.object(thing, '_send')", ["_send"]),
        ("mock.patch('package.module._retry')", ["package.module._retry"]),
        ("monkeypatch.setattr(Path, 'write_text', full)", []),
        ("monkeypatch.setattr(thing, '__class__', Other)", []),
    ],
)
def test_a_private_name_counts_when_a_test_replaces_it(code: str, found: list[str]) -> None:
    assert patched_private_names(ast.parse(code)) == found


def test_growth_compares_the_processor_time_of_one_session() -> None:
    rounds = [Round(sessions, 1.0, seconds, 900, 0) for sessions, seconds in ((100, 30), (200, 60), (400, 180))]

    growth, memory, left = figures_of(rounds)

    assert (growth.value, growth.is_met) == (1.5, False)
    assert (memory.value, left.value) == (900, 0)


def test_a_waiting_page_makes_few_requests() -> None:
    assert [figure.is_met for figure in page_figures()] == [True]
