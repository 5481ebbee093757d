"""A function as production wires it: its handler's use cases over the real adapters, on clients that only record."""

import ast
import importlib
import inspect
import os
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

import boto3
import pytest

from reconnect import ports
from reconnect.adapters import secrets
from reconnect.adapters.dynamodb.session_items import to_item
from reconnect.adapters.dynamodb.table import marshal
from reconnect.model import errors
from reconnect.model.session import Session
from reconnect.runtime import settings, wiring
from tests.fakes.builders import a_session
from tests.template.template import TEMPLATE, environment, snake

PORTS = ("sessions", "logins", "claims", "flinks", "events", "workflow", "results", "delay_queue")
_DEFAULTS = {name: str(parameter.get("Default", "any")) for name, parameter in TEMPLATE["Parameters"].items()}

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
    """Stands for a boto3 client; what it answers suits the calls that wiring itself makes."""

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
    """What wiring made of a function."""

    use_cases: list[Any]
    variables: set[str]
    calls: list[Called]


def settings_of(function: str) -> dict[str, str]:
    """The function's variables as they arrive with default parameters; references keep their logical ids."""
    return {name: _DEFAULTS.get(value, value) for name, value in environment(function).items()}


def wire(
    function: str,
    monkeypatch: pytest.MonkeyPatch,
    environ: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
) -> Wired:
    """Call everything that the handler takes from wiring, in this environment and no other."""
    calls: list[Called] = []
    answering = {"get_secret_value": {"SecretString": '{"secretKey": "key"}'}, **(answers or {})}
    for name in [*os.environ]:
        monkeypatch.delenv(name)
    for name, value in (environ or settings_of(function)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "client", lambda service, **_: RecordingClient(service, calls, answering))
    read = _record_settings(monkeypatch)
    _forget()
    try:
        made = [_make(getattr(wiring, name)) for name in sorted(_names_taken_from_wiring(handler_of(function)))]
        use_cases = [made_one for made_one in made if not isinstance(made_one, int | str | Session)]
        for part in parts_of(use_cases):
            _read_secrets(part)
    finally:
        _forget()
    return Wired(use_cases, read, calls)


def handler_of(function: str) -> ModuleType:
    """The module of a function's handler."""
    return importlib.import_module(f"functions.{snake(function)}.app")


def parts_of(use_cases: Iterable[object]) -> Iterator[Any]:
    """The use cases, and the domain's own objects that they hold, such as the one that wakes the workflow."""
    for part in use_cases:
        yield part
        yield from parts_of([held for held in vars(part).values() if _is_a_use_case(held) and callable(held)])


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
        adapter = getattr(part, f"_{port}")
        yield from ((port, node) for node in _reached(adapter, method, set()))


def errors_of(function: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The domain errors that a function can end in: its use cases', their parts', helpers' and adapters'."""
    found: set[str] = set()
    wired = wire(function, monkeypatch)
    for part in parts_of(wired.use_cases):
        found |= _errors_made(code_of(part))
        found |= _errors_made(node for _, node in adapter_code(part))
    if any(call.service == "secretsmanager" for call in wired.calls):
        found |= _errors_made(ast.walk(ast.parse(inspect.getsource(secrets))))
    return found


def _errors_made(nodes: Iterator[ast.AST]) -> set[str]:
    """The domain errors that are made in a piece of code."""
    known = {name for name, value in vars(errors).items() if isinstance(value, type)}
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


def _names_taken_from_wiring(handler: ModuleType) -> set[str]:
    tree = ast.parse(inspect.getsource(handler))
    return {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _name(n.value) == "wiring"}


def _make(builder: Any) -> Any:
    """What wiring makes when the handler asks it; its functions take a count, or a record of the stream."""
    samples = {int: 1, dict[str, Any]: marshal(to_item(a_session()))}
    return builder(*[samples[given.annotation] for given in inspect.signature(builder).parameters.values()])


def _is_a_use_case(value: object) -> bool:
    return not inspect.isroutine(value) and type(value).__module__.startswith(_OURS)


def _read_secrets(part: Any) -> None:
    for port in (getattr(part, "_flinks", None), part):
        for secret in ("_credentials", "_signing_key", "_webhook_secret"):
            if hasattr(port, secret):
                getattr(port, secret)()


def _record_settings(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    read: set[str] = set()
    from_env = settings.Settings.from_env.__func__  # type: ignore[attr-defined]

    def record(group: Any, *arguments: Any) -> Any:
        read.update(name.upper() for name in group.__dataclass_fields__)
        return from_env(group, *arguments)

    monkeypatch.setattr(settings.Settings, "from_env", classmethod(record))
    return read


def _forget() -> None:
    for kept in vars(wiring).values():
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()
