"""The template sets exactly the variables that the code reads."""

import re
from dataclasses import fields
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconnect.runtime.settings import Settings, SettingsError
from tests.fakes.settings import ENVIRONMENT
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


# What an address may be made of, so that true ones and near misses are both frequent.
_HOSTS = ["localhost", "127.0.0.1", "api.example.com", "xn--80ak6aa92e.com", "a_b", "Ab.com", "*.example.com", "[::1]"]
_MARKS = ["*", "user:pw@", "@", ":443", ":0", ":", "/", "/path", "?q", "#f", " ", "\n", "-", "."]
_PARTS = st.sampled_from(["https://", "http://", "HTTPS://", *_HOSTS, *_MARKS])
_ADDRESSES = st.lists(_PARTS, max_size=5).map("".join)


@pytest.mark.parametrize("parameter", ["FlinksApiBaseUrl", "FlinksConnectBaseUrl", "PublicBaseUrl"])
@given(given_address=_ADDRESSES)
@example("https://toolbox-api.private.fin.ag")
@example("https://api.example.com:8443")
@example("http://127.0.0.1:4566")
@settings(max_examples=300)
def test_the_template_takes_an_address_if_the_functions_do(parameter: str, given_address: str) -> None:
    pattern = TEMPLATE["Parameters"][parameter]["AllowedPattern"]
    name = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in parameter).lstrip("_")
    try:
        a_settings_with(name, given_address)
    except SettingsError as refused:
        assert str(refused).startswith(f"{name} is malformed: must be https://HOST")
        assert given_address == "" or not re.fullmatch(pattern, given_address)
    else:
        assert re.fullmatch(pattern, given_address)
        assert is_private(given_address)


def a_settings_with(name: str, value: str) -> None:
    Settings.from_env({**ENVIRONMENT, name: value})


def is_private(address: str) -> bool:
    """Whether nobody on the way can read along, by another rule than the one under test."""
    parts = urlsplit(address)
    names_a_host = bool(parts.hostname) and parts.username is None and "*" not in address and not parts.query
    return names_a_host and (parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"})
