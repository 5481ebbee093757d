"""The environment variables, each named after its field; all that a function declares must be there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconnect.model.flinks_options import AuthorizeMode, StatusCall


class SettingsError(Exception):
    """The function's environment is incomplete or malformed; the message names every variable at fault."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Base of a group of environment variables: field `table_name` is read from TABLE_NAME."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the group; raise SettingsError naming all that is missing or malformed at once."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for field in fields(cls):
            name = field.name.upper()
            try:
                values[field.name] = _READERS[field.type](environ[name])
            except ZoneInfoNotFoundError:
                faults.append(f"{name} is malformed: there is no such time zone")
            except KeyError:
                faults.append(f"{name} is missing")
            except ValueError as fault:
                faults.append(f"{name} is malformed: {fault}")
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(**values)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


_READERS: dict[Any, Any] = {
    ZoneInfo: ZoneInfo,
    str: str,
    int: int,
    bool: _flag,
    AuthorizeMode: AuthorizeMode,
    StatusCall: StatusCall,
}


@dataclass(frozen=True, slots=True)
class TableSettings(Settings):
    """Every function's."""

    table_name: str


@dataclass(frozen=True, slots=True)
class CooldownSettings(Settings):
    """Those of the functions that end sessions or count refusals."""

    cooldown_seconds: int
    lockout_guard_failures: int
    lockout_guard_seconds: int
    attempt_lifetime_seconds: int
    flinks_long_timeout_seconds: int


@dataclass(frozen=True, slots=True)
class ReminderSettings(Settings):
    """sweep_sessions'; `reminder_hours` as 24,72, `quiet_hours` as 21-8."""

    reminder_hours: str
    quiet_hours: str
    time_zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class OpeningSettings(Settings):
    """open_session's."""

    link_lifetime_hours: int
    public_base_url: str


@dataclass(frozen=True, slots=True)
class FollowingSettings(Settings):
    """read_session's, for the workflow that follows another's session."""

    poll_interval_seconds: int


@dataclass(frozen=True, slots=True)
class FlinksApiSettings(Settings):
    """Those of the functions that call Flinks."""

    flinks_api_base_url: str
    flinks_customer_id: str
    flinks_authorize_mode: AuthorizeMode
    flinks_status_call: StatusCall
    flinks_timeout_seconds: int
    flinks_long_timeout_seconds: int


@dataclass(frozen=True, slots=True)
class PacingSettings(Settings):
    """Those of the functions that choose the workflow's next wait."""

    poll_interval_seconds: int
    backstop_interval_seconds: int
    unattended_interval_seconds: int
    try_later_seconds: int
    fetch_interval_seconds: int
    attempt_lifetime_seconds: int
    clock_skew_seconds: int


@dataclass(frozen=True, slots=True)
class CompletenessSettings(Settings):
    """Those of the functions that read the data."""

    completeness_polls: int


@dataclass(frozen=True, slots=True)
class ConnectSettings(Settings):
    """Those of the functions that make Connect URLs."""

    flinks_connect_base_url: str
    flinks_connect_path: str
    flinks_connect_demo: bool


@dataclass(frozen=True, slots=True)
class RedirectSettings(Settings):
    """build_connect_url's."""

    public_base_url: str


@dataclass(frozen=True, slots=True)
class FlinksSecretSettings(Settings):
    """Those of the functions that know Flinks' keys."""

    flinks_secret_arn: str


@dataclass(frozen=True, slots=True)
class SigningSettings(Settings):
    """Those of the functions that make or check signed states."""

    signing_key_arn: str


@dataclass(frozen=True, slots=True)
class BucketSettings(Settings):
    """Those of the functions that store results or lead to them."""

    results_bucket: str


@dataclass(frozen=True, slots=True)
class RetentionSettings(Settings):
    """fetch_accounts'."""

    result_retention_days: int


@dataclass(frozen=True, slots=True)
class WorkflowSettings(Settings):
    """Those of the functions that start the state machine."""

    state_machine_arn: str


@dataclass(frozen=True, slots=True)
class DelaySettings(Settings):
    """Those of the function that takes requests from the bus."""

    delayed_requests_url: str


@dataclass(frozen=True, slots=True)
class EventSettings(Settings):
    """Those of the functions that announce."""

    event_bus_name: str
