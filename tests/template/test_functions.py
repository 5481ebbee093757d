"""Every function: one name for its folder, its logical id and its state; one runtime; one layer."""

import importlib
import tomllib

import pytest

from build_layer import DEPLOYED_PYTHON
from tests.template.template import FUNCTIONS, GLOBALS, RESOURCES, ROOT, of_type, snake

(_LAYER,) = of_type("AWS::Serverless::LayerVersion").values()
_SHARED = ("Runtime", "Architectures", "Handler", "Layers")


def test_every_function_has_a_folder_and_vice_versa() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

    assert folders == {snake(name) for name in FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_folder_is_its_name_in_snake_case(function: str) -> None:
    assert FUNCTIONS[function]["CodeUri"] == f"functions/{snake(function)}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_that_the_template_names_can_be_imported(function: str) -> None:
    module, _, handler = GLOBALS["Handler"].partition(".")

    assert callable(getattr(importlib.import_module(f"functions.{snake(function)}.{module}"), handler))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_folder_ships_its_handler_and_nothing_else(function: str) -> None:
    shipped = {path.name for path in (ROOT / "functions" / snake(function)).iterdir()} - {"__pycache__"}

    assert shipped == {"app.py"}


def test_all_functions_share_one_runtime_and_layer() -> None:
    assert GLOBALS["Runtime"] == "python3.13"
    assert GLOBALS["Architectures"] == ["arm64"]
    assert GLOBALS["Layers"] == [{"Ref": "ReconnectLayer"}]
    assert [name for name, function in FUNCTIONS.items() if function.keys() & set(_SHARED)] == []


def test_the_layer_is_built_for_the_functions_runtime() -> None:
    metadata = RESOURCES["ReconnectLayer"]["Metadata"]

    assert metadata["BuildMethod"] == "makefile"
    assert _LAYER["CompatibleRuntimes"] == [GLOBALS["Runtime"]] == ["python" + ".".join(map(str, DEPLOYED_PYTHON))]
    assert _LAYER["CompatibleArchitectures"] == GLOBALS["Architectures"] == [metadata["BuildArchitecture"]]


def test_the_deployed_layer_is_the_developed_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert f"{_LAYER['ContentUri']}/reconnect" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
