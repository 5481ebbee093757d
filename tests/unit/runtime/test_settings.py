"""A function's environment: complete and well-formed, or one error that names every fault."""

from datetime import time, timedelta

import pytest

from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from reconnect.runtime.settings import Settings, SettingsError
from tests.fakes.settings import ENVIRONMENT, a_settings


def settings_with(**changes: str) -> Settings:
    return Settings.from_env({**ENVIRONMENT, **changes})


def test_each_variable_is_read_with_its_type() -> None:
    settings = settings_with(FLINKS_AUTHORIZE_MODE="sync", FLINKS_STATUS_CALL="get")

    assert settings.flinks_authorize_mode is AuthorizeMode.SYNC
    assert settings.flinks_status_call is StatusCall.GET
    assert settings.flinks_timeout_seconds == 20
    assert settings.flinks_customer_id == "a-customer"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_flag_is_true_or_false(text: str, value: bool) -> None:
    assert settings_with(FLINKS_CONNECT_DEMO=text).flinks_connect_demo is value


@pytest.mark.parametrize("text", ["", "True", "1", "yes"])
def test_any_other_flag_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="FLINKS_CONNECT_DEMO is malformed"):
        settings_with(FLINKS_CONNECT_DEMO=text)


@pytest.mark.parametrize("zone", ["America/Nowhere", "", "../etc"])
def test_an_unknown_time_zone_is_named(zone: str) -> None:
    with pytest.raises(SettingsError, match="TIME_ZONE is malformed"):
        settings_with(TIME_ZONE=zone).reminders()


def test_all_missing_and_malformed_variables_are_named_at_once() -> None:
    broken = {**ENVIRONMENT, "FLINKS_TIMEOUT_SECONDS": "soon", "FLINKS_AUTHORIZE_MODE": "later"}
    del broken["FLINKS_CUSTOMER_ID"], broken["TABLE_NAME"]

    with pytest.raises(SettingsError) as fault:
        Settings.from_env(broken)

    names = {part.partition(" is ")[0] for part in str(fault.value).split("; ")}
    assert names == {"FLINKS_TIMEOUT_SECONDS", "FLINKS_AUTHORIZE_MODE", "FLINKS_CUSTOMER_ID", "TABLE_NAME"}
    assert "FLINKS_CUSTOMER_ID is missing" in str(fault.value)


def test_the_deployers_cooldowns_apply() -> None:
    cooldowns = a_settings().cooldowns()

    assert (cooldowns.after_success, cooldowns.lockout_guard) == (timedelta(minutes=1), timedelta(hours=1))
    assert (cooldowns.max_failures, cooldowns.attempt_lifetime) == (3, timedelta(minutes=8))


def test_the_deployers_reminders_apply() -> None:
    reminders = a_settings().reminders()

    assert reminders.ladder == (timedelta(hours=24), timedelta(hours=72))
    assert (reminders.quiet_from, reminders.quiet_until) == (time(21), time(8))
    assert reminders.time_zone == "America/Toronto"


@pytest.mark.parametrize(
    ("hours", "ladder"),
    [("", ()), ("9", (timedelta(hours=9),)), ("1,2,3", tuple(timedelta(hours=n) for n in (1, 2, 3)))],
)
def test_a_deployer_may_configure_any_number_of_reminders(hours: str, ladder: tuple[timedelta, ...]) -> None:
    assert a_settings(reminder_hours=hours).reminders().ladder == ladder


@pytest.mark.parametrize(
    ("hours", "quiet"), [("0-0", (time(0), time(0))), ("00-7", (time(0), time(7))), ("23-05", (time(23), time(5)))]
)
def test_quiet_hours_are_hours_of_the_day(hours: str, quiet: tuple[time, time]) -> None:
    reminders = a_settings(quiet_hours=hours).reminders()

    assert (reminders.quiet_from, reminders.quiet_until) == quiet
