"""Figures of the code and its documents, counted without running the service."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

from devtools.figures import Comparison, Figure
from tests.architecture.modules import ROOT, modules

_ROOMS = (
    *("functions", "model", "rules", "ports", "views", "usecases", "adapters", "page", "runtime"),
    *("reconnect_cli", "devtools", "simulator"),
)
_PATCHING = {"setattr", "delattr", "patch", "object"}
_PRIVATE = re.compile(r"(^|\.)_[a-z]\w*$")


def figures() -> Iterator[Figure]:
    """Count lines, words, type errors and patched names."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    yield Figure("lines of the README", len(readme.splitlines()), 150)
    yield Figure("words of the README", len(readme.split()), 900)
    longest = max(len(module.path.read_text(encoding="utf-8").splitlines()) for module in modules(*_ROOMS))
    yield Figure("lines of the longest module", longest, 300)
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "tests").rglob("*.py")))
    patched = sum(len(patched_private_names(tree)) for tree in trees)
    yield Figure("private names patched by tests", patched, 0, Comparison.EXACTLY)
    yield Figure("type errors, mypy strict", _count_type_errors(), 0, Comparison.EXACTLY)


def patched_private_names(tree: ast.AST) -> list[str]:
    """Return the private names that a module replaces with `monkeypatch` or `patch`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    patching = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in _PATCHING]
    texts = [each.value for call in patching for each in call.args if isinstance(each, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and _PRIVATE.search(text)]


def _count_type_errors() -> int:
    ran = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode not in {0, 1}:
        raise ValueError(f"mypy did not run: {ran.stdout}{ran.stderr}")
    return ran.stdout.count(": error: ")
