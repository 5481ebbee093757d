"""JSONata as Step Functions evaluates it: variables and `$states` bound, no input document."""

from functools import cache
from typing import Any

import jsonata

from tests.workflow.definition import STATES

Assignments = dict[str, Any]


def evaluate(expression: str, **bindings: object) -> Any:
    """The value of an expression; what JSONata calls undefined is None."""
    compiled = _compile(expression)
    frame = compiled.create_frame()
    for name, value in bindings.items():
        frame.bind(name, value)
    return compiled.evaluate(None, frame)


@cache
def _compile(expression: str) -> jsonata.Jsonata:
    return jsonata.Jsonata(expression)


def text_of(template: str) -> str:
    """The expression between `{%` and `%}`."""
    return template.removeprefix("{%").removesuffix("%}").strip()


def route(choice: str, **bindings: object) -> tuple[str, Assignments]:
    """The next state that a Choice state chooses for these variables, and what it assigns."""
    state = STATES[choice]
    for rule in state["Choices"]:
        verdict = evaluate(text_of(rule["Condition"]), **bindings)
        assert isinstance(verdict, bool), f"{choice}: {rule['Condition']} is {verdict!r}, which Step Functions refuses"
        if verdict:
            return rule["Next"], _assigned(rule, bindings)
    return state["Default"], _assigned(state, bindings)


def assign(task: str, payload: object, **bindings: object) -> Assignments:
    """What a Task assigns, with these variables, once its function has returned `payload`."""
    return _assigned(STATES[task], {**bindings, "states": {"result": {"Payload": payload}}})


def _assigned(rule: dict[str, Any], bindings: dict[str, object]) -> Assignments:
    return {name: _value(value, bindings) for name, value in rule.get("Assign", {}).items()}


def _value(value: object, bindings: dict[str, object]) -> Any:
    if isinstance(value, str) and value.startswith("{%"):
        return evaluate(text_of(value), **bindings)
    return value
