"""A function's environment: all of it there and well-formed, or one error that names every fault."""

import pytest

from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from reconnect.runtime.settings import (
    ConnectSettings,
    FlinksApiSettings,
    PacingSettings,
    ReminderSettings,
    SettingsError,
    TableSettings,
)

FLINKS = {
    "FLINKS_API_BASE_URL": "https://flinks.test",
    "FLINKS_CUSTOMER_ID": "a-customer",
    "FLINKS_AUTHORIZE_MODE": "sync",
    "FLINKS_STATUS_CALL": "get",
    "FLINKS_TIMEOUT_SECONDS": "20",
    "FLINKS_LONG_TIMEOUT_SECONDS": "215",
}
CONNECT = {
    "FLINKS_CONNECT_BASE_URL": "https://connect.test",
    "FLINKS_CONNECT_PATH": "/v2/",
    "FLINKS_CONNECT_DEMO": "true",
    "PUBLIC_BASE_URL": "https://api.test",
}


def test_each_variable_is_read_as_what_it_is() -> None:
    settings = FlinksApiSettings.from_env(FLINKS)

    assert settings.flinks_authorize_mode is AuthorizeMode.SYNC
    assert settings.flinks_status_call is StatusCall.GET
    assert settings.flinks_timeout_seconds == 20
    assert settings.flinks_customer_id == "a-customer"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_flag_is_true_or_false(text: str, value: bool) -> None:
    assert ConnectSettings.from_env({**CONNECT, "FLINKS_CONNECT_DEMO": text}).flinks_connect_demo is value


@pytest.mark.parametrize("text", ["", "True", "1", "yes"])
def test_a_flag_is_nothing_else(text: str) -> None:
    with pytest.raises(SettingsError, match="FLINKS_CONNECT_DEMO is malformed"):
        ConnectSettings.from_env({**CONNECT, "FLINKS_CONNECT_DEMO": text})


def test_an_unknown_time_zone_is_reported_before_any_reminder() -> None:
    with pytest.raises(SettingsError, match="TIME_ZONE is malformed"):
        ReminderSettings.from_env({"REMINDER_HOURS": "24", "QUIET_HOURS": "21-8", "TIME_ZONE": "America/Nowhere"})


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError) as fault:
        PacingSettings.from_env({"POLL_INTERVAL_SECONDS": "2"})

    missing = {part.removesuffix(" is missing") for part in str(fault.value).split("; ")}
    assert missing == {
        "BACKSTOP_INTERVAL_SECONDS",
        "UNATTENDED_INTERVAL_SECONDS",
        "TRY_LATER_SECONDS",
        "FETCH_INTERVAL_SECONDS",
        "ATTEMPT_LIFETIME_SECONDS",
        "CLOCK_SKEW_SECONDS",
    }


def test_missing_and_malformed_variables_are_named_together() -> None:
    broken = {**FLINKS, "FLINKS_TIMEOUT_SECONDS": "soon", "FLINKS_AUTHORIZE_MODE": "later"}
    del broken["FLINKS_CUSTOMER_ID"]

    with pytest.raises(SettingsError) as fault:
        FlinksApiSettings.from_env(broken)

    assert "FLINKS_TIMEOUT_SECONDS is malformed" in str(fault.value)
    assert "FLINKS_AUTHORIZE_MODE is malformed" in str(fault.value)
    assert "FLINKS_CUSTOMER_ID is missing" in str(fault.value)


def test_the_environment_is_read_when_it_is_needed_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="TABLE_NAME is missing"):
        TableSettings.from_env()

    monkeypatch.setenv("TABLE_NAME", "a-table")

    assert TableSettings.from_env().table_name == "a-table"
