"""The figures' arithmetic and their documentation."""

import subprocess
import sys
from pathlib import Path

import pytest

from devtools.bench.__main__ import FIGURES
from devtools.bench.measuring import percentile, spread
from devtools.bench.page import Rhythm

_ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("values", "percent", "found"), [([3, 1, 2], 50, 2), (range(1, 21), 95, 19), (range(1, 21), 100, 20), ([7], 95, 7)]
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], percent: int, found: float) -> None:
    assert percentile(values, percent) == found


def test_a_spread_names_median_tail_and_number_of_runs() -> None:
    assert spread([0.5, 0.25, 1.0]) == "p50 0.50 s, p95 1.00 s, max 1.00 s (3 runs)"


def test_the_bench_polls_in_the_rhythm_of_the_real_pages_script() -> None:
    rhythm = Rhythm.of_the_script()

    assert [rhythm.before_poll("checking", polls) for polls in range(6)] == [0.4, 0.7, 1, 1.5, 3, 3]
    assert [rhythm.before_poll("question", polls) for polls in range(2)] == [3, 3]


@pytest.mark.parametrize("figure", FIGURES)
def test_each_figure_is_on_the_performance_page(figure: str) -> None:
    assert f"| `{figure}` |" in (_ROOT / "docs" / "performance.md").read_text()


def test_an_unknown_figure_is_refused_with_the_known_names() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "devtools.bench", "speed"], cwd=_ROOT, capture_output=True, text=True, check=False
    )

    assert asked.returncode == 2
    assert all(figure in asked.stderr for figure in FIGURES)
