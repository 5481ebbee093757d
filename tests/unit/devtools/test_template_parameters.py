"""Each wrong parameter gets one sentence that names it, before anything starts."""

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from devtools.engine.template import read_template
from devtools.service import TEMPLATE
from devtools.template_parameters import ParameterProblem, check_parameter, read_parameters
from reconnect_cli.cli import main

DECLARED: dict[str, dict[str, Any]] = read_template(TEMPLATE)["Parameters"]


def wrong_values(parameter: dict[str, Any]) -> Iterator[str]:
    if parameter["Type"] == "Number" and "MinValue" in parameter:
        yield from (str(parameter["MinValue"] - 1), str(parameter["MaxValue"] + 1), "nan", "1e1", "")
    yield from ("no such\nvalue", " ?")


CASES = [(name, value) for name, parameter in DECLARED.items() for value in wrong_values(parameter)]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_value_that_is_not_allowed_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(ParameterProblem) as problem:
        check_parameter(DECLARED, name, value)

    assert str(problem.value).startswith(f"{name} cannot be {value!r}: ")
    assert len(str(problem.value).splitlines()) == 1


@pytest.mark.parametrize("name", [name for name, parameter in DECLARED.items() if "Default" in parameter])
def test_each_default_is_allowed(name: str) -> None:
    check_parameter(DECLARED, name, str(DECLARED[name]["Default"]))


def test_the_last_value_of_a_name_counts() -> None:
    given = ("PollIntervalSeconds=1", "ReminderHours=", "PollIntervalSeconds=3")

    assert read_parameters(TEMPLATE, given) == {"PollIntervalSeconds": "3", "ReminderHours": ""}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("FlinksStatusCal=get", "no parameter FlinksStatusCal; did you mean FlinksStatusCall?"),
        ("Nonsense=1", "no parameter Nonsense."),
        ("FlinksStatusCall", "'FlinksStatusCall' is not of the form NAME=VALUE"),
        ("FlinksStatusCall=put", "FlinksStatusCall cannot be 'put': it is one of post, get, post-path, get-query."),
        ("CooldownSeconds=soon", "CooldownSeconds cannot be 'soon': it is a number from 0 to 86400."),
        ("FlinksCustomerId=7", "FlinksCustomerId cannot be '7': A GUID such as"),
    ],
)
def test_reconnect_dev_refuses_a_wrong_parameter_before_anything_starts(given: str, said: str) -> None:
    ran = CliRunner().invoke(main, ["dev", "--parameter", given])

    assert ran.exit_code == 2
    assert said in ran.stderr
    assert "Starting" not in ran.stdout


@pytest.mark.parametrize(
    ("variables", "options", "said"),
    [
        ({}, ["--flinks-url", "https://x.test"], "There is no Flinks secret key"),
        ({"FLINKS_SECRET_KEY": "k"}, ["--flinks-url", "https://x.test"], "Flinks needs your customer id"),
        ({"FLINKS_SECRET_KEY": "k"}, ["--flinks-url", "http://x.test"], "must be https: keys are sent there"),
        ({"FLINKS_SECRET_KEY": "k"}, ["--flinks-url", "x.test"], "must be an origin such as"),
        (
            {"FLINKS_SECRET_KEY": "k", "FLINKS_CUSTOMER_ID": "7"},
            ["--flinks-url", "https://x.test"],
            "FlinksCustomerId cannot be '7'",
        ),
    ],
)
def test_another_flinks_needs_a_key_a_customer_id_and_https(
    variables: dict[str, str], options: list[str], said: str
) -> None:
    ran = CliRunner().invoke(main, ["dev", *options], env=variables)

    assert ran.exit_code == 2
    assert said in ran.stderr
    assert "Starting" not in ran.stdout
