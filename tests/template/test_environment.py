"""The variables that the template gives and the settings that the code reads are the same."""

import pytest

from reconnect.runtime.settings import SettingsError
from tests.template.template import FUNCTIONS
from tests.template.wired import settings_of, wire

# Powertools reads these by itself.
_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
# Every function is given the table's name; the one that the stream feeds is the only one that never asks the table.
_UNREAD = {"DeliverEvents": {"TABLE_NAME"}}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_given_exactly_the_variables_that_it_reads(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wire(function, monkeypatch).variables == _read_by(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_lacks_a_variable_says_which(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = settings_of(function)
    lacking = sorted(_read_by(function))[-1]

    with pytest.raises(SettingsError, match=f"{lacking} is missing"):
        wire(function, monkeypatch, {name: value for name, value in environ.items() if name != lacking})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_names_itself_to_powertools_in_the_same_way(function: str) -> None:
    assert settings_of(function).keys() >= _POWERTOOLS


def _read_by(function: str) -> set[str]:
    return settings_of(function).keys() - _POWERTOOLS - _UNREAD.get(function, set())
