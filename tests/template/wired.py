"""A function's use cases over the real adapters, on clients that only record."""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import FunctionType, ModuleType
from typing import Any

from reconnect import ports
from reconnect.adapters import secrets
from reconnect.model import batch_errors, errors
from reconnect.runtime.aws_ports import AwsPorts
from reconnect.runtime.brand_settings import read_brand
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings
from reconnect.usecases.signed_urls import SignedUrls
from tests.template.template import TEMPLATE, environment, snake

# The calls of the workflow that name a task token and no machine.
_BY_TOKEN = {"wake", "interrupt_wait"}
PORTS = (
    *("sessions", "references", "contacts", "logins", "claims", "directories", "roll_ups", "flinks", "events"),
    *("workflow", "results", "delay_queue", "feed", "bank_healths", "batches", "leases", "batch_files", "batch_runs"),
)
_DEFAULTS = {name: str(parameter.get("Default", "any")) for name, parameter in TEMPLATE["Parameters"].items()}
# Empty ones stand for addresses that CloudFormation makes.
_DEFAULTS |= dict.fromkeys(("FlinksApiBaseUrl", "FlinksConnectBaseUrl", "PublicBaseUrl"), "https://made.test")
# A role's conditional permissions are for what is on.
_DEFAULTS |= {"EventFeed": "true"}

# Where use cases, their rules and what they know live.
_OURS = ("reconnect.usecases.", "reconnect.rules.", "reconnect.model.")


@dataclass(frozen=True)
class Called:
    """One call of an AWS client."""

    service: str
    method: str
    arguments: Mapping[str, Any]


class _Exceptions:
    def __getattr__(self, name: str) -> type[Exception]:
        return type(name, (Exception,), {})


@dataclass
class RecordingClient:
    """A stand-in for a boto3 client; its answers suit the calls that building a use case makes."""

    service: str
    calls: list[Called]
    answers: Mapping[str, Any]
    exceptions: _Exceptions = field(default_factory=_Exceptions)

    def __getattr__(self, method: str) -> Any:
        def call(*_: str, **arguments: Any) -> Any:
            self.calls.append(Called(self.service, method, arguments))
            return self.answers[method]

        return call


@dataclass(frozen=True)
class Wired:
    """What a function is made of: its use cases, the variables that were read for them, the calls that were made."""

    use_cases: list[Any]
    variables: set[str]
    calls: list[Called]


class _Environment(dict[str, str]):
    """Remembers which variables were asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)


def settings_of(function: str) -> dict[str, str]:
    """The function's variables as they arrive with default parameters; references keep their logical ids."""
    return {name: _DEFAULTS.get(value, value) for name, value in environment(function).items()}


def wire(function: str, environ: Mapping[str, str] | None = None, answers: Mapping[str, Any] | None = None) -> Wired:
    """Build every use case that the handler names, in this environment and no other."""
    calls: list[Called] = []
    answering = {"get_secret_value": {"SecretString": '{"secretKey": "key"}'}, **(answers or {})}
    environment = _Environment(environ or settings_of(function))
    settings = Settings.from_env(environment)
    ports = AwsPorts(settings, environment, lambda name, **_: RecordingClient(name, calls, answering))
    service = Service(ports, settings, lambda: read_brand(environment))
    use_cases = [getattr(service, name) for name in sorted(_use_cases_named(handler_of(function)))]
    for part in parts_of(use_cases):
        _read_own_variables(part)
    return Wired(use_cases, environment.read, calls)


def handler_of(function: str) -> ModuleType:
    """The module of a function's handler."""
    return importlib.import_module(f"functions.{snake(function)}.app")


def parts_of(use_cases: Iterable[Any]) -> Iterator[Any]:
    """The use cases, and the domain's own objects that they hold, such as the one that wakes the workflow."""
    for part in use_cases:
        yield part
        held = [getattr(part, each.name) for each in fields(part)]
        yield from parts_of([each for each in held if _is_a_use_case(each) and _acts(each)])


