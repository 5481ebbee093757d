"""How long an execution's history can become: the real graph, with the real rules, walked along its costliest ways.

Step Functions stops an execution at 25,000 events; design.md promises 2,000, which is meant without repeats.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from itertools import product
from typing import NamedTuple

import pytest

from reconnect.model.outcomes import RULES, Outcome
from reconnect.model.step import Fetched
from tests.workflow.definition import ENDINGS, MACHINE, STATES, TASKS, TOKEN_WAITS, ways
from tests.workflow.evaluating import evaluate, route, text_of

_PROMISE, _AMAZONS_LIMIT = 2_000, 25_000
_LOOKS_WITHOUT_END = 300
_BEGINNINGS = {"RouteEntry", "OpenSession"}
# The findings of each Choice state; every other counter stays at its minimum, so that no other limit helps.
_FINDINGS: dict[str, tuple[str, Iterable[object]]] = {
    "RouteOutcome": ("outcome", Outcome),
    "RouteReading": ("reading", Fetched),
    "RouteWake": ("cause", ["click", "redirect", "stopped"]),
    "RouteLiveSession": ("ended", [False]),
}
_LEAST = {
    "polls": 0,
    "fetches": 0,
    "waits": 0,
    "staleReads": 0,
    "attempt": 1,
    "maxPolls": 40,
}
# The reasons by which RouteOutcome tells its ways apart: the bank works, or the session waits.
_REASONS = ("OPERATION_PENDING", "QUEUED", "BANK_DOWN")
_MOST_RETRIES = max(rule.max_retries for rule in RULES.values())


class _At(NamedTuple):
    """The state of an execution, as far as it decides the next step."""

    state: str
    polls: int = 0
    retries: int = 0


def test_every_loop_increments_the_count() -> None:
    """The count bounds the history: a loop without it would never end."""
    uncounted: dict[str, set[str]] = {name: set() for name in STATES}
    for way in ways():
        if "looks" not in way.assigns:
            uncounted[way.source].add(way.target)

    assert [name for name in STATES if name in _closure(uncounted, name)] == []


@pytest.mark.parametrize("name", sorted({way.source for way in ways() if "looks" in way.assigns} - _BEGINNINGS))
def test_every_assignment_of_the_count_adds_one(name: str) -> None:
    assigned = [node["Assign"] for node in (STATES[name], *STATES[name].get("Choices", [])) if "Assign" in node]
    counts = [evaluate(text_of(assign["looks"]), looks=7) for assign in assigned if "looks" in assign]

    assert counts == [8]


def test_the_longest_execution_stays_under_two_thousand_events() -> None:
    assert _longest_history(repeats=False) < _PROMISE


def test_the_longest_execution_with_all_repeats_stays_under_the_limit() -> None:
    """An unrealistic case: each call would be throttled for nine minutes on average, for days."""
    assert _longest_history(repeats=True) < _AMAZONS_LIMIT * 0.8


def _longest_history(*, repeats: bool) -> int:
    """The history events of the costliest path; every step leads to more polls, or to the next step within one poll."""
    order = _order_within_one_look()
    start = _At(MACHINE["StartAt"])
    longest = {start: _events("start") + _events(start.state, repeats=repeats)}
    ahead = [(start.polls, order[start.state], start)]
    while ahead:
        _, _, here = heappop(ahead)
        for there in _steps_from(here):
            assert there.polls < _LOOKS_WITHOUT_END, f"nothing ends the loop through {there.state}"
            if there not in longest:
                heappush(ahead, (there.polls, order[there.state], there))
            longest[there] = max(longest.get(there, 0), longest[here] + _events(there.state, repeats=repeats))
    return max(length for at, length in longest.items() if at.state in ENDINGS)


def _order_within_one_look() -> dict[str, int]:
    before: dict[str, set[str]] = {name: set() for name in STATES}
    for way in ways():
        if "looks" not in way.assigns:
            before[way.target].add(way.source)
    return {name: place for place, name in enumerate(TopologicalSorter(before).static_order())}


def _events(name: str, *, repeats: bool = False) -> int:
    """The history events of one state, after Amazon's reference of HistoryEvent types."""
    if name == "start":
        return len(["ExecutionStarted", "ExecutionSucceeded"])
    if name not in TASKS:
        return len(["StateEntered", "StateExited"])
    usual = ["StateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "StateExited"]
    submitted = ["TaskSubmitted"] if name in TOKEN_WAITS else []
    repeated = ["TaskScheduled", "TaskStarted", "TaskFailed"]
    times = sum(retry["MaxAttempts"] for retry in TASKS[name]["Retry"]) if repeats else 0
    return len(usual + submitted + repeated * times)


@cache
def _steps_from(at: _At) -> frozenset[_At]:
    if at.state in _FINDINGS:
        return frozenset(_decisions(at))
    return frozenset(
        _At(way.target, at.polls + ("looks" in way.assigns and at.state not in _BEGINNINGS), at.retries)
        for way in ways()
        if way.source == at.state
    )


def _decisions(at: _At) -> Iterator[_At]:
    name, findings = _FINDINGS[at.state]
    for finding, reason in product(findings, _REASONS):
        counters = {"looks": at.polls, "retries": at.retries}
        found = {name: finding, "reason": reason, "maxRetries": _MOST_RETRIES}
        target, assigned = route(at.state, **_LEAST, **counters, **found)
        counted = {name: assigned.get(name, count) for name, count in counters.items()}
        yield _At(target, counted["looks"], counted["retries"])


def _closure(edges: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        fresh = edges[ahead.pop()] - seen
        seen |= fresh
        ahead += fresh
    return seen
