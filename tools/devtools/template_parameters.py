"""Checks values for the template's parameters, as CloudFormation does, before anything starts."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from devtools.engine.template import read_template


class ParameterProblem(ValueError):
    """A parameter that does not exist, or a value that it may not have; the message is one sentence that names it."""


def read_parameters(template: Path, given: Iterable[str]) -> dict[str, str]:
    """Read NAME=VALUE pairs, of which the last of a name counts; raise ParameterProblem."""
    declared = read_template(template)["Parameters"]
    values = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator:
            raise ParameterProblem(f"{pair!r} is not of the form NAME=VALUE.")
        values[name] = value
    for name, value in values.items():
        check_parameter(declared, name, value)
    return values


def check_parameter(declared: Mapping[str, Mapping[str, Any]], name: str, value: str) -> None:
    """Raise ParameterProblem unless the template declares the parameter and allows the value."""
    if name not in declared:
        nearest = get_close_matches(name, declared, n=1)
        raise ParameterProblem(
            f"The template has no parameter {name}" + (f"; did you mean {nearest[0]}?" if nearest else ".")
        )
    parameter = declared[name]
    if (reason := _reason(parameter, value)) is not None:
        raise ParameterProblem(f"{name} cannot be {value!r}: {reason}")


def _reason(parameter: Mapping[str, Any], value: str) -> str | None:
    """Why the value is not allowed, as a sentence; None if it is."""
    if "AllowedValues" in parameter:
        allowed = [str(each) for each in parameter["AllowedValues"]]
        return None if value in allowed else f"it is one of {', '.join(allowed)}."
    if parameter["Type"] == "Number":
        low, high = parameter["MinValue"], parameter["MaxValue"]
        is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) is not None
        return None if is_number and low <= float(value) <= high else f"it is a number from {low} to {high}."
    is_allowed = re.fullmatch(parameter.get("AllowedPattern", ".*"), value) is not None
    return None if is_allowed else str(parameter["ConstraintDescription"])
