"""Gives moto's state-machine interpreter the JSONata evaluator it ships without."""

import json
from collections.abc import Mapping
from typing import Any

import jsonata

from local.engine.private_names import JSONATA_ENCODER, JSONATA_ERROR, JSONATA_EVALUATOR
from local.engine.replacing import replace_everywhere, set_attribute


def install() -> None:
    """Plug jsonata-python into moto."""
    set_attribute(JSONATA_EVALUATOR, evaluate)
    replace_everywhere(JSONATA_ENCODER, declare_variables)


def evaluate(expression: str) -> Any:
    """The plain JSON value of an expression; any failure becomes the error moto turns into a state's failure."""
    try:
        value = jsonata.Jsonata(expression).evaluate(None)
        # The evaluator has list types of its own; a round trip leaves only what JSON knows.
        return json.loads(json.dumps(value))
    # The evaluator raises its own errors, but also TypeError, RecursionError, ... from inside an expression:
    # each of them is a failed expression, never a dead execution thread.
    except Exception as problem:
        failure: Exception = JSONATA_ERROR.load()("UNKNOWN", str(problem))
        raise failure from problem


def declare_variables(bindings: Mapping[str, Any]) -> str:
    """`$name := value;` for each binding, which moto puts in front of the expression it evaluates."""
    # ensure_ascii would write emoji as two surrogates, which the evaluator does not join again.
    return "".join(f"{name}:={json.dumps(value, ensure_ascii=False, default=str)};" for name, value in bindings.items())
