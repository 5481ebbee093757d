"""Every event type in the source of the service."""

import ast
from collections.abc import Iterator

from tests.architecture.modules import Module, modules


def event_types_in_source() -> set[str]:
    """Every text that is passed as an `event_type`; an expression that this cannot read is an error."""
    return {
        text for module in modules("model", "rules", "views", "usecases", "functions") for text in _event_types(module)
    }


def _event_types(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "event_type":
                    yield from _texts(keyword.value, module)


def _texts(value: ast.expr, module: Module) -> Iterator[str]:
    match value:
        case ast.Constant(value=None):
            return
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, module)
            yield from _texts(orelse, module)
        case ast.Call(func=ast.Name(id=name)):
            for returned in ast.walk(_function(name, module)):
                if isinstance(returned, ast.Return) and returned.value:
                    yield from _texts(returned.value, module)
        case ast.Subscript(value=ast.Name(id=name)):
            for entry in _table(name, module).values:
                yield from _texts(entry, module)
        case ast.Name(id="event_type"):
            return  # passed on unchanged
        case _:
            raise AssertionError(f"{module.name}:{value.lineno}: an event type that this test cannot read")


def _function(name: str, module: Module) -> ast.FunctionDef:
    (found,) = (node for node in module.tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    return found


def _table(name: str, module: Module) -> ast.Dict:
    (found,) = (
        node.value
        for node in module.tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name
    )
    assert isinstance(found, ast.Dict)
    return found
