"""`make figures`: what it prints, what it writes, and how it says that something got worse."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.figures import Comparison, Figure
from devtools.figures.__main__ import main
from devtools.figures.record import Measured, Record, read_figures
from devtools.figures.sources import SOURCES, Source
from devtools.schemas.doc_tables import filled_pages
from tests.template.template import PATH

_ROOT = Path(__file__).resolve().parents[4]
_NUMBERS = st.floats(0, 1e9, allow_nan=False)


@dataclass(frozen=True)
class _Known(Source):
    """A source whose figures are known."""

    figures: tuple[Figure, ...] = ()

    def measure(self) -> tuple[Figure, ...]:
        return self.figures


def known(group: str, *figures: Figure, is_slow: bool = False) -> Source:
    return _Known(group, "", is_slow, figures)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "figures.json"


def run(file: Path, *sources: Source, arguments: tuple[str, ...] = ()) -> int:
    return main([*arguments, "--file", str(file)], sources)


def test_each_figure_is_a_line_with_its_value_target_and_verdict(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    price = Figure("price", 0.4571, 0.45, unit="US dollars")

    status = run(file, known("Cost", Figure("steps", 11, 11), price, Figure("memory", 2)))

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "steps 11 <= 11 ok",
        "price 0.457 US dollars <= 0.45 missed",
        "memory 2 - ok",
        "3 figures: 1 missed, 0 worse than last time",
    ]
    assert status == 1


def test_figures_that_reach_their_targets_end_well(file: Path) -> None:
    assert run(file, known("Cost", Figure("steps", 11, 11), Figure("cases", 197, 197, Comparison.AT_LEAST))) == 0


def test_what_got_worse_by_more_than_five_percent_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file, known("Cost", Figure("steps", 100, 200), Figure("units", 100, 200)))
    capsys.readouterr()

    status = run(file, known("Cost", Figure("steps", 106, 200), Figure("units", 105, 200)))

    steps, units, summary = capsys.readouterr().out.splitlines()
    assert "ok; worse by 6%: 100 on " in steps
    assert units.endswith("ok")
    assert summary.endswith("0 missed, 1 worse than last time")
    assert status == 0, "the targets are reached"


@given(value=_NUMBERS, before=_NUMBERS, target=_NUMBERS)
def test_worse_means_away_from_the_target_in_its_direction(value: float, before: float, target: float) -> None:
    def worse(comparison: Comparison) -> float:
        return Figure("a", value, target, comparison).worse_by(Figure("a", before, target, comparison))

    assert (worse(Comparison.AT_MOST) > 0) == (value - before > 0.05 * before)
    assert (worse(Comparison.AT_LEAST) > 0) == (before - value > 0.05 * before)
    if value == target:
        assert worse(Comparison.EXACTLY) == 0


def test_a_count_that_was_zero_is_worse_at_once() -> None:
    assert Figure("violations", 1, 0, Comparison.EXACTLY).worse_by(Figure("violations", 0, 0, Comparison.EXACTLY)) > 1


def test_slow_groups_are_measured_only_on_request_and_the_others_kept(file: Path) -> None:
    quick, slow = known("Cost", Figure("steps", 11, 11)), known("Load", Figure("memory", 9, 10), is_slow=True)

    run(file, quick, slow)
    assert names(file) == ["steps"]
    run(file, quick, slow, arguments=("--all",))
    run(file, quick, slow)
    assert names(file) == ["steps", "memory"]
    run(file, quick, slow, arguments=("Load",))
    assert names(file) == ["steps", "memory"]


def test_a_figure_that_is_no_longer_measured_leaves_the_file(file: Path) -> None:
    run(file, known("Cost", Figure("steps", 11, 11)), known("Size", Figure("lines", 1, 2)))

    run(file, known("Cost", Figure("units", 8, 8)))

    assert names(file) == ["units"]


def test_the_file_is_replaced_in_one_step(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record(file)
    record.replace("Cost", [Figure("steps", 11, 11)], "abc", ["Cost"])
    before = file.read_text()

    def full(self: Path, text: str, **_: str) -> int:
        with self.open("w") as opened:
            opened.write(text[:20])
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        record.replace("Cost", [Figure("steps", 12, 11)], "abd", ["Cost"])

    assert file.read_text() == before


def test_what_was_measured_is_kept_if_a_later_group_fails(file: Path) -> None:
    class Broken(Source):
        def measure(self) -> Iterator[Figure]:
            raise RuntimeError("no engine")

    with pytest.raises(RuntimeError):
        run(file, known("Cost", Figure("steps", 11, 11)), Broken("Load", ""))

    assert names(file) == ["steps"]


def test_the_file_holds_value_unit_target_and_commit(file: Path) -> None:
    figure = Figure("price", 0.45712345, 0.45, unit="US dollars")
    Record(file).replace("Cost", [figure], "abc", ["Cost"])

    assert read_figures(file) == [Measured("Cost", figure, "abc")]
    assert json.loads(file.read_text())[0]["value"] == 0.45712345, "not rounded"


def test_the_documents_show_the_file_as_a_table_for_each_group(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- table: figures (written by `make schemas`) -->\n<!-- end of table -->\n")
    Record(tmp_path / "figures.json").replace("Cost", [Figure("price", 0.4571, 0.45, unit="USD")], "abc", ["Cost"])

    (text,) = filled_pages(tmp_path, PATH, {}, {}).values()

    assert "### Cost\n" in text
    assert "| price | 0.457 USD | ≤ 0.45 | **missed** | `abc` |" in text


def test_an_unknown_group_is_refused_with_the_known_names(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["Speed"])

    assert ended.value.code == 2
    assert all(source.group in capsys.readouterr().err for source in SOURCES[:1])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.group)
def test_each_source_has_a_function_that_measures(source: Source) -> None:
    code = f"import {source.module} as module; assert module.figures.__doc__"
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True)


@pytest.mark.parametrize("command", ["devtools.figures", "devtools.bench"])
def test_the_commands_explain_themselves(command: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", command, "--help"], cwd=_ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout.startswith("usage: python -m devtools.")


def names(file: Path) -> list[str]:
    return [each.figure.name for each in read_figures(file)]
