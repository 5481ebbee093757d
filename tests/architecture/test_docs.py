"""README and docs: what they name exists, their links lead somewhere, and their hand-written tables are complete.

Tables that are made from a source are held by `tests/schemas/test_documents.py`.
"""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from reconnect.model.session import Status
from reconnect_cli.checkout import COMMANDS
from reconnect_cli.cli import main

_ROOT = Path(__file__).resolve().parents[2]
_DOCS = _ROOT / "docs"
_README = (_ROOT / "README.md").read_text()
_PAGES = [*sorted(_ROOT.glob("*.md")), *sorted(_DOCS.rglob("*.md")), _ROOT / "simulator" / "README.md"]
# What a command makes, and git ignores.
_MADE = ("docs/screens",)

_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(
    r"(?<![/\w])(?:docs|schemas|tests|layers|functions|statemachine|simulator|tools|examples|events)/[\w./-]*"
)
_LINK = re.compile(r"\]\((?!https?://|#)([^)\s]+)\)")
_METRIC = re.compile(r'(?:count|measure|gauge)\(\s*"(\w+)"(?: if .* else "(\w+)")?')
_CITED = re.compile(r"\[D,? ([^\];]+)")
_KEY = re.compile(r"[A-Z]{3,}(?:-new|-old|-ERR)?|help \d+|changelog [\d-]+|reference/\w+")


def _name(page: Path) -> str:
    return str(page.relative_to(_ROOT))


pages = pytest.mark.parametrize("page", _PAGES, ids=_name)


def test_the_readme_can_be_read_in_five_minutes() -> None:
    assert len(_README.splitlines()) <= 150
    assert len(_README.split()) <= 900


def test_the_site_builds_strictly_and_needs_no_network(tmp_path: Path) -> None:
    build(load_config(str(_ROOT / "mkdocs.yml"), strict=True, site_dir=str(tmp_path)))

    built = {path: path.read_text() for path in tmp_path.rglob("*.html")}
    assert len(built) > len(list(_DOCS.rglob("*.md")))
    loading = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=\"?(?:https?:)?//")
    assert [path.name for path, text in built.items() if loading.search(text)] == []


@pages
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (_ROOT / "Makefile").read_text(), re.MULTILINE))
    code = "\n".join(_code(page))

    assert set(re.findall(r"\bmake ([a-z]+)\b", code)) <= targets
    assert set(re.findall(r"(?<![\w-])reconnect ([a-z]+)\b(?! --help)", code)) <= {*main.commands, *COMMANDS}
    assert [name for name in re.findall(r"python -m ([\w.]+)", code) if not find_spec(name)] == []


# The changelog also names what is no more.
@pytest.mark.parametrize("page", [page for page in _PAGES if page.name != "CHANGELOG.md"], ids=_name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    named = [path for span in _SPAN.findall(_FENCE.sub("", page.read_text())) for path in _PATH.findall(span)]

    assert [path for path in named if not path.startswith(_MADE) and not (_ROOT / path).exists()] == []


@pages
def test_every_relative_link_of_a_page_leads_to_a_file_and_a_place_in_it(page: Path) -> None:
    assert [link for link in _LINK.findall(_FENCE.sub("", page.read_text())) if not _leads_somewhere(page, link)] == []


@pytest.mark.parametrize("status", Status)
def test_each_status_is_explained(status: Status) -> None:
    assert status in _first_column("api.md", "| status | meaning | owner of the next step |")


def test_each_metric_is_explained_and_no_other() -> None:
    sources = [*_ROOT.glob("functions/*/app.py"), *_ROOT.glob("layers/reconnect/reconnect/**/*.py")]
    counted = {name for path in sources for found in _METRIC.findall(path.read_text()) for name in found if name}

    assert counted == _first_column("operations.md", "| metric | dimension | meaning |")


def test_every_source_that_the_code_cites_is_in_the_flinks_contract() -> None:
    _, _, sources = (_DOCS / "flinks-contract.md").read_text().partition("## Sources\n")
    trees = [_ROOT / name for name in ("functions", "layers", "simulator", "tools", "statemachine")]
    files = [path for tree in trees for path in tree.rglob("*") if path.suffix in {".py", ".json", ".yaml"}]
    cited = {key for path in files for found in _CITED.findall(path.read_text()) for key in _KEY.findall(found)}

    assert len(cited) > 20
    assert {key for key in cited if not re.search(rf"\b{re.escape(key)}\b", sources)} == set()


def _code(page: Path) -> Iterator[str]:
    """What a page shows as code: blocks and spans."""
    text = page.read_text()
    yield from _FENCE.findall(text)
    yield from _SPAN.findall(_FENCE.sub("", text))


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    found = page.parent / path
    # Anchors of Markdown pages are checked by the strict build.
    return found.exists() and (found.suffix != ".html" or f'id="{anchor}"' in found.read_text() or not anchor)


def _first_column(page: str, head: str) -> set[str]:
    """The code spans in the first column of the table with this head."""
    _, found, below = (_DOCS / page).read_text().partition(f"{head}\n")
    assert found
    rows = below.partition("\n\n")[0].splitlines()[1:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
