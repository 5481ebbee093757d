"""The shape of the code: small handlers, small modules, no error swallowed, public names with docstrings."""

import ast
from collections.abc import Iterator

from tests.architecture.modules import Module, modules

_DEPLOYED = modules("functions", "model", "rules", "ports", "views", "usecases", "adapters", "page", "runtime")
_OUTSIDE = ("reconnect_client", "reconnect_cli", "devtools", "simulator")
_ALL = [*_DEPLOYED, *modules(*_OUTSIDE)]
# `make schemas` writes it, as long as the API's document has objects.
_GENERATED = "client/src/reconnect_client/types.py"
_WIDE = {"Exception", "BaseException"}
# They run foreign code that may raise anything, or must stop their processes even on Ctrl-C.
_RUN_FOREIGN_CODE = {f"tools/devtools/engine/{name}.py" for name in ("definitions", "jsonata_bridge", "launcher")}


def _lines(module: Module) -> int:
    return len(module.path.read_text().splitlines())


def test_each_handler_has_at_most_40_lines() -> None:
    assert [module.name for module in modules("functions") if _lines(module) > 40] == []


def test_each_module_has_at_most_300_lines() -> None:
    written = [module for module in _ALL if module.name != _GENERATED]

    assert {module.name: _lines(module) for module in written if _lines(module) > 300} == {}


def test_each_module_has_a_docstring() -> None:
    assert [module.name for module in _ALL if not ast.get_docstring(module.tree)] == []


def test_each_public_name_has_a_docstring() -> None:
    nodes = ((module, node) for module in _DEPLOYED for node in _public(module.tree))

    assert [f"{module.name}: {node.name}" for module, node in nodes if not ast.get_docstring(node)] == []


def test_deployed_code_catches_only_errors_that_it_names() -> None:
    assert [module.name for module in _DEPLOYED if list(_wide_catches(module))] == []


def test_tools_catch_every_error_only_where_foreign_code_runs() -> None:
    catching = {module.name for module in modules(*_OUTSIDE) if list(_wide_catches(module))}

    assert catching <= _RUN_FOREIGN_CODE


def test_no_handler_branches_on_a_flinks_code() -> None:
    texts = {
        (module.name, node.value)
        for module in modules("functions")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert [each for each in texts if each[1].isupper() and "_" in each[1]] == []


def _wide_catches(module: Module) -> Iterator[int]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else _WIDE
            if caught & _WIDE:
                yield node.lineno


def _public(node: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            if not _needs_no_docstring(child):
                yield child
            if isinstance(child, ast.ClassDef):
                yield from _public(child)


def _needs_no_docstring(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether it is an overload, or a property of a protocol: its type says everything."""
    decorators = {ast.unparse(each) for each in node.decorator_list}
    return "overload" in decorators or ("property" in decorators and ast.unparse(node.body[0]) == "...")
