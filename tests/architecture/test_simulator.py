"""The simulator's routes run in threads of their own, so they leave every change of a record to the bank's lock."""

import ast
from collections.abc import Iterator

from tests.architecture.modules import Module, modules

# They belong to the request that is being served; no other thread has them.
_OWN = {"g", "response"}


def test_no_route_writes_to_a_record_of_the_bank() -> None:
    routes = [module for module in modules("simulator") if any(found.room == "flask" for found in module.imports())]

    assert {"accounts", "authorizing", "cards", "control", "routes"} <= {module.path.stem for module in routes}
    assert [f"{module.name}: {target}" for module in routes for target in _written(module)] == []


def _written(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            base = target
            while isinstance(base, ast.Attribute | ast.Subscript):
                base = base.value
            if isinstance(target, ast.Attribute) and not (isinstance(base, ast.Name) and base.id in _OWN):
                yield ast.unparse(target)