def port_calls(part: object) -> set[tuple[str, str]]:
    """The (port, method) pairs that a part calls or hands on, itself or through the helpers it imports."""
    return {
        (port, node.attr)
        for node in code_of(part)
        if isinstance(node, ast.Attribute) and (port := _name(node.value).lstrip("_")) in PORTS
        # A claim that was read may have a port's name; its fields are no calls.
        if hasattr(getattr(ports, port.title().replace("_", "")), node.attr)
    }


def code_of(part: object) -> Iterator[ast.AST]:
    """The code of a part's module, and of the domain's functions that it imports, with all that these call."""
    module = inspect.getmodule(type(part))
    assert module is not None
    yield from ast.walk(ast.parse(inspect.getsource(module)))
    seen: set[FunctionType] = set()
    for value in vars(module).values():
        if inspect.isfunction(value) and value.__module__ != module.__name__:
            yield from _code_of_function(value, seen)


def adapter_code(part: Any) -> Iterator[tuple[str, ast.AST]]:
    """The code behind the port methods that a part calls, each piece with the name of its port."""
    for port, method in port_calls(part):
        adapter = getattr(part, port)
        yield from ((port, node) for node in _reached(adapter, method, set()))


def errors_of(function: str) -> set[str]:
    """The domain errors that a function can end in: its use cases', their parts', helpers' and adapters'."""
    found: set[str] = set()
    wired = wire(function)
    for part in parts_of(wired.use_cases):
        found |= _errors_made(code_of(part))
        found |= _errors_made(node for _, node in adapter_code(part))
    if any(call.service == "secretsmanager" for call in wired.calls):
        found |= _errors_made(ast.walk(ast.parse(inspect.getsource(secrets))))
    return found


def _errors_made(nodes: Iterator[ast.AST]) -> set[str]:
    """The domain errors that are made in a piece of code."""
    known = {name for name, value in {**vars(errors), **vars(batch_errors)}.items() if isinstance(value, type)}
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)} & known


def _reached(adapter: object, method: str, seen: set[tuple[type, str]]) -> Iterator[ast.AST]:
    """The code of a method, and of those it calls on itself and on the objects that it holds."""
    place = (type(adapter), method)
    if place in seen or not inspect.isfunction(function := getattr(type(adapter), method, None)):
        return
    seen.add(place)
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        yield node
        match node:
            case ast.Attribute(value=ast.Name(id="self")):
                yield from _reached(adapter, node.attr, seen)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=held)):
                yield from _reached(getattr(adapter, held, None), node.attr, seen)


def _code_of_function(function: FunctionType, seen: set[FunctionType]) -> Iterator[ast.AST]:
    if function in seen or not function.__module__.startswith(_OURS):
        return
    seen.add(function)
    for node in ast.walk(ast.parse(inspect.getsource(function))):
        yield node
        if isinstance(node, ast.Name) and inspect.isfunction(called := function.__globals__.get(node.id)):
            yield from _code_of_function(called, seen)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _use_cases_named(handler: ModuleType) -> set[str]:
    """The names after `service().` in a handler, without those that every handler may use."""
    nodes = [node for node in ast.walk(ast.parse(inspect.getsource(handler))) if isinstance(node, ast.Attribute)]
    named = {node.attr for node in nodes if isinstance(node.value, ast.Call) and _name(node.value.func) == "service"}
    return named - {"ports", "settings", "count"}


def _acts(part: object) -> bool:
    """Whether a part does something, as opposed to a value of the model."""
    return callable(part) or isinstance(part, SignedUrls)


def _is_a_use_case(value: object) -> bool:
    return not inspect.isroutine(value) and type(value).__module__.startswith(_OURS)


def _read_own_variables(part: Any) -> None:
    """Ask for what is read at the first call only: secrets, and the name of the workflow."""
    if hasattr(part, "keys"):
        part.keys.known()
    if hasattr(part, "idempotency_key"):
        part.idempotency_key()
    if (flinks := getattr(part, "flinks", None)) is not None:
        flinks._flinks._keys().known()
    if any(port == "workflow" and method not in _BY_TOKEN for port, method in port_calls(part)):
        part.workflow._state_machine_arn()
