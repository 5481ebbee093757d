"""The modules of the repository, and what each of them imports."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "reconnect"

_PACKAGES = ("model", "rules", "ports", "views", "usecases", "adapters", "page", "runtime")
_ROOMS = {
    "functions": ROOT / "functions",
    **{room: LAYER / "reconnect" / room for room in _PACKAGES},
    "reconnect_client": ROOT / "client" / "src" / "reconnect_client",
    "reconnect_cli": ROOT / "tools" / "reconnect_cli",
    "devtools": ROOT / "tools" / "devtools",
    "simulator": ROOT / "simulator" / "src",
}


@dataclass(frozen=True)
class Import:
    """One import as it is written; `lazily`: inside a function; `for_types`: never at run time."""

    name: str
    lazily: bool
    for_types: bool

    @property
    def room(self) -> str:
        """Where it comes from: a room of ours, `stdlib`, or the name of a package."""
        top, _, rest = self.name.partition(".")
        if top == "reconnect":
            return rest.partition(".")[0] or "reconnect"
        return "stdlib" if top in sys.stdlib_module_names else top

    @property
    def module(self) -> str:
        """The module of ours that it names, without the name of an object inside that module."""
        path = LAYER / self.name.replace(".", "/")
        return self.name if path.with_suffix(".py").exists() else self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Module:
    """One module of ours."""

    path: Path

    @property
    def name(self) -> str:
        """Its path from the root of the repository."""
        return str(self.path.relative_to(ROOT))

    @property
    def import_name(self) -> str:
        """The import name of a module of the layer."""
        return ".".join(self.path.relative_to(LAYER).with_suffix("").parts)

    @cached_property
    def tree(self) -> ast.Module:
        """Its code."""
        return ast.parse(self.path.read_text())

    def imports(self) -> Iterator[Import]:
        """Every import of the module, at any depth."""
        yield from _imports(self.tree, lazily=False, for_types=False)


def modules(*rooms: str) -> list[Module]:
    """Every module of these rooms; a room is a folder or a single file."""
    paths = ([place] if (place := _ROOMS[room]).is_file() else sorted(place.rglob("*.py")) for room in rooms)
    return [Module(path) for of_room in paths for path in of_room]


def _imports(node: ast.AST, *, lazily: bool, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, lazily, for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are written from the root of their package"
            yield from (Import(f"{child.module}.{alias.name}", lazily, for_types) for alias in child.names)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from _imports(child, lazily=lazily, for_types=True)
        else:
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, lazily=lazily or is_function, for_types=for_types)
