"""Who may know whom: functions -> runtime -> domain <- adapters, and nobody outside looks in from inside."""

import pytest

from tests.architecture.modules import Module, modules

_MAY_IMPORT = {
    "domain": {"domain", "stdlib"},
    "adapters": {"adapters", "domain", "stdlib", "boto3", "botocore", "requests", "urllib3"},
    "runtime": {"runtime", "domain", "stdlib", "aws_lambda_powertools"},
    "functions": {"runtime", "domain", "stdlib", "aws_lambda_powertools"},
}
# Where each port gets its adapter.
_PLUGBOARD = "layers/reconnect/reconnect/runtime/ports.py"
_BY_ROOM = [(room, module) for room in _MAY_IMPORT for module in modules(room)]


def _rooms_seen(module: Module) -> set[str]:
    return {found.room for found in module.imports() if not found.for_types}


@pytest.mark.parametrize(
    ("room", "module"),
    [pytest.param(room, module, id=module.name) for room, module in _BY_ROOM if module.name != _PLUGBOARD],
)
def test_a_module_knows_only_whom_its_room_may_know(room: str, module: Module) -> None:
    assert _rooms_seen(module) <= _MAY_IMPORT[room]


def test_only_one_module_knows_adapters_and_only_when_it_is_asked_for_them() -> None:
    (knowing,) = [module for module in modules("runtime") if module.name == _PLUGBOARD]
    imports = [found for found in knowing.imports() if not found.for_types]
    outside = [found for found in imports if found.room not in _MAY_IMPORT["runtime"]]

    assert {found.room for found in outside} == {"adapters", "boto3"}
    assert [found.name for found in outside if not found.lazily] == []


@pytest.mark.parametrize("module", modules("domain", "adapters", "runtime", "functions"), ids=lambda m: m.name)
def test_nothing_that_is_deployed_imports_the_tools_the_simulator_or_the_tests(module: Module) -> None:
    assert not {found.room for found in module.imports()} & {"reconnect_cli", "devtools", "flinks_simulator", "tests"}


@pytest.mark.parametrize("module", modules("simulator"), ids=lambda m: m.name)
def test_the_simulator_imports_nothing_of_ours(module: Module) -> None:
    packages = {"click", "flask", "pytest", "requests", "werkzeug", "yaml"}

    assert {found.room for found in module.imports()} <= {"flinks_simulator", "stdlib", *packages}


@pytest.mark.parametrize("module", modules("reconnect_cli"), ids=lambda m: m.name)
def test_the_command_line_imports_no_tool_of_the_developers(module: Module) -> None:
    assert not {found.room for found in module.imports()} & {"devtools", "flinks_simulator", "functions", "tests"}


@pytest.mark.parametrize("module", modules("devtools"), ids=lambda m: m.name)
def test_the_developers_tools_import_no_function_and_no_test(module: Module) -> None:
    assert not {found.room for found in module.imports()} & {"functions", "tests"}


def test_no_function_knows_another() -> None:
    assert [module.name for module in modules("functions") if "functions" in _rooms_seen(module)] == []


def test_the_domain_does_no_input_or_output_of_its_own() -> None:
    doors = {"os", "socket", "http", "urllib.request", "subprocess", "pathlib", "logging"}
    imported = {found.name for module in modules("domain") for found in module.imports()}

    assert [name for name in imported if name.split(".")[0] in doors or name.startswith("urllib.request")] == []


def test_the_walk_sees_every_room() -> None:
    assert {room for room, _ in _BY_ROOM} == _MAY_IMPORT.keys()
    assert len(modules("functions")) == len(
        [module for module in modules("functions") if "runtime" in _rooms_seen(module)]
    )
