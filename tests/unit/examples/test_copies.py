"""The two example sites show the same pages and receive events by the same rule."""

from filecmp import cmpfiles, dircmp

from tests.architecture.modules import ROOT

_PYTHON, _NODE = ROOT / "examples" / "python", ROOT / "examples" / "node"


def test_both_example_sites_have_the_same_pages_and_the_same_rule() -> None:
    pages = dircmp(_PYTHON / "static", _NODE / "static")
    _, differing, missing = cmpfiles(_PYTHON, _NODE, ["events.yaml"], shallow=False)

    assert (pages.left_only, pages.right_only, pages.diff_files, differing, missing) == ([], [], [], [], [])
