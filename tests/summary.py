"""The summary of a test run: the figures of its tests, over all workers, and the skipped browser tests."""

from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest

from tests.model.promises import TALLY, Promise

Figures = Counter[str]

REQUESTS = "generated requests"
ACCESSIBILITY = "accessibility: axe-core's findings (critical/serious/moderate/minor)"
_MODEL = "model"
_FIGURES = pytest.StashKey[dict[str, Figures]]()


def figures(config: pytest.Config, title: str) -> Figures:
    """The figures under a title, as this process counted them so far."""
    return config.stash.setdefault(_FIGURES, {}).setdefault(title, Counter())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its figures to the process that started it."""
    if TALLY:
        figures(session.config, _MODEL).update(TALLY)
    if hasattr(session.config, "workeroutput"):
        counted = session.config.stash.get(_FIGURES, {})
        session.config.workeroutput["figures"] = {title: dict(found) for title, found in counted.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The process that started a worker adds its figures to those of the others."""
    for title, counted in getattr(node, "workeroutput", {}).get("figures", {}).items():
        figures(node.config, title).update(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = [each for each in terminalreporter.stats.get("skipped", []) if each.nodeid.startswith("tests/browser/")]
    if skipped:
        reason = skipped[0].longrepr[2].removeprefix("Skipped: ")
        terminalreporter.section("BROWSER TESTS SKIPPED", yellow=True, bold=True)
        terminalreporter.write_line(f"{len(skipped)} tests of the page were skipped. {reason}", yellow=True)
    for title, found in config.stash.get(_FIGURES, {}).items():
        if title == _MODEL:
            terminalreporter.write_line("")
        else:
            terminalreporter.section(title)
        for line in _LINES[title](found, config):
            terminalreporter.write_line(line)


def _model(found: Figures, config: pytest.Config) -> list[str]:
    line = "{schedules:,} schedules of {steps:,} steps: {runs:,} runs made {points:,} calls".format_map(found)
    if config.getoption("hypothesis_profile", None) != "fuzz":
        return [line]
    kept = [f"{promise:<48} {found[f'kept: {promise}']:>11,}" for promise in Promise]
    return [
        line,
        f"{'promise':<48} times kept",
        *kept,
        f"{'endings':<48} sessions",
        *_most_common(found, "ended: "),
        f"{'published events':<48} times",
        *_most_common(found, "published: "),
    ]


def _most_common(found: Figures, kind: str) -> list[str]:
    return [
        f"{name.removeprefix(kind):<48} {times:>11,}" for name, times in found.most_common() if name.startswith(kind)
    ]


def _requests(found: Figures, _: pytest.Config) -> list[str]:
    endpoints = [name for name in found if name.startswith("endpoint ")]
    statuses = {name.removeprefix("status "): times for name, times in found.items() if name.startswith("status ")}
    return [
        f"schemathesis {version('schemathesis')}: {sum(statuses.values())} requests to {len(endpoints)} endpoints in "
        f"{found['milliseconds'] / 1000:.0f} s, the same each run: "
        f"{found['server errors']} server errors, {found['violations']} schema violations",
        "answers: " + ", ".join(f"{status}: {times}" for status, times in sorted(statuses.items())),
    ]


def _findings(found: Figures, _: pytest.Config) -> list[str]:
    """A row for each screen, a cell for each language."""
    cells: dict[tuple[str, str], list[str]] = {}
    for name, number in found.items():
        screen, language, _impact = name.split("/")
        cells.setdefault((screen, language), []).append(str(number))
    languages = sorted({language for _, language in cells})
    rows = [f"{'':<22}" + "".join(f"{language:<10}" for language in languages)]
    for screen in dict.fromkeys(screen for screen, _ in cells):
        counts = ("/".join(cells.get((screen, language), "-")) for language in languages)
        rows.append(f"{screen:<22}" + "".join(f"{count:<10}" for count in counts))
    return rows


_LINES: dict[str, Callable[[Figures, pytest.Config], list[str]]] = {
    _MODEL: _model,
    REQUESTS: _requests,
    ACCESSIBILITY: _findings,
}
