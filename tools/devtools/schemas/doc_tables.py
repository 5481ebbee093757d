"""The tables in `docs/` that repeat a source: FlinksCodes, parameters, functions, endpoints, events, figures.

A page marks the place of a table with two comments; all else in it is written by hand.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from devtools.engine.template import read_template
from devtools.figures.figure import shown
from devtools.figures.record import Measured, read_figures
from devtools.schemas.page import endpoints
from reconnect_cli.codes import codes_table

_PLACE = re.compile(r"(<!-- table: (\w+) \(written by `make schemas`\) -->\n).*?(<!-- end of table -->)", re.DOTALL)

Schema = dict[str, Any]


def filled_pages(docs: Path, template: Path, api: Schema, events: dict[str, Schema]) -> dict[Path, str]:
    """Each page of `docs` with a marked table, and its text with the tables as the sources have them now."""
    read = read_template(template)
    tables: dict[str, Callable[[], Iterable[str]]] = {
        "codes": lambda: codes_table().splitlines(),
        "parameters": lambda: _parameters(read),
        "functions": lambda: _functions(read),
        "endpoints": lambda: _endpoints(api),
        "problems": lambda: _problems(api),
        "events": lambda: _events(events),
        "event_fields": lambda: _event_fields(events),
        "figures": lambda: _figures(read_figures(docs / "figures.json")),
    }
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(docs.rglob("*.md"))}
    return {
        path: _PLACE.sub(lambda place: f"{place[1]}\n{_lines(tables[place[2]])}\n{place[3]}", text)
        for path, text in texts.items()
        if _PLACE.search(text)
    }


def _lines(table: Callable[[], Iterable[str]]) -> str:
    return "".join(f"{line}\n" for line in table())


def _parameters(template: Schema) -> Iterator[str]:
    """One table for each group of parameters in the template's console form."""
    for number, group in enumerate(template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]):
        yield from ([""] if number else [])
        yield from (f"### {group['Label']['default']}", "")
        yield from _head("parameter", "default", "allowed", "meaning")
        for name in group["Parameters"]:
            told = template["Parameters"][name]
            default = _code(told["Default"]) if "Default" in told else "*required*"
            yield _row(f"`{name}`", default, _allowed(told), told["Description"])


def _allowed(parameter: Schema) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(_code(value) for value in parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    return str(parameter.get("ConstraintDescription", ""))


def _functions(template: Schema) -> Iterator[str]:
    yield from _head("function", "what it does")
    for resource in template["Resources"].values():
        # A loop is a list, and none of them makes functions.
        if isinstance(resource, dict) and resource["Type"] == "AWS::Serverless::Function":
            told = resource["Properties"]
            yield _row(f"`{told['CodeUri'].removeprefix('functions/')}`", told["Description"])


def _endpoints(api: Schema) -> Iterator[str]:
    yield from _head("endpoint", "for", "what", "answers")
    for endpoint in endpoints(api):
        address = f"[`{endpoint['method'].upper()} {endpoint['path']}`](api-reference.html#{endpoint['operationId']})"
        yield _row(address, ", ".join(endpoint["tags"]), endpoint["summary"], ", ".join(endpoint["responses"]))


def _problems(api: Schema) -> Iterator[str]:
    """One row for each code of a refusal, from the examples of the documented answers."""
    yield from _head("`code`", "status", "title", "what to do")
    contents = [answer["content"] for answer in api["components"]["responses"].values() if "content" in answer]
    documented = [content.get("application/problem+json", {}).get("examples", {}) for content in contents]
    problems = {each["value"]["code"]: each["value"] for examples in documented for each in examples.values()}
    for code, problem in sorted(problems.items(), key=lambda each: (each[1]["status"], each[0])):
        yield _row(_code(code), str(problem["status"]), problem["title"], problem["detail"])


def _events(events: dict[str, Schema]) -> Iterator[str]:
    yield from _head("event", "when")
    for name, schema in events.items():
        yield _row(f"[`{name}`](api-reference.html#event-{name})", schema["description"])


def _event_fields(events: dict[str, Schema]) -> Iterator[str]:
    """The fields that all events share, as the first event has them."""
    yield from _head("field", "meaning")
    for name, field in next(iter(events.values()))["properties"].items():
        yield _row(f"`{name}`", field.get("description", ""))


def _figures(measured: Iterable[Measured]) -> Iterator[str]:
    """One table for each group."""
    for number, (group, of_group) in enumerate(groupby(measured, lambda each: each.group)):
        yield from ([""] if number else [])
        yield from (f"### {group}", "")
        yield from _head("figure", "value", "target", "", "commit")
        for each in of_group:
            figure = each.figure
            target = figure.shown_target.replace("<=", "≤").replace(">=", "≥")
            verdict = "" if figure.target is None else "ok" if figure.is_met else "**missed**"
            yield _row(figure.name, shown(figure.value, figure.unit), target, verdict, f"`{each.commit}`")


def _head(*columns: str) -> tuple[str, str]:
    return _row(*columns), "|" + "---|" * len(columns)


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', '&#124;') for cell in cells)} |"


def _code(value: object) -> str:
    return f"`{value}`" if str(value) else "empty"
