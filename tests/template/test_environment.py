"""The variables that the template gives and the settings that the code reads are the same."""

import pytest

from reconnect.runtime.settings import SettingsError
from tests.template.template import FUNCTIONS, GLOBALS, TEMPLATE, target
from tests.template.wired import settings_of, wire

# Powertools reads these by itself.
_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
_SHARED = GLOBALS["Environment"]["Variables"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_given_the_variables_that_it_reads_and_of_its_own_no_others(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = wire(function, monkeypatch).variables
    own = FUNCTIONS[function].get("Environment", {}).get("Variables", {}).keys()

    # A function's own variable may take the place of a shared one.
    assert read - _SHARED.keys() <= own <= read


def test_every_function_is_given_settings_and_the_table_and_nothing_else() -> None:
    resources = {name for name, value in _SHARED.items() if target(value) not in TEMPLATE["Parameters"]}

    assert resources - _POWERTOOLS == {"TABLE_NAME"}


def test_every_shared_variable_is_read_by_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    read = {name for function in FUNCTIONS for name in wire(function, monkeypatch).variables}

    assert _SHARED.keys() - _POWERTOOLS <= read


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_lacks_a_variable_says_which(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = settings_of(function)
    lacking = max(wire(function, monkeypatch, environ).variables)

    with pytest.raises(SettingsError, match=f"{lacking} is missing"):
        wire(function, monkeypatch, {name: value for name, value in environ.items() if name != lacking})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_names_itself_to_powertools_in_the_same_way(function: str) -> None:
    assert settings_of(function).keys() >= _POWERTOOLS
