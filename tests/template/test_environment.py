"""The template sets exactly the variables that the code reads."""

from dataclasses import fields

import pytest

from reconnect.runtime.settings import Settings, SettingsError
from tests.template.template import FUNCTIONS, GLOBALS, TEMPLATE, target
from tests.template.wired import settings_of, wire

# Powertools reads these by itself.
_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
# A new value of what is not in a function's configuration would publish no version; see Globals in the template.
_UNREAD = {"RESERVED_CONCURRENCY"}
_SHARED = GLOBALS["Environment"]["Variables"]


def test_a_function_gets_only_the_variables_that_it_reads() -> None:
    given = {
        name: FUNCTIONS[name].get("Environment", {}).get("Variables", {}).keys() - _SHARED - _UNREAD
        for name in FUNCTIONS
    }
    read = {name: wire(name).variables - _SHARED.keys() for name in FUNCTIONS}

    assert given == read


def test_all_functions_share_the_settings_and_the_table_only() -> None:
    resources = {name for name, value in _SHARED.items() if target(value) not in TEMPLATE["Parameters"]}

    assert resources - _POWERTOOLS == {"TABLE_NAME"}
    assert _SHARED.keys() - _POWERTOOLS == {field.name.upper() for field in fields(Settings)}


def test_a_missing_variable_is_named_in_the_error() -> None:
    for name in FUNCTIONS:
        environ = settings_of(name)
        for lacking in wire(name).variables:
            with pytest.raises(SettingsError, match=f"{lacking} is missing"):
                wire(name, {other: value for other, value in environ.items() if other != lacking})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_configures_powertools_alike(function: str) -> None:
    assert settings_of(function).keys() >= _POWERTOOLS
