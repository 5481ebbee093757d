"""The variables that the template gives and the settings that the code reads are the same."""

from dataclasses import fields

import pytest

from reconnect.runtime.settings import Settings, SettingsError
from tests.template.template import FUNCTIONS, GLOBALS, TEMPLATE, target
from tests.template.wired import settings_of, wire

# Powertools reads these by itself.
_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
_SHARED = GLOBALS["Environment"]["Variables"]


def test_a_function_is_given_its_own_variables_and_no_others() -> None:
    given = {name: FUNCTIONS[name].get("Environment", {}).get("Variables", {}).keys() - _SHARED for name in FUNCTIONS}
    read = {name: wire(name).variables - _SHARED.keys() for name in FUNCTIONS}

    assert given == read


def test_every_function_is_given_the_settings_and_the_table_and_nothing_else() -> None:
    resources = {name for name, value in _SHARED.items() if target(value) not in TEMPLATE["Parameters"]}

    assert resources - _POWERTOOLS == {"TABLE_NAME"}
    assert _SHARED.keys() - _POWERTOOLS == {field.name.upper() for field in fields(Settings)}


def test_a_function_that_lacks_a_variable_says_which() -> None:
    for name in FUNCTIONS:
        environ = settings_of(name)
        for lacking in wire(name).variables:
            with pytest.raises(SettingsError, match=f"{lacking} is missing"):
                wire(name, {other: value for other, value in environ.items() if other != lacking})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_names_itself_to_powertools_in_the_same_way(function: str) -> None:
    assert settings_of(function).keys() >= _POWERTOOLS
