"""The deployer's settings, which the template passes to every function."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, Self

from reconnect.model.addresses import Origin, PublicUrl, read_origin, read_public_url
from reconnect.model.flinks_options import AuthorizeMode, DataPoll, StatusCall
from reconnect.model.frozen import frozen
from reconnect.model.link_forms import LinkForm

if TYPE_CHECKING:
    from reconnect.rules.admission import Admission
    from reconnect.rules.breaker import Breaker
    from reconnect.rules.contact import ContactPolicy
    from reconnect.rules.cooldowns import Cooldowns
    from reconnect.rules.directory import DirectoryRule
    from reconnect.rules.link_budget import LinkBudget
    from reconnect.rules.pacing import Pacing
    from reconnect.rules.reminders import Reminders


class SettingsError(Exception):
    """The function's environment is incomplete or malformed; the message names every variable at fault."""


@frozen(kw_only=True)
class Settings:
    """Each field is the environment variable of its name in capitals. `reminder_hours` is a list such as 24,72,
    `disabled_institution_statuses` a list such as Disabled,Maintenance, and `quiet_hours` a span such as 21-8.
    """

    table_name: str
    flinks_api_base_url: Origin
    flinks_customer_id: str
    flinks_authorize_mode: AuthorizeMode
    flinks_status_call: StatusCall
    flinks_status_token: bool
    flinks_data_poll: DataPoll
    flinks_timeout_seconds: int
    flinks_long_timeout_seconds: int
    flinks_requests_per_second: int
    attended_share_percent: int
    disabled_institution_statuses: str
    flinks_connect_base_url: Origin
    flinks_connect_path: str
    flinks_connect_demo: bool
    flinks_connect_sandbox: bool
    flinks_frame_redirect: bool
    public_base_url: PublicUrl
    link_form: LinkForm
    link_lifetime_hours: int
    poll_interval_seconds: int
    start_window_seconds: int
    poll_window_seconds: int
    backstop_interval_seconds: int
    page_poll_seconds: int
    unattended_interval_seconds: int
    try_later_seconds: int
    fetch_interval_seconds: int
    attempt_lifetime_seconds: int
    clock_skew_seconds: int
    completeness_polls: int
    cooldown_seconds: int
    lockout_guard_failures: int
    lockout_guard_seconds: int
    link_attempts_per_day: int
    bank_breaker_failures: int
    bank_probe_seconds: int
    bank_outage_hours: int
    reminder_hours: str
    quiet_hours: str
    time_zone: str
    contact_interval_days: int
    next_bank_on_page: bool
    result_retention_days: int
    session_retention_days: int
    sweep_budget_seconds: int
    batch_tick_seconds: int
    event_feed: bool

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read all settings; raise one SettingsError that names every variable that is missing or malformed."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for field in fields(cls):
            name = field.name.upper()
            try:
                values[field.name] = _READERS[field.type](environ[name])
            except KeyError:
                faults.append(f"{name} is missing")
            except ValueError as fault:
                faults.append(f"{name} is malformed: {fault}")
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(**values)

    @property
    def has_status_call(self) -> bool:
        """Whether attempts are started by /AuthorizeAsync, whose RequestId can be polled."""
        return self.flinks_authorize_mode is AuthorizeMode.ASYNC

    def pacing(self) -> "Pacing":
        """How long to wait between polls."""
        from reconnect.rules.pacing import Pacing  # noqa: PLC0415

        return Pacing(
            poll=self.poll_interval_seconds,
            backstop=self.backstop_interval_seconds,
            unattended=self.unattended_interval_seconds,
            try_later=self.try_later_seconds,
            fetch=self.fetch_interval_seconds,
            attempt_lifetime=timedelta(seconds=self.attempt_lifetime_seconds),
            clock_skew=timedelta(seconds=self.clock_skew_seconds),
        )

    def admission(self) -> "Admission":
        """How many requests Flinks may get."""
        from reconnect.rules.admission import Admission  # noqa: PLC0415

        return Admission(rate=float(self.flinks_requests_per_second), attended_share=self.attended_share_percent / 100)

    def directory(self) -> "DirectoryRule":
        """When the directory of institutions is read, and which of its words stop an attempt."""
        from reconnect.rules.directory import DirectoryRule  # noqa: PLC0415

        words = self.disabled_institution_statuses.split(",")
        return DirectoryRule(disabled_statuses=frozenset(filter(None, (word.strip().casefold() for word in words))))

    def breaker(self) -> "Breaker":
        """When attempts wait because a bank is down."""
        from reconnect.rules.breaker import Breaker  # noqa: PLC0415

        return Breaker(
            failures=self.bank_breaker_failures,
            probe_interval=timedelta(seconds=self.bank_probe_seconds),
            longest_wait=timedelta(hours=self.bank_outage_hours),
        )

    def cooldowns(self) -> "Cooldowns":
        """How long a login is left alone."""
        from reconnect.rules.cooldowns import Cooldowns  # noqa: PLC0415

        return Cooldowns(
            after_success=timedelta(seconds=self.cooldown_seconds),
            lockout_guard=timedelta(seconds=self.lockout_guard_seconds),
            max_failures=self.lockout_guard_failures,
            attempt_lifetime=timedelta(seconds=self.attempt_lifetime_seconds),
            start_timeout=timedelta(seconds=self.flinks_long_timeout_seconds),
        )

    def link_budget(self) -> "LinkBudget":
        """What anyone who has a link may cause."""
        from reconnect.rules.link_budget import LinkBudget  # noqa: PLC0415

        return LinkBudget(attempts_per_day=self.link_attempts_per_day)

    def reminders(self) -> "Reminders":
        """When a user is reminded; raise SettingsError for a time zone that does not exist."""
        from reconnect.rules.reminders import Reminders  # noqa: PLC0415

        quiet_from, quiet_until = (time(int(hour) % 24) for hour in self.quiet_hours.split("-"))
        return Reminders(
            ladder=tuple(timedelta(hours=int(hours)) for hours in self.reminder_hours.split(",") if hours),
            quiet_from=quiet_from,
            quiet_until=quiet_until,
            time_zone=_time_zone(self.time_zone),
        )

    def contact(self) -> "ContactPolicy":
        """How often an absent user is asked; raise SettingsError for a time zone that does not exist."""
        from reconnect.rules.contact import ContactPolicy  # noqa: PLC0415

        return ContactPolicy(timedelta(days=self.contact_interval_days), self.reminders())


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _time_zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError("TIME_ZONE is malformed: there is no such time zone") from None


_READERS: dict[Any, Any] = {
    str: str,
    int: int,
    bool: _flag,
    Origin: read_origin,
    PublicUrl: read_public_url,
    LinkForm: LinkForm,
    AuthorizeMode: AuthorizeMode,
    StatusCall: StatusCall,
    DataPoll: DataPoll,
}
