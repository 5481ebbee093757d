"""Gives moto's state machine interpreter a JSONata evaluator, which moto does not include."""

import json
import re
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from typing import Any

import jsonata
from jsonata.utils import Utils

from devtools.engine.private_names import JSONATA_ENCODER, JSONATA_ERROR, JSONATA_EVALUATOR
from devtools.engine.replacing import replace_everywhere, set_attribute

# Moto puts the variables' values in front of each expression, as text. Here they become a comment that is removed
# before parsing: an expression without values is parsed once, and parsing takes twenty times as long as evaluating.
_DECLARED = re.compile("/\\*\x01(.*?)\\*/", re.DOTALL)


def install() -> None:
    """Make moto use jsonata-python."""
    set_attribute(JSONATA_EVALUATOR, evaluate)
    replace_everywhere(JSONATA_ENCODER, declare_variables)


def evaluate(expression: str) -> Any:
    """Return the plain JSON value of an expression; raise moto's error, which fails the state, on any failure."""
    bindings: dict[str, Any] = {}
    for declared in _DECLARED.findall(expression):
        bindings |= json.loads(declared)
    try:
        value = _ready(_DECLARED.sub("", expression)).evaluate(None, _as_jsonata(bindings))
        # The evaluator has its own list types; a round trip leaves only JSON types.
        return json.loads(json.dumps(value))
    # The evaluator raises its own errors, but also TypeError, RecursionError, ... from inside an expression.
    # Each must fail the expression and not end the execution's thread.
    except Exception as problem:
        failure: Exception = JSONATA_ERROR.load()("UNKNOWN", str(problem))
        raise failure from problem


def declare_variables(bindings: Mapping[str, Any]) -> str:
    """Write the variables' values as a comment in front of an expression, for `evaluate`."""
    values = {name.removeprefix("$"): value for name, value in bindings.items()}
    # JSON allows slashes to be escaped; then no value can end the comment.
    text = json.dumps(values, default=str).replace("/", "\\u002f")
    return f"/*\x01{text}*/"


def _ready(expression: str) -> Any:
    evaluator = copy(_parsed(expression))
    # $now and $millis read the time of this evaluation here; otherwise they return that of the thread's first one.
    jsonata.Jsonata.CURRENT.jsonata = evaluator
    return evaluator


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    return jsonata.Jsonata(expression)


def _as_jsonata(value: Any) -> Any:
    """Convert JSON's null to JSONata's null value; for JSONata, None means that there is no value."""
    if isinstance(value, dict):
        return {name: _as_jsonata(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_jsonata(each) for each in value]
    return Utils.NULL_VALUE if value is None else value
