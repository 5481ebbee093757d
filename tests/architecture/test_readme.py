"""The README's tables match what they describe."""

import re
from pathlib import Path

from reconnect.model.session import Status
from reconnect.rules.endings import EVENT_TYPES
from reconnect_cli.codes import codes_table
from tests.template.template import FUNCTIONS, TEMPLATE

_ROOT = Path(__file__).resolve().parents[2]
_README = (_ROOT / "README.md").read_text()
# The event of the first write that needs the user is returned by a function.
_PUBLISHED = re.compile(r'(?:event_type=|return )"((?:[A-Z][a-z]+){2,})"')
_METRIC = re.compile(r'count\(\s*"(\w+)"(?: if .* else "(\w+)")?')


def test_the_table_of_codes_is_the_one_in_the_code() -> None:
    assert codes_table() in _README


def test_the_readme_lists_each_function_with_its_description() -> None:
    rows = [
        f"| `{function['CodeUri'].removeprefix('functions/')}` | {function['Description']} |"
        for function in FUNCTIONS.values()
    ]

    assert [row for row in rows if row not in _README] == []


def test_each_parameter_is_explained() -> None:
    assert TEMPLATE["Parameters"].keys() - _first_column("| parameter | default | meaning |") == set()


def test_each_status_is_explained() -> None:
    assert [status for status in Status if f"`{status}`" not in _README] == []


def test_each_metric_is_explained_and_no_other() -> None:
    sources = [*_ROOT.glob("functions/*/app.py"), *_ROOT.glob("layers/reconnect/reconnect/**/*.py")]
    counted = {name for path in sources for found in _METRIC.findall(path.read_text()) for name in found if name}

    assert counted == _first_column("| metric | dimension | meaning |")


def test_each_event_is_explained_and_no_other() -> None:
    sources = _ROOT.glob("layers/reconnect/reconnect/usecases/*.py")
    published = {name for path in sources for name in _PUBLISHED.findall(path.read_text())}

    assert published | set(EVENT_TYPES.values()) == _first_column("| event | when |")


def _first_column(head: str) -> set[str]:
    """The code words in the first column of the table with this head."""
    _, found, below = _README.partition(f"{head}\n")
    assert found
    rows = below.partition("\n\n")[0].splitlines()[1:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
