"""Gives moto's state-machine interpreter the JSONata evaluator it ships without."""

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

# Moto puts the variables' values in front of each expression, as text. As a comment they are taken out again: an
# expression without values can be parsed once, and parsing takes twenty times as long as evaluating.
_DECLARED = re.compile("/\\*\x01(.*?)\\*/", re.DOTALL)


def install() -> None:
    """Plug jsonata-python into moto."""
    set_attribute(JSONATA_EVALUATOR, evaluate)
    replace_everywhere(JSONATA_ENCODER, declare_variables)


def evaluate(expression: str) -> Any:
    """The plain JSON value of an expression; any failure becomes the error moto turns into a state's failure."""
    bindings: dict[str, Any] = {}
    for declared in _DECLARED.findall(expression):
        bindings |= json.loads(declared)
    try:
        value = _ready(_DECLARED.sub("", expression)).evaluate(None, _as_jsonata(bindings))
        # The evaluator has list types of its own; a round trip leaves only what JSON knows.
        return json.loads(json.dumps(value))
    # The evaluator raises its own errors, but also TypeError, RecursionError, ... from inside an expression:
    # each of them is a failed expression, never a dead execution thread.
    except Exception as problem:
        failure: Exception = JSONATA_ERROR.load()("UNKNOWN", str(problem))
        raise failure from problem


def declare_variables(bindings: Mapping[str, Any]) -> str:
    """The variables' values as a comment in front of an expression, from which `evaluate` takes them."""
    values = {name.removeprefix("$"): value for name, value in bindings.items()}
    # A slash may be escaped in JSON, and then nothing in a value can end the comment.
    text = json.dumps(values, default=str).replace("/", "\\u002f")
    return f"/*\x01{text}*/"


def _ready(expression: str) -> Any:
    evaluator = copy(_parsed(expression))
    # Where $now and $millis read the time of this evaluation; else they tell that of the thread's first.
    jsonata.Jsonata.CURRENT.jsonata = evaluator
    return evaluator


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    return jsonata.Jsonata(expression)


def _as_jsonata(value: Any) -> Any:
    """JSON's null is a value to JSONata, while None means that there is none."""
    if isinstance(value, dict):
        return {name: _as_jsonata(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_jsonata(each) for each in value]
    return Utils.NULL_VALUE if value is None else value
