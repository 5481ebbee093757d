"""How the code is cut: small handlers, small modules, no error swallowed, a sentence on what is public."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.modules import Module, modules

_DEPLOYED = modules("functions", "domain", "adapters", "runtime")
_OUTSIDE = ("reconnect_cli", "devtools", "simulator")
_ALL = [*_DEPLOYED, *modules(*_OUTSIDE)]
_WIDE = {"Exception", "BaseException"}
# Where code of others is run that may raise anything at all, and where not even Ctrl-C may leave processes behind.
_STRANGERS = {f"tools/devtools/engine/{name}.py" for name in ("definitions", "jsonata_bridge", "launcher")}


def _lines(module: Module) -> int:
    return len(module.path.read_text().splitlines())


@pytest.mark.parametrize("module", modules("functions"), ids=lambda m: m.name)
def test_a_handler_fits_on_one_screen(module: Module) -> None:
    assert _lines(module) <= 40


@pytest.mark.parametrize("module", _ALL, ids=lambda m: m.name)
def test_no_module_is_too_long_to_be_read_at_once(module: Module) -> None:
    assert _lines(module) <= 250


@pytest.mark.parametrize("module", _ALL, ids=lambda m: m.name)
def test_every_module_says_what_it_is_about(module: Module) -> None:
    assert ast.get_docstring(module.tree)


@pytest.mark.parametrize("module", _DEPLOYED, ids=lambda m: m.name)
def test_whatever_is_public_says_what_it_does(module: Module) -> None:
    assert [node.name for node in _public(module.tree) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("module", _DEPLOYED, ids=lambda m: m.name)
def test_nothing_that_is_deployed_catches_errors_that_it_cannot_name(module: Module) -> None:
    assert list(_wide_catches(module)) == []


def test_the_local_engine_catches_everything_only_where_strangers_code_runs() -> None:
    catching = {module.name for module in modules(*_OUTSIDE) if list(_wide_catches(module))}

    assert catching <= _STRANGERS


@pytest.mark.parametrize("module", modules("functions"), ids=lambda m: m.name)
def test_a_handler_holds_no_branch_on_what_flinks_says(module: Module) -> None:
    texts = {node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant)}

    assert not {text for text in texts if isinstance(text, str) and text.isupper() and "_" in text}


def _wide_catches(module: Module) -> Iterator[int]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else _WIDE
            if caught & _WIDE:
                yield node.lineno


def _public(node: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from _public(child)
