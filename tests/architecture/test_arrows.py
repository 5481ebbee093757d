"""Which room may import which: functions -> runtime -> usecases -> rules -> model, and nothing imports outward."""

from tests.architecture.modules import Module, modules

_MAY_IMPORT = {
    "model": {"model", "stdlib"},
    "rules": {"rules", "model", "stdlib"},
    "ports": {"ports", "model", "stdlib"},
    "views": {"views", "model", "stdlib"},
    "usecases": {"usecases", "rules", "views", "ports", "model", "stdlib"},
    "adapters": {"adapters", "ports", "model", "stdlib", "boto3", "botocore", "requests", "urllib3"},
    "page": {"page", "views", "model", "stdlib", "segno"},
    "runtime": {"runtime", "page", "usecases", "rules", "views", "ports", "model", "stdlib", "aws_lambda_powertools"},
    "functions": {"runtime", "usecases", "page", "views", "model", "stdlib", "aws_lambda_powertools"},
}
# Where each port gets its adapter.
_COMPOSITION_ROOT = "layers/reconnect/reconnect/runtime/aws_ports.py"
_LAYER = [room for room in _MAY_IMPORT if room != "functions"]
_PURE = ("model", "rules", "views", "usecases")


def _rooms_imported(module: Module) -> set[str]:
    return {found.room for found in module.imports() if not found.for_types}


def test_each_module_imports_only_what_its_room_may_import() -> None:
    violations = {
        module.name: sorted(outside)
        for room, allowed in _MAY_IMPORT.items()
        for module in modules(room)
        if module.name != _COMPOSITION_ROOT and (outside := _rooms_imported(module) - allowed)
    }

    assert violations == {}


def test_only_the_composition_root_imports_adapters_and_only_on_first_use() -> None:
    [root] = [module for module in modules("runtime") if module.name == _COMPOSITION_ROOT]
    outside = [found for found in root.imports() if not found.for_types and found.room not in _MAY_IMPORT["runtime"]]

    assert {found.room for found in outside} == {"adapters", "boto3"}
    assert [found.name for found in outside if not found.lazily] == []


def test_no_modules_import_each_other_in_a_cycle() -> None:
    imported = {
        module.import_name: {found.module for found in module.imports() if not found.for_types}
        for module in modules(*_LAYER)
    }
    left = {name: {other for other in others if other in imported} for name, others in imported.items()}
    while leaves := {name for name, others in left.items() if not others}:
        left = {name: others - leaves for name, others in left.items() if name not in leaves}

    assert left == {}


def test_no_two_modules_of_the_layer_share_a_file_name() -> None:
    names = [module.path.name for module in modules(*_LAYER) if module.path.name != "__init__.py"]

    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_deployed_code_imports_no_tool_simulator_or_test() -> None:
    outside = {"reconnect_client", "reconnect_cli", "devtools", "flinks_simulator", "tests"}

    assert _importing(outside, *_MAY_IMPORT) == []
    assert _importing({"devtools", "flinks_simulator", "functions", "tests"}, "reconnect_cli") == []
    assert _importing({"functions", "tests"}, "devtools") == []


def test_the_simulator_does_not_import_the_service() -> None:
    packages = {"click", "flask", "pytest", "requests", "werkzeug", "yaml"}
    imported = {found.room for module in modules("simulator") for found in module.imports()}

    assert imported <= {"flinks_simulator", "stdlib", *packages}


def test_the_client_imports_nothing_else_of_ours() -> None:
    imported = {found.room for module in modules("reconnect_client") for found in module.imports()}

    assert imported == {"reconnect_client", "stdlib", "botocore", "requests"}


def test_no_function_imports_another() -> None:
    assert [module.name for module in modules("functions") if "functions" in _rooms_imported(module)] == []


def test_models_rules_views_and_use_cases_do_no_input_or_output() -> None:
    impure = {"os", "socket", "http", "urllib.request", "subprocess", "pathlib", "logging"}
    imported = {(module.name, found.name) for module in modules(*_PURE) for found in module.imports()}

    assert [each for each in imported if each[1].split(".")[0] in impure or each[1].startswith("urllib.request")] == []


def test_the_walk_sees_every_room() -> None:
    assert [room for room in _MAY_IMPORT if not modules(room)] == []
    assert all("runtime" in _rooms_imported(module) for module in modules("functions"))


def _importing(unwanted: set[str], *rooms: str) -> list[str]:
    return [module.name for module in modules(*rooms) if {found.room for found in module.imports()} & unwanted]
