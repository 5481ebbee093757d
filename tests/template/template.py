"""The real template, read once, with the helpers that the tests need."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devtools.engine.template import read_template, without_loops

ROOT = Path(__file__).parents[2]
PATH = ROOT / "template.yaml"

# SAM names the alias of a function or a state machine after it.
ALIAS = "Aliaslive"

Properties = dict[str, Any]
_NOTHING = {"Ref": "AWS::NoValue"}


TEMPLATE = without_loops(read_template(PATH))
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
GLOBALS: Properties = TEMPLATE["Globals"]["Function"]


def of_type(resource_type: str) -> dict[str, Properties]:
    """The properties of every resource of a type, by logical id."""
    return {name: found["Properties"] for name, found in RESOURCES.items() if found["Type"] == resource_type}


FUNCTIONS = of_type("AWS::Serverless::Function")
ROLES = of_type("AWS::IAM::Role")
ROUTES = of_type("AWS::ApiGatewayV2::Route")
MACHINES = of_type("AWS::Serverless::StateMachine")
WORKFLOW, BATCH_WORKFLOW = MACHINES["Workflow"], MACHINES["BatchWorkflow"]


def snake(logical_id: str) -> str:
    """OpenSession -> open_session."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in logical_id).lstrip("_")


def target(value: Any) -> str:
    """What a value refers to: a logical id or parameter if it is a reference, otherwise its text."""
    if not isinstance(value, dict):
        return str(value)
    ((intrinsic, inner),) = value.items()
    match intrinsic:
        case "Ref":
            return str(inner)
        case "Fn::GetAtt":
            logical_id, attribute = inner
            return str(logical_id) if attribute == "Arn" else f"{logical_id}.{attribute}"
        case "Fn::If":
            return target(inner[1])
        case "Fn::Sub":
            # An alias in a loop, where the name that SAM gives to it cannot be written.
            return f"{target(inner[1]['Arn'])}{ALIAS}" if inner[0] == "${Arn}:live" else str(inner)
    raise AssertionError(f"a value that this test does not read: {value}")


def behind_alias(value: Any) -> str:
    """The function whose alias a value refers to; a reference to the function itself would run unpublished code."""
    alias = target(value)
    assert alias.endswith(ALIAS), f"{alias} is no alias"
    return alias.removesuffix(ALIAS)


def function_behind(route: str) -> str:
    """The function that a route invokes."""
    integration = target(ROUTES[route]["Target"]).removeprefix("integrations/${").removesuffix("}")
    return integration.removesuffix("Integration")


Grant = tuple[str, str, str]


def grants(role: str) -> list[Grant]:
    """Every (action, target, condition) that a role allows; `condition` is "" or "operator key=value value"."""
    return [
        (action, target(place), _condition(statement))
        for statement in _statements(role)
        for action in _listed(statement["Action"])
        for place in _listed(statement["Resource"])
    ]


def _statements(role: str) -> Iterator[dict[str, Any]]:
    for policy in ROLES[role]["Policies"]:
        for found in policy["PolicyDocument"]["Statement"]:
            _, statement, otherwise = found.get("Fn::If", ("", found, _NOTHING))
            assert otherwise == _NOTHING
            # Whatever else a statement may say changes what it allows.
            assert statement.keys() <= {"Effect", "Action", "Resource", "Condition"}
            assert statement["Effect"] == "Allow"
            yield statement


def _condition(statement: dict[str, Any]) -> str:
    if "Condition" not in statement:
        return ""
    ((operator, keys),) = statement["Condition"].items()
    ((key, values),) = keys.items()
    return f"{operator} {key}={' '.join(sorted(target(value) for value in _listed(values)))}"


def environment(function: str) -> dict[str, str]:
    """A function's variables, each with the logical id, parameter or text that it comes from."""
    own = FUNCTIONS[function].get("Environment", {}).get("Variables", {})
    return {name: target(value) for name, value in {**GLOBALS["Environment"]["Variables"], **own}.items()}


def parameter_of(value: str) -> dict[str, Any]:
    """The parameter of a name."""
    found: dict[str, Any] = TEMPLATE["Parameters"][value]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def timeout_of(function: str) -> int:
    """A function's time in seconds."""
    return int({**GLOBALS, **FUNCTIONS[function]}["Timeout"])
