"""Pictures of the state machine and the session's statuses, generated from the definition and the transitions."""

from collections.abc import Iterable, Iterator
from typing import Any

from reconnect.model.session import TERMINAL, TRANSITIONS, Status

State = dict[str, Any]
Edge = tuple[str, str, str]

_PAGE = """\
<!-- Written by `make schemas` from statemachine/reconnect.asl.json and the table of transitions in the code. -->
# The workflow

## The state machine

One execution runs one session. An error that remains after a task's retries leads to `CloseSession` unless an arrow
says otherwise; those transitions are not shown.

```mermaid
stateDiagram-v2
{machine}
```

| state | what it does |
|---|---|
{states}

## A bank that is down

When a bank has failed at least `BankBreakerFailures` attempts of several sessions lately, and at least half of them,
no session starts a new attempt there. `StartAuthorize` then answers `TRY_LATER` with the code `BANK_DOWN` and asks
Flinks for nothing, and a poll that finds the bank's refusal answers the same. The state machine waits and enters
`StartAuthorize` again; no try is spent. Every `BankProbeSeconds` one session tries, and once one has succeeded all
begin again, spread over as much time. The timeline has the cause `bank_down`, `nextStep` says that it is the bank's
turn, and `expectedAt` when the session tries next. After `BankOutageHours` it ends with `RETRY_LATER`
([why](decisions/0039-a-bank-that-is-down-is-waited-for.md)).

## The statuses of a session

A session has one status at a time. A session in any live status can end, whatever the execution is doing: with its
result, because its caller cancels it, or because its link expires. Terminal statuses never change.

```mermaid
stateDiagram-v2
{statuses}
```
"""


def render_workflow(definition: dict[str, Any]) -> str:
    """Render the page for a definition in the Amazon States Language with JSONata."""
    states = definition["States"]
    edges = [("[*]", definition["StartAt"], ""), *(edge for name in states for edge in _edges(name, states))]
    rows = [f"| `{name}` | {state['Comment']} |" for name, state in states.items()]
    return _PAGE.format(machine=_lines(edges), states="\n".join(rows), statuses=_statuses())


def _edges(name: str, states: dict[str, State]) -> Iterator[Edge]:
    """The transitions from a state with their conditions, except failures that lead to the final state."""
    state = states[name]
    for rule in state.get("Choices", []):
        yield name, rule["Next"], _condition(rule["Condition"])
    if "Default" in state:
        yield name, state["Default"], "otherwise"
    if "Next" in state:
        yield name, state["Next"], ""
    for catch in state.get("Catch", []):
        is_any = catch["ErrorEquals"] == ["States.ALL"]
        if not (is_any and states[catch["Next"]].get("End")):
            yield name, catch["Next"], "any error" if is_any else ", ".join(catch["ErrorEquals"])
    if state.get("End") or state["Type"] in ("Succeed", "Fail"):
        yield name, "[*]", ""


def _condition(expression: str) -> str:
    text = expression.removeprefix("{%").removesuffix("%}").strip()
    return text.replace("$states.", "").replace("$", "").replace(" and ", "<br>and ")


def _statuses() -> str:
    moves = [(status, target, "") for status in TRANSITIONS for target in Status if target in TRANSITIONS[status]]
    live = [("[*]", next(iter(TRANSITIONS)), ""), *moves]
    ended = [edge for status in Status if status in TERMINAL for edge in (("Live", status, ""), (status, "[*]", ""))]
    inner = "\n".join(f"    {line}" for line in _lines(live).splitlines())
    return f"    [*] --> Live\n    state Live {{\n{inner}\n    }}\n{_lines(ended)}"


def _lines(edges: Iterable[Edge]) -> str:
    return "\n".join(f"    {source} --> {target}{f': {label}' if label else ''}" for source, target, label in edges)
