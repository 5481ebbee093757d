"""The domain's rules of time, as the function's environment sets them."""

from datetime import time, timedelta
from functools import cache

from reconnect.rules.cooldowns import Cooldowns
from reconnect.rules.pacing import Pacing
from reconnect.rules.reminders import Reminders
from reconnect.runtime import settings


@cache
def pacing() -> Pacing:
    """How long to wait between looks."""
    read = settings.PacingSettings.from_env()
    return Pacing(
        poll=read.poll_interval_seconds,
        backstop=read.backstop_interval_seconds,
        unattended=read.unattended_interval_seconds,
        try_later=read.try_later_seconds,
        fetch=read.fetch_interval_seconds,
        attempt_lifetime=timedelta(seconds=read.attempt_lifetime_seconds),
        clock_skew=timedelta(seconds=read.clock_skew_seconds),
    )


@cache
def cooldowns() -> Cooldowns:
    """How long a login is left alone."""
    read = settings.CooldownSettings.from_env()
    return Cooldowns(
        after_success=timedelta(seconds=read.cooldown_seconds),
        lockout_guard=timedelta(seconds=read.lockout_guard_seconds),
        max_failures=read.lockout_guard_failures,
        attempt_lifetime=timedelta(seconds=read.attempt_lifetime_seconds),
        start_timeout=timedelta(seconds=read.flinks_long_timeout_seconds),
    )


@cache
def reminders() -> Reminders:
    """When a user is thought of again."""
    read = settings.ReminderSettings.from_env()
    quiet_from, quiet_until = (time(int(hour) % 24) for hour in read.quiet_hours.split("-"))
    return Reminders(
        ladder=tuple(timedelta(hours=int(hours)) for hours in read.reminder_hours.split(",") if hours),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        time_zone=read.time_zone.key,
    )
