"""The README says what is so: its tables are held against what they describe."""

import re
from pathlib import Path

import pytest

from local.codes import codes_table
from reconnect.domain.session import Status
from tests.template.template import FUNCTIONS, TEMPLATE

_ROOT = Path(__file__).resolve().parents[2]
_README = (_ROOT / "README.md").read_text()
_METRIC = re.compile(r'count\(\s*"(\w+)"(?: if .* else "(\w+)")?')


def test_the_table_of_codes_is_the_one_in_the_code() -> None:
    assert codes_table() in _README


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_each_function_stands_there_with_its_description(function: dict[str, str]) -> None:
    folder = function["CodeUri"].removeprefix("functions/")

    assert f"| `{folder}` | {function['Description']} |" in _README


@pytest.mark.parametrize("parameter", TEMPLATE["Parameters"])
def test_each_parameter_is_explained(parameter: str) -> None:
    assert f"`{parameter}`" in _README


@pytest.mark.parametrize("status", Status)
def test_each_status_is_explained(status: Status) -> None:
    assert f"`{status}`" in _README


def test_each_metric_is_explained_and_no_other() -> None:
    sources = [*_ROOT.glob("functions/*/app.py"), *_ROOT.glob("layers/reconnect/reconnect/**/*.py")]
    counted = {name for path in sources for found in _METRIC.findall(path.read_text()) for name in found if name}
    table = _README.partition("| metric | dimension | meaning |\n|---|---|---|\n")[2].partition("\n\n")[0]
    explained = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert counted == explained
