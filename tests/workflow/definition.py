"""The real definition, read once, with the helpers that the tests need."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATH = ROOT / "statemachine" / "reconnect.asl.json"

State = dict[str, Any]

MACHINE: dict[str, Any] = json.loads(PATH.read_text())
STATES: dict[str, State] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
CHOICES = {name: state for name, state in STATES.items() if state["Type"] == "Choice"}
TOKEN_WAITS = {name: task for name, task in TASKS.items() if task["Resource"].endswith(".waitForTaskToken")}
CALLS = {name: task for name, task in TASKS.items() if "lambda:invoke" in task["Resource"]}
# The final states of an execution with its own session: the one ending, the handover to a new execution, the parked
# session, and the erased login, where there is nothing left to end.
OWN_ENDINGS = {"CloseSession", "Continued", "Park", "Erased"}
ENDINGS = {*OWN_ENDINGS, "Followed", "RequestRefused", "FollowingFailed"}

_EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)
_LIMIT = re.compile(r"\$(\w+) (?:>=|<) (\d+)")
# A name that is called is a JSONata function; Step Functions itself binds `$states`.
_VARIABLE = re.compile(r"\$(?!states\b)([A-Za-z_]\w*)\b(?!\s*\()")


@dataclass(frozen=True)
class Way:
    """One transition between two states, with the variables that it assigns."""

    source: str
    target: str
    assigns: frozenset[str]


@cache
def ways() -> tuple[Way, ...]:
    """Every transition of the graph: Next, Default, Choices and Catch."""
    return tuple(way for name, state in STATES.items() for way in _ways_from(name, state))


def _ways_from(name: str, state: State) -> Iterator[Way]:
    if "Next" in state:
        yield Way(name, state["Next"], frozenset(state.get("Assign", {})))
    if "Default" in state:
        yield Way(name, state["Default"], frozenset(state.get("Assign", {})))
    for rule in [*state.get("Choices", []), *state.get("Catch", [])]:
        yield Way(name, rule["Next"], frozenset(rule.get("Assign", {})))


def targets(name: str) -> set[str]:
    """The states that may follow a state."""
    return {way.target for way in ways() if way.source == name}


def reachable(start: str, *, without: str | None = None) -> set[str]:
    """Every state that can be reached from `start`; `start` itself only if it is on a cycle."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        fresh = targets(ahead.pop()) - seen - {without}
        seen |= fresh
        ahead += fresh
    return seen


def expressions(node: object) -> Iterator[str]:
    """Every JSONata expression inside a piece of the definition."""
    if isinstance(node, str):
        if found := _EXPRESSION.fullmatch(node):
            yield found[1].strip()
    elif isinstance(node, dict):
        for value in node.values():
            yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


def variables(expression: str) -> set[str]:
    """The workflow variables that an expression reads."""
    return set(_VARIABLE.findall(expression))


def limits(choice: str, counter: str) -> set[int]:
    """The numbers that a Choice state compares a counter with."""
    return {
        int(number) for each in expressions(CHOICES[choice]) for name, number in _LIMIT.findall(each) if name == counter
    }


def limit(choice: str, counter: str) -> int:
    """The one number that a Choice state compares a counter with."""
    (number,) = limits(choice, counter)
    return number


def placeholders(text: str) -> set[str]:
    """The names that the template must substitute."""
    return set(re.findall(r"\$\{(\w+)\}", text))


def never_repeated(name: str) -> set[str]:
    """The errors that a Task never repeats, which its first Retry rule lists."""
    first = TASKS[name]["Retry"][0]
    return set(first["ErrorEquals"]) if first["MaxAttempts"] == 0 else set()


def repeated(name: str) -> set[str]:
    """The errors that a Task repeats; States.ALL stands for every one that no earlier rule names."""
    return {error for retry in TASKS[name]["Retry"] if retry["MaxAttempts"] for error in retry["ErrorEquals"]}


def function_of(task: State) -> str:
    """The logical id of the function that a Task invokes."""
    (placeholder,) = placeholders(task["Arguments"]["FunctionName"])
    return placeholder.removesuffix("Arn")
