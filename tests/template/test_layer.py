"""The layer as it is built: compiled, and for the runtime's Python only."""

import importlib.util
import sys
from pathlib import Path

import pytest

import build_layer
from devtools.engine.settings import LAYER_PACKAGES
from tests.template.template import TEMPLATE

# PEP 552: what follows the magic number in bytecode that Python never checks against a source.
_UNCHECKED = (1).to_bytes(4, "little")


def test_the_layers_bytecode_is_never_checked_so_nothing_is_compiled_at_a_cold_start(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("x = 1")

    build_layer.compile_modules(tmp_path, "/opt/python")

    (compiled,) = tmp_path.rglob("*.pyc")
    assert compiled.read_bytes()[:8] == importlib.util.MAGIC_NUMBER + _UNCHECKED


def test_the_local_engines_packages_are_built_by_the_same_recipe() -> None:
    assert list(LAYER_PACKAGES.rglob("*.py")) == []
    assert list(LAYER_PACKAGES.rglob("*.pyc")) != []


def test_a_layer_built_with_another_python_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_layer, "DEPLOYED_PYTHON", (3, 99))
    monkeypatch.setattr(sys, "argv", ["build_layer.py", str(tmp_path / "out")])

    with pytest.raises(SystemExit, match=r"needs bytecode of Python 3\.99.* Nothing was built\."):
        build_layer.main()

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("parameter", "at_least"), [("RequestMemoryMegabytes", 256), ("WorkerMemoryMegabytes", 128)])
def test_too_little_memory_is_refused_at_deploy(parameter: str, at_least: int) -> None:
    assert TEMPLATE["Parameters"][parameter]["MinValue"] == at_least
